#include "core/net/loop.h"

#include <csignal>
#include <string>
#include <thread>

#include "core/net/signal.h"
#include "tests/unit/net/loopback.h"

using namespace aip;
using namespace aip::net;

namespace {

class NamedBell final : public Wakeable {
 public:
  NamedBell(Loop& loop, std::string& log, char name)
      : alarm(loop, *this), loop_(loop), log_(log), name_(name) {}
  Alarm alarm;
  std::uint64_t rang_ns = 0;

 private:
  void advance() noexcept override {
    if (alarm.take_fired()) rang_ns = loop_.now_ns();
    log_.push_back(name_);
  }
  Loop& loop_;
  std::string& log_;
  char name_;
};

}  // namespace

TEST_CASE("loop: alarms ring in the order of their deadlines and never early") {
  Loop loop;
  std::string log;
  NamedBell a(loop, log, 'a');
  NamedBell b(loop, log, 'b');
  NamedBell c(loop, log, 'c');
  const std::uint64_t start = loop.now_ns();
  a.alarm.set(start + 30'500'000);
  b.alarm.set(start + 10'000'001);
  c.alarm.set(start + 20'999'999);

  REQUIRE(run_until(loop, [&] { return log.size() == 3; }));

  CHECK(log == "bca");
  CHECK(a.rang_ns >= start + 30'500'000);
  CHECK(b.rang_ns >= start + 10'000'001);
  CHECK(c.rang_ns >= start + 20'999'999);
}

TEST_CASE("loop: an earlier alarm that is cancelled leaves the later one") {
  Loop loop;
  std::string log;
  NamedBell a(loop, log, 'a');
  NamedBell b(loop, log, 'b');
  a.alarm.set(loop.now_ns() + 1'000'000);
  b.alarm.set(loop.now_ns() + 5'000'000);
  a.alarm.cancel();

  REQUIRE(run_until(loop, [&] { return !log.empty(); }));

  CHECK(log == "b");
}

TEST_CASE("loop: what is woken while it runs is run before the loop waits") {
  Loop loop;
  struct Chain final : Wakeable {
    explicit Chain(Loop& l) : loop(l) {}
    void advance() noexcept override {
      if (++steps < 1000) {
        loop.wake(*this);
      } else {
        loop.stop();
      }
    }
    Loop& loop;
    int steps = 0;
  };
  Chain chain(loop);
  loop.wake(chain);

  loop.run();

  CHECK(chain.steps == 1000);
}

TEST_CASE("loop: tasks posted from other threads all run, each thread's in its order") {
  Loop loop;
  constexpr int kThreads = 4;
  constexpr int kTasks = 1000;
  int last[kThreads] = {};
  int done = 0;
  bool in_order = true;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 1; i <= kTasks; ++i) {
        loop.post([&, t, i] {
          in_order = in_order && i == last[t] + 1;
          last[t] = i;
          ++done;
        });
      }
    });
  }

  CHECK(run_until(loop, [&] { return done == kThreads * kTasks; }));
  for (std::thread& thread : threads) thread.join();

  CHECK(in_order);
}

TEST_CASE("loop: a posted task may wake, and that runs in the same turn") {
  Loop loop;
  std::string log;
  NamedBell a(loop, log, 'a');
  std::string seen_at_stop;
  std::thread other([&] {
    loop.post([&] {
      loop.wake(a);
      loop.stop();
    });
  });

  loop.run();
  other.join();

  CHECK(log == "a");
}

TEST_CASE("loop: the wall clock tells the time of day") {
  Loop loop;

  CHECK(loop.wall_ms() > 1'700'000'000'000ULL);
}

TEST_CASE("signal: it wakes its owner and is counted") {
  Loop loop;
  Waiter owner;
  Signal signal(loop, SIGHUP, owner);

  std::raise(SIGHUP);
  REQUIRE(run_until(loop, [&] { return owner.woken > 0; }));

  CHECK(signal.take() == 1);
  CHECK(signal.take() == 0);
}
