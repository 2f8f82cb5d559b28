// base64.hpp - base64 (RFC 4648, both alphabets when it is read), whole texts at a time.
//
// Tests: tests/unit/plugin/data_uri_test.cpp
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace aip::sdk {

// The value of a character; -1: it is not base64's.
[[nodiscard]] inline int base64_digit(char c) noexcept {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+' || c == '-') return 62;
  if (c == '/' || c == '_') return 63;
  return -1;
}

struct Decoded {
  std::string bytes;
  std::string_view rest;  // from the first character on that is not base64's: padding, or an error
};
[[nodiscard]] inline Decoded decode_base64(std::string_view base64) {
  Decoded out;
  out.bytes.reserve(base64.size() / 4 * 3 + 3);
  std::uint32_t bits = 0;
  int held = 0;
  for (std::size_t i = 0; i < base64.size(); ++i) {
    const int digit = base64_digit(base64[i]);
    if (digit < 0) {
      out.rest = base64.substr(i);
      break;
    }
    bits = (bits << 6) | static_cast<std::uint32_t>(digit);
    held += 6;
    if (held < 8) continue;
    held -= 8;
    out.bytes.push_back(static_cast<char>((bits >> held) & 0xFF));
  }
  return out;
}

[[nodiscard]] inline std::string encode_base64(std::string_view bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      const auto byte =
          i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : std::uint8_t{0};
      group = (group << 8) | byte;
    }
    for (std::size_t k = 0; k < 4; ++k) {
      const bool padding = i + k > bytes.size();
      out.push_back(padding ? '=' : kDigits[(group >> (18 - 6 * k)) & 63]);
    }
  }
  return out;
}

}  // namespace aip::sdk
