// token_count.h - how many tokens a request has: an estimate, and the answer in each dialect.
//
// A provider that counts is asked. For all others the core estimates, and says so in the header
// x-aiproxy-estimated, because clients (Claude Code for one) plan with the figure and repeat a call
// that fails. The estimate knows no tokenizer: in running text of Latin letters four bytes are
// about a token, a Chinese, Japanese or Korean character is about one, digits and punctuation are
// tokens of two. Pictures and documents count by rule and never by their base64.
// It is meant to be within a third of the truth for prose and code; that was tried with a handful
// of short texts only.
// Threads: none.   Errors: none.   Time: one pass.
// Tests: tests/unit/dialect/token_count_test.cpp
#pragma once

#include <aiproxy/json.hpp>

#include <cstdint>
#include <string>
#include <string_view>

#include "core/dialect/dialect.h"

namespace aip::dialect {

inline constexpr std::uint64_t kTokensOfImage = 1500;
inline constexpr std::uint64_t kTokensOfMessage = 4;       // its role and its borders
inline constexpr std::uint64_t kDocumentBytesAToken = 30;  // of base64: a page is some 60 KB

// The tokens of a text, plain or JSON-escaped.
[[nodiscard]] std::uint64_t estimate_text(std::string_view text) noexcept;
// The tokens of a request in canonical chat: messages, tools, the format of the answer.
[[nodiscard]] std::uint64_t estimate_chat(json::Value canonical);

// {"input_tokens":n} or {"totalTokens":n}
[[nodiscard]] std::string count_body(Kind kind, std::uint64_t tokens);

}  // namespace aip::dialect
