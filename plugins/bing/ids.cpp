#include "ids.h"

#include <aiproxy/plugin.hpp>

#include <vector>

namespace aip::bing {

std::string random_hex(std::size_t digits) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::vector<std::uint8_t> bytes(digits);
  sdk::host().random(bytes.data(), bytes.size());
  std::string out;
  for (const std::uint8_t byte : bytes) out.push_back(kHex[byte & 15]);
  return out;
}

std::string random_uuid() {
  std::string out = random_hex(32);
  out[12] = '4';
  out[16] = "89ab"[static_cast<unsigned char>(out[16]) % 4];
  for (const std::size_t at : {8U, 13U, 18U, 23U}) out.insert(at, 1, '-');
  return out;
}

}  // namespace aip::bing
