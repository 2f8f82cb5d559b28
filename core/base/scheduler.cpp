#include "core/base/scheduler.h"

#include <utility>

namespace aip {

Scheduler::~Scheduler() {
  retired_.clear();
  AIP_CHECK(heap_.empty());  // an alarm that outlives its scheduler would write into freed memory
}

void Scheduler::run_turn() noexcept {
  while (has_work()) {
    while (!ready_.empty()) ready_.pop_front().advance();
    while (!flush_.empty()) flush_.pop_front().flush();
    if (!ready_.empty()) continue;  // a flush may have found a dead peer
    // Destructors may retire more, so the vector is taken before it is emptied.
    std::vector<std::unique_ptr<Retired>> dead = std::exchange(retired_, {});
    dead.clear();
  }
}

void Scheduler::fire_due_alarms() noexcept {
  const std::uint64_t now = now_ns();
  while (!heap_.empty() && heap_.front()->deadline_ns_ <= now) {
    Alarm& alarm = *heap_.front();
    remove(alarm);
    alarm.fired_ = true;
    wake(alarm.owner_);
  }
  deadline_changed();
}

void Alarm::set(std::uint64_t deadline_ns) {
  fired_ = false;
  const std::uint64_t before = scheduler_.next_deadline_ns();
  if (index_ == kNone) {
    deadline_ns_ = deadline_ns;
    scheduler_.heap_.push_back(this);
    scheduler_.place(scheduler_.heap_.size() - 1, this);
    scheduler_.sift_up(index_);
  } else {
    const bool earlier = deadline_ns < deadline_ns_;
    deadline_ns_ = deadline_ns;
    if (earlier) {
      scheduler_.sift_up(index_);
    } else {
      scheduler_.sift_down(index_);
    }
  }
  // A later deadline lets the loop's timer fire early and find nothing: cheaper than re-arming.
  if (scheduler_.next_deadline_ns() < before) scheduler_.deadline_changed();
}

void Alarm::cancel() noexcept {
  fired_ = false;
  if (index_ != kNone) scheduler_.remove(*this);
}

void Scheduler::place(std::size_t index, Alarm* alarm) noexcept {
  heap_[index] = alarm;
  alarm->index_ = index;
}

void Scheduler::sift_up(std::size_t index) noexcept {
  Alarm* alarm = heap_[index];
  while (index > 0) {
    const std::size_t parent = (index - 1) / 2;
    if (heap_[parent]->deadline_ns_ <= alarm->deadline_ns_) break;
    place(index, heap_[parent]);
    index = parent;
  }
  place(index, alarm);
}

void Scheduler::sift_down(std::size_t index) noexcept {
  Alarm* alarm = heap_[index];
  for (;;) {
    std::size_t child = 2 * index + 1;
    if (child >= heap_.size()) break;
    if (child + 1 < heap_.size() && heap_[child + 1]->deadline_ns_ < heap_[child]->deadline_ns_) {
      ++child;
    }
    if (alarm->deadline_ns_ <= heap_[child]->deadline_ns_) break;
    place(index, heap_[child]);
    index = child;
  }
  place(index, alarm);
}

void Scheduler::remove(Alarm& alarm) noexcept {
  const std::size_t index = std::exchange(alarm.index_, Alarm::kNone);
  Alarm* last = heap_.back();
  heap_.pop_back();
  if (last == &alarm) return;
  place(index, last);
  sift_up(index);
  sift_down(last->index_);
}

}  // namespace aip
