// text.hpp - aip_span and std::string_view, there and back.
//
// Neither owns: a span that comes in lives until the callback returns, one that goes out until the
// host function returns.
#pragma once

#include <aiproxy/abi.h>

#include <string_view>

namespace aip::sdk {

inline std::string_view text(aip_span span) noexcept {
  return {reinterpret_cast<const char*>(span.ptr), span.len};
}
inline aip_span span(std::string_view text) noexcept {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// Header names compare without case (RFC 9110 5.1).
inline bool same_name(std::string_view a, std::string_view b) noexcept {
  const auto lower = [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  };
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (lower(a[i]) != lower(b[i])) return false;
  }
  return true;
}

// The value of the first field of that name; empty if there is none.
inline std::string_view find_header(const aip_header* headers, std::size_t count,
                                    std::string_view name) noexcept {
  for (std::size_t i = 0; i < count; ++i) {
    if (same_name(text(headers[i].name), name)) return text(headers[i].value);
  }
  return {};
}

}  // namespace aip::sdk
