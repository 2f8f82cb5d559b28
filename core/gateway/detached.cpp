#include "core/gateway/detached.h"

#include <algorithm>

namespace aip::gateway {

class DetachedCalls::One final : public Wakeable,
                                 public Retired,
                                 public ListNode<DetachedTag>,
                                 private upstream::CallOwner {
 public:
  One(DetachedCalls& owner, upstream::Dialer& dialer, upstream::CallSpec spec) : owner_(owner) {
    call_ = dialer.start(std::move(spec), *this);
  }
  One(DetachedCalls& owner, std::unique_ptr<upstream::WebSocketCall> call) : owner_(owner) {
    call->leave(*this);
    call_ = std::move(call);
    owner_.scheduler_.wake(*this);
  }
  using ListNode<DetachedTag>::unlink;

 private:
  void on_call_event() noexcept override { owner_.scheduler_.wake(*this); }
  void advance() noexcept override {
    if (over_) return;  // a call that failed tells it again in the same turn
    for (;;) {
      switch (call_->next()) {
        case upstream::CallEvent::None:
          return;
        case upstream::CallEvent::Head:
        case upstream::CallEvent::Body:
          continue;
        case upstream::CallEvent::End:
        case upstream::CallEvent::Failed:
          over_ = true;
          unlink();
          --owner_.running_;
          owner_.scheduler_.retire(std::unique_ptr<Retired>(this));
          return;
      }
    }
  }

  DetachedCalls& owner_;
  std::unique_ptr<upstream::Call> call_;
  bool over_ = false;
};

DetachedCalls::~DetachedCalls() {
  while (!calls_.empty()) {
    const std::unique_ptr<One> dead(&calls_.pop_front());
  }
}

bool DetachedCalls::start(upstream::Dialer& dialer, upstream::CallSpec spec) {
  if (running_ >= kDetachedCallsMax) return false;
  spec.timeouts.total_ms = std::min(spec.timeouts.total_ms, kDetachedTotalMs);
  calls_.push_back(*std::make_unique<One>(*this, dialer, std::move(spec)).release());
  ++running_;
  return true;
}

void DetachedCalls::see_off(std::unique_ptr<upstream::WebSocketCall> call) {
  if (running_ >= kDetachedCallsMax) return;
  calls_.push_back(*std::make_unique<One>(*this, std::move(call)).release());
  ++running_;
}

}  // namespace aip::gateway
