// scheduler.h - when things run: the ready list, alarms, end-of-turn flushes, deferred frees.
//
// The rule of the house: an event stores what happened and calls wake(); the woken object's
// advance() decides, later in the same loop turn, with no callback of any library on the stack.
// So nothing is re-entered and nothing is freed under the feet of its caller.
//
// One turn:  I/O callbacks and due alarms  ->  run_turn(): ready list until it is empty,
//            then the flush list (one write per stream), then what was retired is destroyed.
// Alarms:    a binary heap by deadline; setting or moving one costs no system call.
// Threads:   all of it belongs to one thread. net::Loop is the real one, sim::Loop a fake.
// Tests:     tests/unit/base/scheduler_test.cpp
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/base/list.h"

namespace aip {

struct ReadyTag;
struct FlushTag;

// Something that moves when it is woken.
class Wakeable : public ListNode<ReadyTag> {
 protected:
  virtual ~Wakeable() = default;

 private:
  friend class Scheduler;
  virtual void advance() noexcept = 0;
};

// Something that gathers output during a turn and writes once at its end.
class Flushable : public ListNode<FlushTag> {
 protected:
  virtual ~Flushable() = default;

 private:
  friend class Scheduler;
  virtual void flush() noexcept = 0;
};

// Something that must outlive the turn in which it is given up.
class Retired {
 public:
  virtual ~Retired() = default;
};

class Scheduler;

// A deadline that wakes its owner. Destroying or cancelling it forgets it.
class Alarm {
 public:
  Alarm(Scheduler& scheduler, Wakeable& owner) : scheduler_(scheduler), owner_(owner) {}
  Alarm(const Alarm&) = delete;
  Alarm& operator=(const Alarm&) = delete;
  ~Alarm() { cancel(); }

  void set(std::uint64_t deadline_ns);  // absolute, on Scheduler::now_ns()'s clock
  void cancel() noexcept;
  [[nodiscard]] bool armed() const noexcept { return index_ != kNone; }
  [[nodiscard]] std::uint64_t deadline_ns() const noexcept { return deadline_ns_; }  // if armed
  // True once after the deadline has passed; advance() asks it.
  [[nodiscard]] bool take_fired() noexcept {
    const bool fired = fired_;
    fired_ = false;
    return fired;
  }

 private:
  friend class Scheduler;
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  Scheduler& scheduler_;
  Wakeable& owner_;
  std::uint64_t deadline_ns_ = 0;
  std::size_t index_ = kNone;
  bool fired_ = false;
};

class Scheduler {
 public:
  Scheduler() = default;
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;
  virtual ~Scheduler();

  // Monotonic, in nanoseconds. A real loop reads it once a turn, so it may lag by a turn's length.
  [[nodiscard]] virtual std::uint64_t now_ns() const noexcept = 0;
  // Milliseconds since 1970, for logs and `created`; it may jump, so no timer uses it.
  [[nodiscard]] virtual std::uint64_t wall_ms() const noexcept = 0;

  // Puts the object on the ready list, once; its advance() runs in this turn.
  void wake(Wakeable& object) noexcept {
    if (!object.linked()) ready_.push_back(object);
  }
  void flush_later(Flushable& object) noexcept {
    if (!object.linked()) flush_.push_back(object);
  }
  // Takes the object; it is destroyed at the end of the turn.
  void retire(std::unique_ptr<Retired> object) { retired_.push_back(std::move(object)); }

  // For the loop that drives this scheduler.
  void fire_due_alarms() noexcept;
  void run_turn() noexcept;
  [[nodiscard]] bool has_work() const noexcept {
    return !ready_.empty() || !flush_.empty() || !retired_.empty();
  }
  // The earliest deadline, or UINT64_MAX.
  [[nodiscard]] std::uint64_t next_deadline_ns() const noexcept {
    return heap_.empty() ? UINT64_MAX : heap_.front()->deadline_ns_;
  }

 private:
  friend class Alarm;
  // Told when the earliest deadline changed, so that a real loop can re-arm its one timer.
  virtual void deadline_changed() noexcept {}

  void place(std::size_t index, Alarm* alarm) noexcept;
  void sift_up(std::size_t index) noexcept;
  void sift_down(std::size_t index) noexcept;
  void remove(Alarm& alarm) noexcept;

  List<Wakeable, ReadyTag> ready_;
  List<Flushable, FlushTag> flush_;
  std::vector<std::unique_ptr<Retired>> retired_;
  std::vector<Alarm*> heap_;
};

}  // namespace aip
