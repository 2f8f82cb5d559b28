#include "core/main/watchdog.h"

#include <algorithm>
#include <csignal>

#include "core/main/crash_report.h"

namespace aip::main {

void Pulse::begin() {
  const std::lock_guard lock(mutex_);
  thread_ = ::pthread_self();
  running_ = true;
}

void Pulse::end() {
  const std::lock_guard lock(mutex_);
  running_ = false;
}

void Pulse::nudge(int signal) {
  const std::lock_guard lock(mutex_);
  if (running_) ::pthread_kill(thread_, signal);
}

void Watchdog::start() {
  thread_ = std::thread([this] { run(); });
}

Watchdog::~Watchdog() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Watchdog::watch(Pulse& pulse) {
  const std::lock_guard lock(mutex_);
  watched_.push_back({&pulse, pulse.beats(), 0});
}

void Watchdog::forget(Pulse& pulse) {
  const std::lock_guard lock(mutex_);
  std::erase_if(watched_, [&](const Watched& watched) { return watched.pulse == &pulse; });
}

std::size_t Watchdog::look() {
  const std::lock_guard lock(mutex_);
  std::size_t nudged = 0;
  for (Watched& watched : watched_) {
    const std::uint64_t beats = watched.pulse->beats();
    watched.still_for = beats == watched.beats ? watched.still_for + 1 : 0;
    watched.beats = beats;
    if (watched.still_for < kLooksMax) continue;
    watched.pulse->nudge(hang_signal());
    ++nudged;
  }
  return nudged;
}

void Watchdog::run() {
  std::unique_lock lock(mutex_);
  while (!changed_.wait_for(lock, kLookEvery, [this] { return ending_; })) {
    lock.unlock();
    look();
    lock.lock();
  }
}

}  // namespace aip::main
