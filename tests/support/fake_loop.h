// fake_loop.h - a Scheduler whose clock the test moves.
#pragma once

#include <functional>

#include "core/base/scheduler.h"

namespace aip::test {

class FakeLoop final : public Scheduler {
 public:
  [[nodiscard]] std::uint64_t now_ns() const noexcept override { return now_ns_; }
  [[nodiscard]] std::uint64_t wall_ms() const noexcept override {
    return 1'764'000'000'000 + now_ns_ / 1'000'000;
  }

  // Runs what was woken, and what that wakes, until nobody is left.
  void run() { run_turn(); }
  // Moves the clock from deadline to deadline, as a real loop would, and ends at `now + ms`.
  void advance_ms(std::uint64_t ms) {
    const std::uint64_t end = now_ns_ + ms * 1'000'000;
    run();
    while (next_deadline_ns() <= end) {
      now_ns_ = std::max(now_ns_, next_deadline_ns());
      fire_due_alarms();
      run();
    }
    now_ns_ = end;
    run();
  }

 private:
  std::uint64_t now_ns_ = 1'000'000'000;
};

}  // namespace aip::test
