// fake_worker.h - a worker without a loop: a clock that the test moves, and a post box that the
// test empties.
#pragma once

#include <functional>
#include <mutex>
#include <utility>
#include <vector>

#include "core/base/scheduler.h"
#include "core/plugin/instance.h"

namespace aip::test {

class FakeWorker final : public Scheduler, public plugin::Poster {
 public:
  [[nodiscard]] std::uint64_t now_ns() const noexcept override { return now_ns_; }
  [[nodiscard]] std::uint64_t wall_ms() const noexcept override {
    return kWallStartMs + now_ns_ / 1'000'000;
  }
  // Any thread.
  void post(std::function<void()> task) override {
    const std::lock_guard lock(mutex_);
    posted_.push_back(std::move(task));
  }

  // One turn of the loop: what was posted, alarms that are due, then the ready list.
  void turn() {
    std::vector<std::function<void()>> tasks;
    {
      const std::lock_guard lock(mutex_);
      tasks.swap(posted_);
    }
    for (const auto& task : tasks) task();
    fire_due_alarms();
    run_turn();
  }
  void advance_ms(std::uint64_t ms) {
    now_ns_ += ms * 1'000'000;
    turn();
  }
  // 0 if nothing is set.
  [[nodiscard]] std::uint64_t ms_to_next_alarm() const noexcept {
    const std::uint64_t next = next_deadline_ns();
    return next == UINT64_MAX || next <= now_ns_ ? 0 : (next - now_ns_ + 999'999) / 1'000'000;
  }

  static constexpr std::uint64_t kWallStartMs = 1'700'000'000'000;

 private:
  std::uint64_t now_ns_ = 1'000'000'000;
  std::mutex mutex_;
  std::vector<std::function<void()>> posted_;
};

}  // namespace aip::test
