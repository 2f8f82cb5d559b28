// random.h - randomness as a constructor argument, so that one seed replays a whole run.
#pragma once

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

// The kernel's generator (getrandom), buffered; fit for ids and secrets. One thread.
class SystemRandom final : public Random {
 public:
  void fill(void* out, std::size_t n) override;
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
