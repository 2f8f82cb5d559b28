// gemini_request.h - the body of Gemini's generateContent, streamGenerateContent and countTokens.
//
// The model and the wish for a stream stand in the path, the framing in the query (`alt=sse`, else
// a JSON array). parse_gemini() reads only what the core needs before it routes: a target that is
// Gemini's own gets the body untouched, and Google judges it. gemini_to_canonical() translates the
// rest of the way; gemini_contents.h, gemini_tools.h and gemini_schema.h hold the larger parts.
//
// What only Google has (safety thresholds, stored content, labels, speech, its own tools) is a
// Lack: refused or left out by the target's policy, and always said.
// Threads: any.   Memory: the canonical text, about as long as the body.
// Tests: tests/unit/dialect/gemini_request_test.cpp, tests/fuzz/gemini_dialect_fuzz.cpp
#pragma once

#include <string>
#include <string_view>

#include "core/dialect/dialect.h"

namespace aip::dialect {

[[nodiscard]] Result<ParsedChat> parse_gemini(Bytes body, std::size_t json_depth_max,
                                              const Outside& outside);
[[nodiscard]] Result<Canonical> gemini_to_canonical(const ParsedChat& chat, Bytes body);

// "/top_k" -> "/generationConfig/topK", "/messages/4/content" -> "/contents/3": the content that it
// was made of. What has no name of Gemini's stays as it is.
[[nodiscard]] std::string gemini_pointer(const Canonical& canonical, std::string_view pointer);

}  // namespace aip::dialect
