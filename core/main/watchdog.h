// watchdog.h - notices a worker whose loop stands still, because a plugin does not return.
//
// A worker begins its Pulse on its own thread and beats from a timer of its loop. The watchdog
// looks once a second: who has not beaten for limits::kPluginHangMs of such looks gets a signal
// (crash_report.h), and decides on its own thread whether it is a plugin that holds it. Looks are
// counted, not time: a process that was stopped for a minute, by a debugger or with its machine,
// has missed looks as well as beats.
// Threads: beat() from the worker's, the rest from any.
// Lifetime: a Pulse outlives the watch, or ends it by forget().
// Tests: tests/unit/main/watchdog_test.cpp
#pragma once

#include <pthread.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

#include "core/base/limits.h"

namespace aip::main {

class Pulse {
 public:
  // On the thread that is to be watched, and on it again before it ends.
  void begin();
  void end();
  void beat() noexcept { beats_.fetch_add(1, std::memory_order_relaxed); }

  [[nodiscard]] std::uint64_t beats() const noexcept {
    return beats_.load(std::memory_order_relaxed);
  }
  // Sends the thread a signal, if it has begun and not ended.
  void nudge(int signal);

 private:
  std::atomic<std::uint64_t> beats_{0};
  std::mutex mutex_;  // the thread is there while this is held
  bool running_ = false;
  pthread_t thread_{};
};

class Watchdog {
 public:
  static constexpr std::chrono::milliseconds kLookEvery{1'000};
  static constexpr std::uint64_t kLooksMax = limits::kPluginHangMs / 1'000;

  Watchdog() = default;
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  void watch(Pulse& pulse);
  void forget(Pulse& pulse);

  // Begins to look, on a thread of its own.
  void start();
  // One look; gives the number of workers that were nudged.
  std::size_t look();

 private:
  struct Watched {
    Pulse* pulse;
    std::uint64_t beats;
    std::uint64_t still_for;  // looks
  };
  void run();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Watched> watched_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace aip::main
