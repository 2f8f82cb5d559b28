#include "core/base/random.h"

#include <sys/random.h>

#include <algorithm>
#include <cstring>

#include "core/base/check.h"

namespace aip {

void SystemRandom::fill(void* out, std::size_t n) {
  auto* at = static_cast<unsigned char*>(out);
  while (n > 0) {
    if (left_ == 0) {
      const ssize_t got = ::getrandom(buffer_.data(), buffer_.size(), 0);
      AIP_CHECK(got == static_cast<ssize_t>(buffer_.size()));
      left_ = buffer_.size();
    }
    const std::size_t take = std::min(n, left_);
    unsigned char* from = buffer_.data() + (buffer_.size() - left_);
    std::memcpy(at, from, take);
    std::memset(from, 0, take);
    at += take;
    n -= take;
    left_ -= take;
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
