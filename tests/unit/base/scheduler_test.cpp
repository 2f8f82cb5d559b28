#include "core/base/scheduler.h"

#include <doctest/doctest.h>

#include <string>

namespace {

class FakeLoop final : public aip::Scheduler {
 public:
  std::uint64_t now_ns() const noexcept override { return now; }
  std::uint64_t wall_ms() const noexcept override { return now / 1'000'000; }
  std::uint64_t now = 0;
};

class Walker final : public aip::Wakeable {
 public:
  Walker(aip::Scheduler& scheduler, std::string& log, char name)
      : alarm(scheduler, *this), log_(log), name_(name) {}
  aip::Alarm alarm;

 private:
  void advance() noexcept override {
    log_.push_back(name_);
    if (alarm.take_fired()) log_.push_back('!');
  }
  std::string& log_;
  char name_;
};

}  // namespace

TEST_CASE("scheduler: a wake runs once, however often it was asked for") {
  FakeLoop loop;
  std::string log;
  Walker a(loop, log, 'a');
  Walker b(loop, log, 'b');

  loop.wake(a);
  loop.wake(b);
  loop.wake(a);
  loop.run_turn();

  CHECK(log == "ab");
}

TEST_CASE("scheduler: alarms fire in the order of their deadlines and only when due") {
  FakeLoop loop;
  std::string log;
  Walker a(loop, log, 'a');
  Walker b(loop, log, 'b');
  Walker c(loop, log, 'c');
  a.alarm.set(30);
  b.alarm.set(10);
  c.alarm.set(20);
  c.alarm.set(5);
  CHECK(loop.next_deadline_ns() == 5);

  loop.now = 10;
  loop.fire_due_alarms();
  loop.run_turn();
  CHECK(log == "c!b!");

  a.alarm.cancel();
  loop.now = 100;
  loop.fire_due_alarms();
  loop.run_turn();
  CHECK(log == "c!b!");
  CHECK(loop.next_deadline_ns() == UINT64_MAX);
}

TEST_CASE("scheduler: what is retired outlives the turn's ready list") {
  struct Thing final : aip::Retired {
    explicit Thing(std::string& text) : log(text) {}
    ~Thing() override { log.push_back('x'); }
    std::string& log;
  };
  FakeLoop loop;
  std::string log;
  Walker a(loop, log, 'a');

  loop.retire(std::make_unique<Thing>(log));
  loop.wake(a);
  loop.run_turn();

  CHECK(log == "ax");
}
