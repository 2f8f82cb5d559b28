// random.h - randomness as a constructor argument, so that one seed replays a whole run.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace aip {

class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(void* out, std::size_t n) = 0;

  std::uint64_t u64() {
    std::uint64_t value = 0;
    fill(&value, sizeof value);
    return value;
  }
  // Uniform in [0, bound); bound > 0. The bias below 2^-32 does not matter for balancing.
  std::uint32_t below(std::uint32_t bound) {
    return static_cast<std::uint32_t>(((u64() >> 32) * bound) >> 32);
  }
};

// The kernel's generator (getrandom), fit for ids and secrets. Asked for a buffer at a time,
// because each exchange needs a few bytes and a system call for them costs more than they do; bytes
// that were given out are wiped. One thread; not to be used across a fork().
class SystemRandom final : public Random {
 public:
  void fill(void* out, std::size_t n) override;

 private:
  std::array<unsigned char, 256> buffer_;  // getrandom() never cuts 256 bytes short
  std::size_t left_ = 0;                   // at the buffer's end
};

// A seeded generator for tests and simulations; not for secrets.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
  void fill(void* out, std::size_t n) override;

 private:
  std::uint64_t next();
  std::uint64_t state_;
};

}  // namespace aip
