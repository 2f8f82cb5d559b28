// count.h - a figure that one thread keeps and any thread reads, without a lock or a locked add.
//
// Threads: add() and subtract() are the one thread's that owns the figure; get() is any's.
#pragma once

#include <atomic>
#include <cstdint>

namespace aip {

class Count {
 public:
  void add(std::uint64_t n) noexcept { value_.store(get() + n, std::memory_order_relaxed); }
  void subtract(std::uint64_t n) noexcept { value_.store(get() - n, std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t get() const noexcept {
    return value_.load(std::memory_order_relaxed);
  }

 private:
  std::atomic<std::uint64_t> value_{0};
};

// Counts one for as long as it lives.
class Counted {
 public:
  explicit Counted(Count& count) noexcept : count_(count) { count_.add(1); }
  ~Counted() { count_.subtract(1); }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;

 private:
  Count& count_;
};

}  // namespace aip
