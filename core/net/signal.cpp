#include "core/net/signal.h"

#include "core/net/uv_handle.h"

namespace aip::net {

Signal::Signal(Loop& loop, int number, Wakeable& owner)
    : loop_(loop), owner_(owner), handle_(std::make_unique<uv_signal_t>().release()) {
  must(uv_signal_init(loop.uv(), handle_));
  handle_->data = this;
  must(uv_signal_start(
      handle_,
      [](uv_signal_t* handle, int) noexcept {
        auto* self = static_cast<Signal*>(handle->data);
        ++self->count_;
        self->loop_.wake(self->owner_);
      },
      number));
}

Signal::~Signal() {
  CloseHandle<uv_signal_t>()(handle_);
}

}  // namespace aip::net
