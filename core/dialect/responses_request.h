// responses_request.h - the body of OpenAI's Responses, as canonical chat.
//
// A provider that takes the dialect natively gets the body as it is; for all others it is written
// anew here. What needs a service that remembers (previous_response_id, conversation, prompt,
// background, references to items) cannot be translated by a gateway that keeps nothing: that is an
// error that names the member. Members that change nothing in the answer are left out and
// disclosed. What some providers have and others lack (hosted tools, their items,
// files by id) goes into the canonical form as it came, so that the plugin may refuse it or leave
// it out.
//
// `input` is responses_input.h, `tools` responses_tools.h; docs/canonical-chat.md has the table.
// Tests: tests/unit/dialect/responses_request_test.cpp, tests/fuzz/responses_fuzz.cpp
#pragma once

#include "core/dialect/dialect.h"

namespace aip::dialect {

[[nodiscard]] Result<ParsedChat> parse_responses(Bytes body, std::size_t json_depth_max);

// to_canonical() of the body that was parsed.
[[nodiscard]] Result<Canonical> responses_canonical(const ParsedChat& chat);
[[nodiscard]] std::string responses_pointer(const Canonical& canonical, std::string_view pointer);

}  // namespace aip::dialect
