// anthropic_messages.h - Anthropic's system and messages as the messages of canonical chat.
//
//   system                       one system message, its blocks as parts, cache marks kept
//   user: tool_result            a tool message each, before the rest of the user's message
//   user: the rest               one user message
//   assistant: thinking          thinking_blocks, in order; without a signature reasoning_content
//   assistant: redacted_thinking thinking_blocks
//   assistant: tool_use          tool_calls; the input's own bytes are the arguments
//   assistant: the rest          content
//   system among the messages    a system message at that place (newer models take it)
//
// Each canonical message remembers where it came from, so that what a target says about it can be
// said in the client's words.
// Tests: tests/unit/dialect/anthropic_request_test.cpp
#pragma once

#include <aiproxy/json.hpp>

#include "core/dialect/dialect.h"

namespace aip::dialect {

// Writes the value of `messages`; places and lacks go into `canonical`.
[[nodiscard]] Status write_anthropic_messages(json::Value system, json::Value messages,
                                              json::Writer& w, Canonical& canonical);

}  // namespace aip::dialect
