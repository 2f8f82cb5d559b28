// openai_request.h - the body of OpenAI's Chat Completions, as far as the core reads it.
//
// It *is* canonical chat, so nothing is translated: the check is of what every provider reads
// (messages, roles, the outer shape of content and tool calls) and of what the core itself reads
// (model, stream, include_usage). What only one provider knows is left to that provider.
// Tests: tests/unit/dialect/parse_test.cpp
#pragma once

#include "core/dialect/dialect.h"

namespace aip::dialect {

[[nodiscard]] Result<ParsedChat> parse_openai_chat(Bytes body, std::size_t json_depth_max);

}  // namespace aip::dialect
