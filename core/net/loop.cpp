#include "core/net/loop.h"

#include <chrono>
#include <csignal>
#include <utility>

#include "core/base/units.h"
#include "core/net/uv_handle.h"

namespace aip::net {

struct Loop::Handles {
  uv_loop_t loop{};
  uv_prepare_t prepare{};
  uv_check_t check{};
  uv_timer_t timer{};
  uv_async_t async{};
};

Loop::Loop() : handles_(std::make_unique<Handles>()), now_ns_(uv_hrtime()) {
  // A write to a dead peer is an error of that stream, not a signal that ends the process.
  std::signal(SIGPIPE, SIG_IGN);
  Handles& h = *handles_;
  must(uv_loop_init(&h.loop));
  must(uv_prepare_init(&h.loop, &h.prepare));
  must(uv_check_init(&h.loop, &h.check));
  must(uv_timer_init(&h.loop, &h.timer));
  // Its callback has nothing to do: posted tasks run in the check phase, when the clock is right.
  must(uv_async_init(&h.loop, &h.async, [](uv_async_t*) noexcept {}));
  // libuv opens a reserve descriptor with a loop's first stream. Now there surely is one to be had,
  // and what the process holds open does not depend on whether somebody has called yet.
  auto first = std::make_unique<uv_tcp_t>();
  must(uv_tcp_init(&h.loop, first.get()));
  const Handle<uv_tcp_t> first_stream(first.release());
  h.prepare.data = h.check.data = h.timer.data = this;
  must(uv_prepare_start(&h.prepare,
                        [](uv_prepare_t* p) noexcept { static_cast<Loop*>(p->data)->run_turn(); }));
  must(uv_check_start(&h.check,
                      [](uv_check_t* c) noexcept { static_cast<Loop*>(c->data)->on_check(); }));
}

Loop::~Loop() {
  {
    // What a task holds may belong to this loop.
    const std::lock_guard lock(posted_mutex_);
    posted_.clear();
  }
  run_turn();
  Handles& h = *handles_;
  uv_close(as_handle(&h.prepare), nullptr);
  uv_close(as_handle(&h.check), nullptr);
  uv_close(as_handle(&h.timer), nullptr);
  uv_close(as_handle(&h.async), nullptr);
  // Something of this loop that outlived it would keep it running for ever.
  uv_walk(
      &h.loop, [](uv_handle_t* handle, void*) noexcept { AIP_CHECK(uv_is_closing(handle)); },
      nullptr);
  uv_run(&h.loop, UV_RUN_DEFAULT);
  must(uv_loop_close(&h.loop));
}

std::uint64_t Loop::wall_ms() const noexcept {
  const auto since_1970 = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(since_1970).count());
}

void Loop::run() {
  uv_run(&handles_->loop, UV_RUN_DEFAULT);
}

void Loop::stop() noexcept {
  uv_stop(&handles_->loop);
}

void Loop::run_once() {
  const bool busy = has_work();
  if (busy) {
    now_ns_ = uv_hrtime();
    run_turn();
  }
  uv_run(&handles_->loop, busy ? UV_RUN_NOWAIT : UV_RUN_ONCE);
  run_turn();  // UV_RUN_ONCE runs timers once more, behind the check phase
}

void Loop::post(std::function<void()> task) {
  const std::lock_guard lock(posted_mutex_);
  posted_.push_back(std::move(task));
  // Inside the lock, so that a loop that has seen the task cannot be gone before the signal.
  uv_async_send(&handles_->async);
}

uv_loop_s* Loop::uv() noexcept {
  return &handles_->loop;
}

void Loop::deadline_changed() noexcept {
  uv_timer_t& timer = handles_->timer;
  const std::uint64_t deadline = next_deadline_ns();
  if (deadline == UINT64_MAX) {
    uv_timer_stop(&timer);
    return;
  }
  // Rounded up, so that the alarm is really due when the timer fires. Both clocks are
  // CLOCK_MONOTONIC.
  const std::uint64_t due_ms = deadline / kMs + (deadline % kMs != 0 ? 1 : 0);
  const std::uint64_t loop_ms = uv_now(&handles_->loop);
  must(uv_timer_start(
      &timer, [](uv_timer_t* t) noexcept { static_cast<Loop*>(t->data)->on_timer(); },
      due_ms > loop_ms ? due_ms - loop_ms : 0, 0));
}

void Loop::on_timer() noexcept {
  now_ns_ = uv_hrtime();
  fire_due_alarms();
}

void Loop::on_check() noexcept {
  now_ns_ = uv_hrtime();
  run_posted();
  run_turn();
}

void Loop::run_posted() noexcept {
  std::vector<std::function<void()>> tasks;
  {
    const std::lock_guard lock(posted_mutex_);
    tasks.swap(posted_);
  }
  for (std::function<void()>& task : tasks) task();
}

}  // namespace aip::net
