// connection.h - one HTTP/1.1 connection with a client, request after request.
//
//     Idle        between two requests: no buffer, no parser
//       |         bytes
//     Head        a head comes in                       <-- refusals: 400 408 414 431 417
//       |         it is complete: on_request()
//     Running     a RequestStream is out; its body is parsed as it is pulled
//       |         end()
//     Finishing   the answer is flushed, the rest of the body thrown away --> Idle
//       |         the connection is not to be kept
//     Lingering   our end is sent; where the client may still be sending, what comes is thrown
//       |         away, so that no reset overtakes the answer (RFC 9112 9.6)
//     Closed      out of the server's list, destroyed after this turn
//
//     Cutting     in the place of Finishing when an answer is cut: what was gathered is written,
//                 then the connection is reset, so that it never looks whole
//
// Bytes behind a request wait in the stream, whose own bound is the bound of pipelining; the next
// one begins when the answer before it is written and all but taken. The connection goes on reading
// while a request runs, so a client that leaves is seen at once, unless it has filled that bound. A
// client that has sent its end counts as gone, because a FIN cannot be told from a close; what was
// answered before that was noticed is still sent. In a tunnel the end is told once every byte
// before it is taken.
//
// Deadlines are absolute. Accepted to head, or first byte to head: head_deadline_ms. Between body
// bytes that a handler waits for: body_idle_ms, which framing does not extend. Between requests:
// keep_alive_idle_ms, then silence. A client that takes nothing of its answer: kWriteStallMs.
// One alarm serves them all: it may ring early, because a deadline that moves away leaves it alone.
//
// Threads: the worker's.   Memory: idle about half a KB beside the stream (a test measures it).
// Tests: tests/unit/server
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "core/base/list.h"
#include "core/server/answer.h"
#include "core/server/shared.h"

namespace aip::server {

struct ConnectionTag;
class Connection;
class RequestStream;

class ConnectionOwner {
 public:
  // It is over; it must be destroyed after this turn.
  virtual void connection_done(Connection& connection) noexcept = 0;

 protected:
  ~ConnectionOwner() = default;
};

class Connection final : public Retired,
                         public ListNode<ConnectionTag>,
                         private Wakeable,
                         private Flushable,
                         private StreamOwner {
 public:
  Connection(Shared& shared, ConnectionOwner& owner, std::unique_ptr<ByteStream> stream,
             std::string peer, std::uint32_t listener);
  ~Connection() override;

  void start() noexcept { shared_.scheduler.wake(*this); }
  // In the place of start(): answers with an error and closes.
  void refuse(const Error& error);
  // The server drains, or the listener is gone: what is under way is answered and says that it was
  // the last. Whoever has just come and said nothing yet has kFreshDrainMs for one request.
  void drain() noexcept;
  [[nodiscard]] std::uint32_t listener() const noexcept { return listener_; }

  // What RequestStream passes on.
  void want_body() noexcept;
  [[nodiscard]] Bytes body() const noexcept;
  void consume_body(std::size_t n) noexcept;
  [[nodiscard]] bool body_ended() const noexcept;
  void send_head(int status, const http::Headers& headers, std::int64_t length);
  [[nodiscard]] std::string& body_out();
  void end_answer();
  void cut_answer();
  void become_tunnel();
  [[nodiscard]] std::size_t queued_bytes() const noexcept;
  [[nodiscard]] std::uint64_t answer_bytes() const noexcept { return answer_.bytes(); }

 private:
  enum class Phase : std::uint8_t { Idle, Head, Running, Finishing, Lingering, Cutting, Closed };
  enum class Step : std::uint8_t { Again, Wait };

  void on_stream_event() noexcept override { shared_.scheduler.wake(*this); }
  void advance() noexcept override;
  void flush() noexcept override;

  [[nodiscard]] Step step();
  [[nodiscard]] Step idle();
  [[nodiscard]] Step read_head();
  [[nodiscard]] Step run();
  [[nodiscard]] Step finish();
  [[nodiscard]] Step linger();
  [[nodiscard]] Step cut();

  void begin_request();
  void answer_with(const Error& error);
  void pull_body();
  void watch_body() noexcept;
  void let_go_of_request() noexcept;
  void begin_lingering();
  void close(bool reset);

  void set_deadline_ms(std::uint64_t ms) noexcept;
  void arm() noexcept;
  void deadline_passed();
  void watch_writing() noexcept;
  [[nodiscard]] bool write_stalled() noexcept;
  [[nodiscard]] Persistence wished_persistence() const noexcept;
  [[nodiscard]] bool draining() const noexcept { return draining_ || shared_.draining; }

  // Set once.
  Shared& shared_;
  ConnectionOwner& owner_;
  const std::unique_ptr<ByteStream> stream_;
  const std::string peer_;
  const std::uint32_t listener_;

  Alarm alarm_;
  std::uint64_t deadline_ns_ = UINT64_MAX;  // of the phase
  std::uint64_t stall_ns_ = UINT64_MAX;     // when the client must have taken something
  std::uint64_t stall_mark_ = 0;            // what it had taken when that was set
  std::uint64_t written_ = 0;

  Phase phase_ = Phase::Idle;
  bool body_wanted_ = false;
  bool body_ended_ = false;
  bool tunnel_ = false;
  bool lingers_ = false;  // the client may still send what nobody reads
  bool draining_ = false;
  bool fresh_ = true;                 // no request has come yet
  Spares::ParserPtr parser_;          // from Head to Finishing
  RequestStream* request_ = nullptr;  // while Running; the handler owns it
  std::size_t piece_left_ = 0;        // body bytes at the front of stream_->readable()
  std::size_t head_bytes_ = 0;
  std::size_t drained_ = 0;
  Answer answer_;
};

}  // namespace aip::server
