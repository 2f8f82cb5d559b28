#include "core/base/sha1.h"

#include <openssl/evp.h>

#include "core/base/check.h"

namespace aip {

std::array<std::uint8_t, 20> sha1(Bytes bytes) noexcept {
  std::array<std::uint8_t, 20> digest{};
  // Fails only for want of the algorithm or of memory, neither of which this program outlives.
  AIP_CHECK(EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, EVP_sha1(), nullptr) ==
            1);
  return digest;
}

}  // namespace aip
