// signal.h - a POSIX signal as an event of the loop.
//
// Threads: the loop's; one loop in the process watches a given signal.
// Tests:   tests/unit/net/loop_test.cpp
#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include "core/net/loop.h"

struct uv_signal_s;

namespace aip::net {

class Signal final {
 public:
  // Wakes `owner` each time; the process no longer dies of this signal while this object lives.
  Signal(Loop& loop, int number, Wakeable& owner);
  ~Signal();
  Signal(const Signal&) = delete;
  Signal& operator=(const Signal&) = delete;

  // How often it came since the last call.
  [[nodiscard]] std::uint32_t take() noexcept { return std::exchange(count_, 0); }

 private:
  Loop& loop_;
  Wakeable& owner_;
  uv_signal_s* handle_;
  std::uint32_t count_ = 0;
};

}  // namespace aip::net
