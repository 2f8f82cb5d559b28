#include "core/observe/ids.h"

#include <algorithm>

namespace aip::observe {

std::string make_request_id(std::uint64_t wall_ms, Random& random) {
  static constexpr char kHex[] = "0123456789abcdef";
  unsigned char bytes[16];
  random.fill(bytes, sizeof bytes);
  for (int i = 0; i < 6; ++i) {
    bytes[i] = static_cast<unsigned char>(wall_ms >> (8 * (5 - i)));
  }
  bytes[6] = static_cast<unsigned char>(0x70 | (bytes[6] & 0x0F));
  bytes[8] = static_cast<unsigned char>(0x80 | (bytes[8] & 0x3F));
  std::string id;
  id.reserve(32);
  for (const unsigned char byte : bytes) {
    id.push_back(kHex[byte >> 4]);
    id.push_back(kHex[byte & 15]);
  }
  return id;
}

bool sane_request_id(std::string_view id) noexcept {
  return !id.empty() && id.size() <= kRequestIdBytesMax &&
         std::all_of(id.begin(), id.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '_' || c == '.' || c == ':';
         });
}

}  // namespace aip::observe
