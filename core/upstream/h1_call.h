// h1_call.h - one exchange over HTTP/1.1.
//
//     Dialing -> Waiting -> Answering -> Ended          each of them -> Failed
//        ^          |  \--> Tunnel (101) -> Ended
//        '-- once --'
//
// Dialing    the transport connects; what the owner sends meanwhile is kept.
// Waiting    the request goes out; the answer's head is awaited; interim answers are skipped.
// Answering  body bytes are lent to the owner out of the stream, one piece at a time.
// Tunnel     raw bytes both ways.
//
// Stale connections: a pooled connection may be closed by the peer just when the request is sent.
// If it ends before any byte of an answer and within kStaleMs, nothing was answered and most likely
// nothing was read, so the request goes out once more, on a fresh connection. Later than that the
// peer has probably taken the request, and only a replayable one is sent again.
//
// The request's output is gathered and written once at the end of the turn. A body that is whole is
// not copied; it is cut into slices that wait for the peer.
// Errors:   see call.h and deadlines.h. The first one is final, and closes the socket at once.
// Lifetime: the owner, the pool, the transport and the scheduler outlive the call.
// Tests:    tests/unit/upstream/h1_call_*_test.cpp
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "core/base/count.h"
#include "core/base/scheduler.h"
#include "core/base/stream.h"
#include "core/http/parser.h"
#include "core/http/url.h"
#include "core/upstream/call.h"
#include "core/upstream/deadlines.h"
#include "core/upstream/pool.h"
#include "core/upstream/transport.h"

namespace aip::upstream {

class H1Call final : public Call,
                     private Wakeable,
                     private Flushable,
                     private StreamOwner,
                     private DialOwner {
 public:
  static constexpr std::uint64_t kStaleMs = 1'000;

  H1Call(Scheduler& scheduler, Transport& transport, Pool& pool, CallSpec spec, CallOwner& owner);
  ~H1Call() override;
  H1Call(const H1Call&) = delete;
  H1Call& operator=(const H1Call&) = delete;

  CallEvent next() override;
  [[nodiscard]] const http::ResponseHead& head() const noexcept override { return head_; }
  [[nodiscard]] Bytes bytes() const noexcept override { return bytes_; }
  [[nodiscard]] const Error& error() const noexcept override { return error_; }
  [[nodiscard]] bool request_sent() const noexcept override { return request_sent_; }
  void send_body(Bytes bytes) override;
  void end_body() override;
  [[nodiscard]] std::size_t queued_bytes() const noexcept override;
  void set_reading(bool on) noexcept override;
  [[nodiscard]] const CallStats& stats() const noexcept override { return stats_; }

 private:
  enum class Phase : std::uint8_t { Dialing, Waiting, Answering, Tunnel, Ended, Failed };

  void on_stream_event() noexcept override;
  void on_dial_event() noexcept override { scheduler_.wake(*this); }
  void advance() noexcept override;
  void flush() noexcept override;

  // The way to a connection.
  [[nodiscard]] PoolKey pool_key() const;
  void dial();
  void begin(std::unique_ptr<ByteStream> stream);
  void on_dial_progress();
  [[nodiscard]] bool redial_if_stale();

  // The request.
  [[nodiscard]] std::uint64_t announced_length() const noexcept;
  [[nodiscard]] bool request_complete() const noexcept;
  void go_on_sending(std::size_t written) noexcept;
  void note_upload() noexcept;

  // The answer.
  [[nodiscard]] CallEvent next_of_answer();
  [[nodiscard]] CallEvent next_of_tunnel();
  [[nodiscard]] CallEvent take_head();
  void forget_request() noexcept;
  [[nodiscard]] CallEvent input_ended();
  [[nodiscard]] CallEvent lend(Bytes bytes, std::size_t taken) noexcept;
  void consume(std::size_t n) noexcept;
  [[nodiscard]] CallEvent end();
  CallEvent fail(Error error);
  void on_alarm();

  // Set once.
  Scheduler& scheduler_;
  Transport& transport_;
  Pool& pool_;
  CallOwner& owner_;
  CallSpec spec_;
  http::Url url_;
  http::Framing framing_ = http::Framing::None;  // of the request
  std::string request_head_;

  // Changes.
  Phase phase_ = Phase::Dialing;
  Deadlines deadlines_;
  std::unique_ptr<Dial> dial_;
  DialPhase dial_phase_ = DialPhase::Connecting;
  std::unique_ptr<ByteStream> stream_;
  std::optional<Counted> counted_;  // exactly while there is a stream
  http::ResponseParser parser_;
  http::ResponseHead head_;
  Error error_;
  CallStats stats_;

  Buffer out_;                  // gathered in this turn, or until there is a connection
  std::string held_;            // tunnel bytes before 101
  std::size_t body_at_ = 0;     // how much of spec_.body was written
  std::uint64_t streamed_ = 0;  // bytes that send_body() took
  std::size_t unsent_ = 0;      // the stream's queue when it was last looked at
  Bytes bytes_;
  std::size_t lent_ = 0;  // of the stream's readable bytes, until the next next()
  bool reading_ = true;
  bool request_sent_ = false;
  bool body_ended_ = false;
  bool shutdown_ = false;  // of a tunnel, once everything was written
};

}  // namespace aip::upstream
