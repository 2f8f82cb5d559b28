// websocket_call.h - one WebSocket to an upstream: an upgrade, then messages both ways.
//
//     Opening -> Open -> Closing -> Leaving -> Ended          each of them -> Failed
//        |         '------------------^  (the peer closes first)
//        '-> Refused (an answer that is no 101) -> Ended
//
// Stands on an ordinary Call whose upgrade became a tunnel, so TLS, proxies, timers, limits of the
// head and back-pressure are that call's. As the gateway sees it:
//     Head     open(): the WebSocket is open. Else the upgrade was refused; Body* End follow as for
//              any answer.
//     Body     bytes() is a whole message, of message_kind().
//     End      the closing handshake is done and the connection is over; close_code(), and the
//              reason in bytes().
//     Failed   close_code() is the code that we sent, or kCloseAbnormal.
// Closing: who has sent a Close waits kCloseMs for the peer's, and as long for its end of the
//          connection (RFC 6455 7.1.1: the server goes first); then the socket is cut.
// Sending: what is sent before Open waits. send() tells when to pause (kSendBytesMax) and refuses
//          above the hard limit of one message more.
// Timers:  `idle` of the spec counts bytes either way, but while ours wait only those that the peer
//          takes: who floods and reads nothing is idle. total_ms, if not 0, bounds the whole.
// Lifetime: as a Call. leave() ends it politely without its owner.
// Tests:   tests/unit/upstream/websocket_call_test.cpp
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "core/base/limits.h"
#include "core/base/random.h"
#include "core/base/scheduler.h"
#include "core/http/websocket.h"
#include "core/upstream/call.h"

namespace aip::upstream {

struct WebSocketSpec {
  CallSpec call;  // http(s) or ws(s) URL and fields; method, body and upgrade are ours
  std::size_t message_bytes_max = limits::kEventBytesMax;
  std::uint32_t total_ms = 0;  // 0: a WebSocket may live as long as it likes
};

enum class Sent : std::uint8_t {
  Ok,
  Full,     // taken; send no more before has_room()
  Refused,  // not taken: over the limit
  Closed,   // not taken: this side has closed
};

class WebSocketCall final : public Call, private CallOwner, private Wakeable {
 public:
  static constexpr std::uint64_t kCloseMs = 2'000;
  static constexpr std::size_t kSendBytesMax = limits::kStreamOutputBytesMax;

  WebSocketCall(Scheduler& scheduler, Random& random, Dialer& dialer, WebSocketSpec spec,
                CallOwner& owner);
  ~WebSocketCall() override = default;
  WebSocketCall(const WebSocketCall&) = delete;
  WebSocketCall& operator=(const WebSocketCall&) = delete;

  CallEvent next() override;
  [[nodiscard]] const http::ResponseHead& head() const noexcept override { return call_->head(); }
  [[nodiscard]] Bytes bytes() const noexcept override { return bytes_; }
  [[nodiscard]] const Error& error() const noexcept override { return error_; }
  [[nodiscard]] bool request_sent() const noexcept override { return call_->request_sent(); }
  void send_body(Bytes) override {}  // messages go by send()
  void end_body() override {}
  [[nodiscard]] std::size_t queued_bytes() const noexcept override;
  void set_reading(bool on) noexcept override { call_->set_reading(on); }
  [[nodiscard]] const CallStats& stats() const noexcept override { return call_->stats(); }

  // Is it, or was it?
  [[nodiscard]] bool open() const noexcept { return opened_; }
  [[nodiscard]] http::MessageKind message_kind() const noexcept { return socket_.kind(); }
  [[nodiscard]] std::uint16_t close_code() const noexcept { return socket_.close_code(); }

  // Text is UTF-8; the caller has checked it.
  Sent send(http::MessageKind kind, std::span<const Bytes> pieces);
  [[nodiscard]] bool has_room() const noexcept { return queued_bytes() <= kSendBytesMax / 2; }
  // Begins the closing handshake: a valid code, a reason that fits a Close.
  void close(std::uint16_t code, Bytes reason = {});

  // True while a Close of ours could still reach the peer: then leave() is better than a reset.
  [[nodiscard]] bool worth_leaving() const noexcept;
  // Another owner, who wants nothing but the end: closes if that is still to be done. From here on
  // next() gives None, then End or Failed.
  void leave(CallOwner& owner);

 private:
  enum class Phase : std::uint8_t { Opening, Refused, Open, Closing, Leaving, Ended, Failed };

  void on_call_event() noexcept override { owner_->on_call_event(); }
  void advance() noexcept override;
  CallEvent take_head();
  CallEvent next_of_open();
  CallEvent next_of_leaving();
  CallEvent fail(Error error);
  void push();
  void set_alarm();
  void begin_closing(Phase phase);

  Scheduler& scheduler_;
  const std::size_t message_bytes_max_;
  const std::string key_, protocols_;
  const std::uint64_t total_deadline_ns_;

  CallOwner* owner_;
  http::WebSocket socket_;
  Phase phase_ = Phase::Opening;
  Alarm alarm_;
  std::uint64_t close_deadline_ns_ = UINT64_MAX;
  std::unique_ptr<Call> call_;
  Bytes input_;  // of the call's piece, not yet read
  Bytes bytes_;
  Error error_;
  bool opened_ = false;
  bool left_ = false;  // messages are of no interest any more
};

}  // namespace aip::upstream
