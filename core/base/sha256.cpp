#include "core/base/sha256.h"

#include <openssl/evp.h>

#include "core/base/check.h"

namespace aip {

std::array<std::uint8_t, 32> sha256(Bytes bytes) noexcept {
  std::array<std::uint8_t, 32> digest{};
  // Fails only for want of the algorithm or of memory, neither of which this program outlives.
  AIP_CHECK(EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, EVP_sha256(), nullptr) ==
            1);
  return digest;
}

std::string sha256_hex(Bytes bytes) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  out.reserve(64);
  for (const std::uint8_t byte : sha256(bytes)) {
    out.push_back(kHex[byte >> 4]);
    out.push_back(kHex[byte & 15]);
  }
  return out;
}

}  // namespace aip
