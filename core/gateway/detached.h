// detached.h - calls that outlive their exchange: cancel a provider's chat, delete a conversation.
//
// And WebSockets whose request is over: they close in peace (upstream/websocket_call.h).
// Nobody hears of their answers. At most kDetachedCallsMax at a time; one more is refused.
// Threads: the worker's.
#pragma once

#include <memory>

#include "core/base/list.h"
#include "core/base/scheduler.h"
#include "core/upstream/call.h"
#include "core/upstream/websocket_call.h"

namespace aip::gateway {

inline constexpr std::size_t kDetachedCallsMax = 256;
inline constexpr std::uint32_t kDetachedTotalMs = 30'000;

struct DetachedTag;

class DetachedCalls {
 public:
  explicit DetachedCalls(Scheduler& scheduler) : scheduler_(scheduler) {}
  ~DetachedCalls();
  // False: too many run already.
  bool start(upstream::Dialer& dialer, upstream::CallSpec spec);
  // One too many is cut.
  void see_off(std::unique_ptr<upstream::WebSocketCall> call);
  [[nodiscard]] std::size_t running() const noexcept { return running_; }

 private:
  class One;
  Scheduler& scheduler_;
  List<One, DetachedTag> calls_;
  std::size_t running_ = 0;
};

}  // namespace aip::gateway
