#include "core/base/random.h"

#include <sys/random.h>

#include <algorithm>
#include <cstring>

#include "core/base/check.h"

namespace aip {

void SystemRandom::fill(void* out, std::size_t n) {
  auto* at = static_cast<unsigned char*>(out);
  while (n > 0) {
    const ssize_t got = ::getrandom(at, std::min<std::size_t>(n, 256), 0);
    AIP_CHECK(got > 0);  // 256 bytes or fewer are never cut short once the pool is ready
    at += got;
    n -= static_cast<std::size_t>(got);
  }
}

// SplitMix64: small, and every seed gives a full period.
std::uint64_t SeededRandom::next() {
  std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

void SeededRandom::fill(void* out, std::size_t n) {
  auto* at = static_cast<unsigned char*>(out);
  while (n > 0) {
    const std::uint64_t value = next();
    const std::size_t take = std::min(n, sizeof value);
    std::memcpy(at, &value, take);
    at += take;
    n -= take;
  }
}

}  // namespace aip
