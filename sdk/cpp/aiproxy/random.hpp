// random.hpp - random ids and boundaries, from the host's source of randomness (fit for secrets).
//
// Threads: any.   Tests: tests/unit/coze/plugin_test.cpp, tests/golden/bing
#pragma once

#include <aiproxy/plugin.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aip::sdk {

// Lower case; four bits a digit.
[[nodiscard]] inline std::string random_hex(std::size_t digits) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::vector<std::uint8_t> bytes(digits);
  host().random(bytes.data(), bytes.size());
  std::string out;
  for (const std::uint8_t byte : bytes) out.push_back(kHex[byte & 15]);
  return out;
}

// Version 4 (RFC 9562 5.4).
[[nodiscard]] inline std::string random_uuid() {
  std::string out = random_hex(32);
  out[12] = '4';
  out[16] = "89ab"[static_cast<unsigned char>(out[16]) % 4];
  for (const std::size_t at : {8U, 13U, 18U, 23U}) out.insert(at, 1, '-');
  return out;
}

// Of a multipart body (RFC 2046 5.1.1). 128 random bits: no part can hold it but by chance, so none
// has to be searched for it.
[[nodiscard]] inline std::string multipart_boundary() {
  return "aiproxy-" + random_hex(32);
}

}  // namespace aip::sdk
