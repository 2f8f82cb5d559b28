// chars.h - which bytes may stand where in HTTP: one table, and scans that look at eight bytes at
// a time. Everything here is pure and locale-free (isalpha() is not).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "core/base/bytes.h"

namespace aip::http::chars {

enum Class : std::uint8_t {
  kToken = 1,    // RFC 9110 5.6.2 tchar
  kPath = 2,     // RFC 3986 pchar and '/', '%' included (its two digits are checked apart)
  kQuery = 4,    // kPath, '?', and the brackets that query arrays use
  kRegName = 8,  // letters, digits, '-', '.', '_': a host name as we accept it
  kDigit = 16,
  kHex = 32,
};

consteval std::array<std::uint8_t, 256> make_table() {
  std::array<std::uint8_t, 256> table{};
  const auto mark = [&table](Bytes bytes, std::uint8_t classes) {
    for (const char c : bytes) table[static_cast<unsigned char>(c)] |= classes;
  };
  mark("abcdefghijklmnopqrstuvwxyz", kToken | kPath | kQuery | kRegName);
  mark("ABCDEFGHIJKLMNOPQRSTUVWXYZ", kToken | kPath | kQuery | kRegName);
  mark("0123456789", kToken | kPath | kQuery | kRegName | kDigit | kHex);
  mark("abcdefABCDEF", kHex);
  mark("!#$%&'*+-.^_`|~", kToken);
  mark("-._~!$&'()*+,;=:@/%", kPath | kQuery);
  mark("?[]", kQuery);
  mark("-._", kRegName);
  return table;
}
inline constexpr std::array<std::uint8_t, 256> kTable = make_table();

[[nodiscard]] constexpr bool is(char c, Class wanted) noexcept {
  return (kTable[static_cast<unsigned char>(c)] & wanted) != 0;
}
// Is every byte of that class? True for no bytes.
[[nodiscard]] constexpr bool all(Bytes bytes, Class wanted) noexcept {
  for (const char c : bytes) {
    if (!is(c, wanted)) return false;
  }
  return true;
}
[[nodiscard]] constexpr char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}
// The digit's value; the caller has checked the class kHex.
[[nodiscard]] constexpr unsigned hex_value(char c) noexcept {
  return static_cast<unsigned>(c <= '9' ? c - '0' : lower(c) - 'a' + 10);
}
[[nodiscard]] constexpr Bytes trim_blanks(Bytes bytes) noexcept {
  while (!bytes.empty() && (bytes.front() == ' ' || bytes.front() == '\t')) bytes.remove_prefix(1);
  while (!bytes.empty() && (bytes.back() == ' ' || bytes.back() == '\t')) bytes.remove_suffix(1);
  return bytes;
}

// Does a control byte stand in it: below 0x20 (HTAB excepted) or DEL? Bytes above 0x7f are not
// controls: RFC 9110 5.5 calls them obs-text, and they are kept as they are.
[[nodiscard]] bool has_control(Bytes bytes) noexcept;

// The index of the first CR or LF, or bytes.size().
[[nodiscard]] std::size_t find_line_end(Bytes bytes) noexcept;

}  // namespace aip::http::chars
