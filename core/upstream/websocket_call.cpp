#include "core/upstream/websocket_call.h"

#include <algorithm>
#include <utility>

#include "core/base/units.h"
#include "core/http/websocket_handshake.h"

namespace aip::upstream {
namespace {

CallSpec upgrade_of(CallSpec spec, std::string_view key) {
  spec.method = "GET";
  spec.headers = http::websocket_fields(spec.headers, key);
  spec.body.clear();
  spec.body_streams = true;  // what is written behind 101
  spec.body_length = -1;
  spec.upgrade = true;
  spec.replayable = false;
  return spec;
}

std::uint64_t deadline(const Scheduler& scheduler, std::uint64_t ms) noexcept {
  return scheduler.now_ns() + ms * kMs;
}

}  // namespace

WebSocketCall::WebSocketCall(Scheduler& scheduler, Random& random, Dialer& dialer,
                             WebSocketSpec spec, CallOwner& owner)
    : scheduler_(scheduler),
      message_bytes_max_(spec.message_bytes_max),
      key_(http::websocket_key(random)),
      protocols_(spec.call.headers.get("sec-websocket-protocol")),
      total_deadline_ns_(spec.total_ms == 0 ? UINT64_MAX : deadline(scheduler, spec.total_ms)),
      owner_(&owner),
      socket_(random, spec.message_bytes_max),
      alarm_(scheduler, *this),
      call_(dialer.start(upgrade_of(std::move(spec.call), key_), *this)) {
  set_alarm();
}

// ---- from the peer
// --------------------------------------------------------------------------------

CallEvent WebSocketCall::next() {
  bytes_ = {};
  switch (phase_) {
    case Phase::Opening:
      switch (call_->next()) {
        case CallEvent::Head:
          return take_head();
        case CallEvent::Failed:
          return fail(call_->error());
        case CallEvent::None:
        case CallEvent::Body:  // never before a head
        case CallEvent::End:
          return CallEvent::None;
      }
      return CallEvent::None;
    case Phase::Refused: {
      const CallEvent event = call_->next();
      if (event == CallEvent::Failed) return fail(call_->error());
      if (event == CallEvent::Body) bytes_ = call_->bytes();
      if (event == CallEvent::End) phase_ = Phase::Ended;
      return event;
    }
    case Phase::Open:
    case Phase::Closing:
      return next_of_open();
    case Phase::Leaving:
      return next_of_leaving();
    case Phase::Ended:
      return CallEvent::None;
    case Phase::Failed:
      return CallEvent::Failed;
  }
  return CallEvent::None;
}

CallEvent WebSocketCall::take_head() {
  if (call_->head().status != 101) {
    phase_ = Phase::Refused;
    return CallEvent::Head;
  }
  if (Status good = http::check_websocket_answer(call_->head(), key_, protocols_); !good) {
    return fail(std::move(good).error());
  }
  opened_ = true;
  // A Close that was asked for before waits in the output, as messages do.
  phase_ = socket_.close_sent() ? Phase::Closing : Phase::Open;
  push();
  return CallEvent::Head;
}

CallEvent WebSocketCall::next_of_open() {
  for (;;) {
    const http::WebSocket::Event event = socket_.next(input_);
    push();
    switch (event) {
      case http::WebSocket::Event::Message:
        if (left_) continue;
        bytes_ = socket_.message();
        return CallEvent::Body;
      case http::WebSocket::Event::Closed:
        begin_closing(Phase::Leaving);
        call_->end_body();
        return next_of_leaving();
      case http::WebSocket::Event::Failed:
        call_->end_body();
        return fail(socket_.error());
      case http::WebSocket::Event::NeedMore:
        break;
    }
    switch (call_->next()) {
      case CallEvent::Body:
        input_ = call_->bytes();
        break;
      case CallEvent::End:
        return fail(Error{ErrorCode::ProviderTruncated, "WebSocket: it ended without a Close"});
      case CallEvent::Failed:
        return fail(call_->error());
      case CallEvent::None:
      case CallEvent::Head:  // there was one
        return CallEvent::None;
    }
  }
}

// Both have closed; what is still sent is of no interest, but that the connection ends.
CallEvent WebSocketCall::next_of_leaving() {
  for (;;) {
    const bool late = scheduler_.now_ns() >= close_deadline_ns_;
    const CallEvent event = late ? CallEvent::End : call_->next();
    if (event == CallEvent::None) return event;
    if (event == CallEvent::End || event == CallEvent::Failed) break;
  }
  phase_ = Phase::Ended;
  alarm_.cancel();
  bytes_ = socket_.close_reason();
  return CallEvent::End;
}

// The call below stays, so that a Close can still be written by it.
CallEvent WebSocketCall::fail(Error error) {
  phase_ = Phase::Failed;
  error_ = std::move(error);
  input_ = bytes_ = {};
  alarm_.cancel();
  return CallEvent::Failed;
}

// ---- to the peer
// ----------------------------------------------------------------------------------

// Hands what the framing has written to the call below.
void WebSocketCall::push() {
  if (call_->queued_bytes() <= kSendBytesMax) socket_.answer_ping();
  if (socket_.output().empty() || phase_ == Phase::Opening) return;
  call_->send_body(std::exchange(socket_.output(), {}));
}

std::size_t WebSocketCall::queued_bytes() const noexcept {
  return call_->queued_bytes() + socket_.queued_bytes();
}

Sent WebSocketCall::send(http::MessageKind kind, std::span<const Bytes> pieces) {
  if (phase_ > Phase::Open || phase_ == Phase::Refused || socket_.close_sent()) return Sent::Closed;
  std::size_t size = queued_bytes();
  for (const Bytes piece : pieces) size += piece.size();
  if (size > kSendBytesMax + message_bytes_max_) return Sent::Refused;
  socket_.send(kind, pieces);
  push();
  return queued_bytes() > kSendBytesMax ? Sent::Full : Sent::Ok;
}

void WebSocketCall::close(std::uint16_t code, Bytes reason) {
  if (phase_ > Phase::Open || phase_ == Phase::Refused || socket_.close_sent()) return;
  socket_.close(code, reason);
  begin_closing(phase_ == Phase::Open ? Phase::Closing : phase_);
  push();
}

void WebSocketCall::begin_closing(Phase phase) {
  phase_ = phase;
  close_deadline_ns_ = deadline(scheduler_, kCloseMs);
  set_alarm();
}

bool WebSocketCall::worth_leaving() const noexcept {
  switch (phase_) {
    case Phase::Open:
    case Phase::Closing:
    case Phase::Leaving:
      return true;
    case Phase::Failed:
      return socket_.close_sent();
    case Phase::Opening:
    case Phase::Refused:
    case Phase::Ended:
      return false;
  }
  return false;
}

void WebSocketCall::leave(CallOwner& owner) {
  owner_ = &owner;
  left_ = true;
  close(http::kCloseNormal);
  if (phase_ == Phase::Failed) begin_closing(Phase::Leaving);
  set_reading(true);
}

// ---- time
// -----------------------------------------------------------------------------------------

void WebSocketCall::set_alarm() {
  const std::uint64_t next = std::min(total_deadline_ns_, close_deadline_ns_);
  if (next != UINT64_MAX) alarm_.set(next);
}

void WebSocketCall::advance() noexcept {
  if (!alarm_.take_fired() || phase_ == Phase::Ended || phase_ == Phase::Failed) return;
  if (phase_ != Phase::Leaving) {
    const bool closing = scheduler_.now_ns() >= close_deadline_ns_;
    fail(closing ? Error{ErrorCode::ProviderTimeoutIdle, "WebSocket: the Close was not answered"}
                 : Error{ErrorCode::ProviderTimeoutTotal, "WebSocket"});
  }
  owner_->on_call_event();
}

}  // namespace aip::upstream
