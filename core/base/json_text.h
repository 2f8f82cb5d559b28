// json_text.h - where a JSON string stops being plain: control bytes, quotes, backslashes.
//
// Looked for eight bytes at a step, which is most of what reading and writing JSON costs.
// Tests: tests/unit/base/json_test.cpp, tests/unit/dialect/escape_test.cpp
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

#include "core/base/bytes.h"

namespace aip::json {

[[nodiscard]] inline bool is_special(char c) noexcept {
  return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\';
}

// The place of the first special byte at or behind `at`; the text's size if there is none.
[[nodiscard]] inline std::size_t find_special(Bytes text, std::size_t at) noexcept {
  static_assert(std::endian::native == std::endian::little);
  constexpr std::uint64_t kOnes = 0x0101010101010101ULL;
  constexpr std::uint64_t kHighBits = 0x8080808080808080ULL;
  for (; at + 8 <= text.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, 8);
    const std::uint64_t quote = word ^ (kOnes * '"');
    const std::uint64_t slash = word ^ (kOnes * '\\');
    // The high bit of each special byte. Bytes above such a byte may be marked wrongly, so only the
    // lowest mark counts.
    const std::uint64_t marks = (((quote - kOnes) & ~quote) | ((slash - kOnes) & ~slash) |
                                 ((word - kOnes * 0x20) & ~word)) &
                                kHighBits;
    if (marks != 0) return at + static_cast<std::size_t>(std::countr_zero(marks)) / 8;
  }
  while (at < text.size() && !is_special(text[at])) ++at;
  return at;
}

// The length of the escape at the front: 2, 6 (\u00e9), or 0 if it is none.
[[nodiscard]] inline std::size_t escape_size(Bytes text) noexcept {
  if (text.size() < 2 || text[0] != '\\') return 0;
  if (text[1] != 'u') return Bytes("\"\\/bfnrt").find(text[1]) != Bytes::npos ? 2 : 0;
  if (text.size() < 6) return 0;
  for (const char c : text.substr(2, 4)) {
    const bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    if (!hex) return 0;
  }
  return 6;
}

}  // namespace aip::json
