#include "core/main/watchdog.h"

#include <doctest/doctest.h>

#include <csignal>
#include <thread>

#include "core/main/crash_report.h"

using namespace aip;
using main::Pulse;
using main::Watchdog;

namespace {

volatile std::sig_atomic_t g_nudges = 0;
pthread_t g_nudged;

// Counts the watchdog's signals in place of the handler that aborts.
class Nudges {
 public:
  Nudges() {
    g_nudges = 0;
    std::signal(main::hang_signal(), [](int) {
      g_nudges = g_nudges + 1;
      g_nudged = ::pthread_self();
    });
  }
  ~Nudges() { std::signal(main::hang_signal(), SIG_DFL); }
  Nudges(const Nudges&) = delete;
  Nudges& operator=(const Nudges&) = delete;
};

}  // namespace

TEST_CASE("watchdog: a worker that stands still for ten looks is nudged, on its own thread") {
  const Nudges nudges;
  Pulse pulse;
  pulse.begin();
  Watchdog watchdog;
  watchdog.watch(pulse);

  for (std::uint64_t i = 0; i + 1 < Watchdog::kLooksMax; ++i) CHECK(watchdog.look() == 0);
  CHECK(g_nudges == 0);
  CHECK(watchdog.look() == 1);

  CHECK(g_nudges == 1);
  CHECK(::pthread_equal(g_nudged, ::pthread_self()));
  pulse.end();
}

TEST_CASE("watchdog: a beat starts the count anew") {
  const Nudges nudges;
  Pulse pulse;
  pulse.begin();
  Watchdog watchdog;
  watchdog.watch(pulse);
  for (std::uint64_t i = 0; i < 100; ++i) {
    if (i % (Watchdog::kLooksMax - 1) == 0) pulse.beat();
    CHECK(watchdog.look() == 0);
  }
  CHECK(g_nudges == 0);
  pulse.end();
}

TEST_CASE("watchdog: workers are judged each for itself, and one that has ended not at all") {
  const Nudges nudges;
  Pulse lively, still, over;
  std::thread([&over] { over.begin(), over.end(); }).join();
  lively.begin();
  still.begin();
  Watchdog watchdog;
  for (Pulse* pulse : {&lively, &still, &over}) watchdog.watch(*pulse);
  for (std::uint64_t i = 0; i < Watchdog::kLooksMax; ++i) {
    lively.beat();
    static_cast<void>(watchdog.look());
  }
  CHECK(g_nudges == 1);

  watchdog.forget(still);
  CHECK(watchdog.look() == 1);  // `over`, whose thread is gone
  CHECK(g_nudges == 1);
  lively.end();
  still.end();
}
