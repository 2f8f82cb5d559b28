// anthropic_request.h - the body of Anthropic's Messages and of its count_tokens.
//
// parse_anthropic() reads only what the core needs before it routes: a target that is Anthropic's
// own gets the body untouched, and Anthropic judges it. anthropic_to_canonical() translates the
// rest of the way, in one pass: system, messages (anthropic_messages.h), tools and their choice
// (anthropic_tools.h), and here the members of the top level.
//
// What only Anthropic has is a Lack: refused or left out by the target's policy, and always said.
// Members and blocks that nobody knows are kept as they are, so that nothing is lost in silence.
// Errors: CallerBadRequest; the message names the member in the words of Anthropic's own errors
// ("messages.2.content.0.text: ...").   Lifetime: nothing outlives the call but the result.
// Tests: tests/unit/dialect/anthropic_request_test.cpp, tests/fuzz/anthropic_fuzz.cpp
#pragma once

#include <string>
#include <string_view>

#include "core/dialect/dialect.h"

namespace aip::dialect {

[[nodiscard]] Result<ParsedChat> parse_anthropic(Bytes body, std::size_t json_depth_max);
[[nodiscard]] Result<Canonical> anthropic_to_canonical(const ParsedChat& chat);

// "/messages/4/content/0" of canonical chat -> "/messages/2/content/1" of the client's body.
[[nodiscard]] std::string anthropic_pointer(const Canonical& canonical, std::string_view pointer);

}  // namespace aip::dialect
