// words.h - this provider's tokens: a word and the blank behind it, or 24 bytes of a longer word.
#pragma once

#include <cstddef>
#include <string_view>

namespace mock {

inline constexpr std::size_t kWordBytesMax = 24;

// The first token of a text; empty for an empty text. Never cuts a UTF-8 character.
inline std::string_view first_word(std::string_view text) noexcept {
  const auto blank = [](char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; };
  std::size_t at = 0;
  while (at < text.size() && at < kWordBytesMax && !blank(text[at])) ++at;
  if (at < text.size() && blank(text[at])) {
    ++at;
  } else {
    while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) ++at;
  }
  return text.substr(0, at);
}

inline std::size_t count_words(std::string_view text) noexcept {
  std::size_t n = 0;
  while (!text.empty()) {
    text.remove_prefix(first_word(text).size());
    ++n;
  }
  return n;
}

}  // namespace mock
