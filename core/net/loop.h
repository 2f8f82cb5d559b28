// loop.h - the real scheduler: one libuv loop, one thread.
//
// One turn, in libuv's order:
//     timers   the one timer fires the alarms that are due
//     prepare  run_turn(): nothing that was woken waits for the kernel
//     poll     I/O callbacks store what happened and wake(); it never blocks while work remains
//     check    the clock is read, posted tasks run, run_turn(): what arrived leaves in this turn
// So every advance() runs with no libuv callback of a stream on the stack, and with a clock that
// was read after the wait.
//
// Alarms:    a heap in Scheduler; here only the earliest one is known to libuv. A deadline that
//            moved away lets the timer fire early and find nothing, which is cheaper than moving
//            it.
// Threads:   everything belongs to the thread that runs the loop, but for post().
// Lifetime:  streams, listeners, look-ups and alarms die before their loop. The destructor runs one
//            last turn (for what was retired), closes its handles and waits for libuv to let go; a
//            name look-up that is under way is waited for, because the thread that does it cannot
//            be stopped.
// Tests:     tests/unit/net/loop_test.cpp
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "core/base/scheduler.h"
#include "core/net/read_pool.h"

struct uv_loop_s;

namespace aip::net {

class Loop final : public Scheduler {
 public:
  Loop();
  ~Loop() override;

  [[nodiscard]] std::uint64_t now_ns() const noexcept override { return now_ns_; }
  [[nodiscard]] std::uint64_t wall_ms() const noexcept override;

  // Turns until stop(), which is for the loop's own thread and ends run() after this turn.
  void run();
  void stop() noexcept;
  // One turn; waits for something to happen unless there is work already.
  void run_once();

  // From any thread: runs the task in the loop's thread, in the order of posting. Tasks that the
  // loop never came to are dropped with it.
  void post(std::function<void()> task);

  // For the other files of this folder.
  [[nodiscard]] uv_loop_s* uv() noexcept;
  [[nodiscard]] ReadPool& read_pool() noexcept { return read_pool_; }

 private:
  struct Handles;

  void deadline_changed() noexcept override;
  void on_timer() noexcept;
  void on_check() noexcept;
  void run_posted() noexcept;

  std::unique_ptr<Handles> handles_;
  std::uint64_t now_ns_ = 0;
  ReadPool read_pool_;

  std::mutex posted_mutex_;
  std::vector<std::function<void()>> posted_;
};

}  // namespace aip::net
