// fake_loop.h - a Scheduler whose clock only the test moves.
//
// run() runs everything that can happen without time passing; advance_ms() and advance_to() move
// the clock from deadline to deadline, as a real loop would see it, so no deadline is skipped and
// nothing sleeps. Turns are the real ones: due alarms first, then Scheduler::run_turn().
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/base/check.h"
#include "core/base/scheduler.h"

namespace aip::test {

class FakeLoop final : public Scheduler {
 public:
  static constexpr std::uint64_t kMs = 1'000'000;

  [[nodiscard]] std::uint64_t now_ns() const noexcept override { return now_ns_; }
  [[nodiscard]] std::uint64_t wall_ms() const noexcept override {
    return kWallStartMs + now_ns_ / kMs;
  }

  // One turn: what is due now and what was woken. False: there was nothing to do.
  bool run_once() {
    if (!has_work() && next_deadline_ns() > now_ns_) return false;
    fire_due_alarms();
    run_turn();
    ++turns_;
    return true;
  }
  // Turns until nothing can happen before the clock moves.
  void run() {
    for (int turns = 0; run_once(); ++turns) AIP_CHECK(turns < kTurnsMax);
  }
  // Ends at exactly that time, whatever was due in between.
  void advance_to(std::uint64_t time_ns) {
    run();
    while (next_deadline_ns() <= time_ns) {
      now_ns_ = std::max(now_ns_, next_deadline_ns());
      run();
    }
    now_ns_ = std::max(now_ns_, time_ns);
  }
  void advance_ms(std::uint64_t ms) { advance_to(now_ns_ + ms * kMs); }
  // Follows the deadlines until there are none left; false: some were still set at `time_ns`.
  bool run_until_idle(std::uint64_t time_ns) {
    run();
    while (next_deadline_ns() <= time_ns) {
      now_ns_ = std::max(now_ns_, next_deadline_ns());
      run();
    }
    return next_deadline_ns() == UINT64_MAX;
  }
  [[nodiscard]] std::uint64_t turns() const noexcept { return turns_; }

 private:
  static constexpr std::uint64_t kWallStartMs = 1'764'000'000'000;
  static constexpr int kTurnsMax = 10'000'000;  // two objects that wake each other for ever
  std::uint64_t now_ns_ = 1'000'000'000;
  std::uint64_t turns_ = 0;
};

}  // namespace aip::test
