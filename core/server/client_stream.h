// client_stream.h - one client request and the answer to it, as the gateway sees them.
//
// The server makes a ClientStream when a head is complete and hands it to a RequestHandler; the
// handler owns it from then on. Letting go of it before end() ends the connection by a reset, so
// that a cut answer never looks whole; so does an answer that is not as long as it said.
//
// Events store and wake: the stream calls ClientOwner::on_client_event() when body bytes arrived,
// the body ended, the client left, or what was queued has drained; the owner looks in advance().
// Threads: the worker's.   Back-pressure: body bytes that are not taken stop the socket's reading;
// queued_bytes() tells what the client has not taken.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/error.h"
#include "core/http/message.h"

namespace aip::server {

class ClientOwner {
 public:
  virtual void on_client_event() noexcept = 0;

 protected:
  ~ClientOwner() = default;
};

// One field of an answer's head.
using HeaderField = http::Headers::Field;

class ClientStream {
 public:
  virtual ~ClientStream() = default;
  virtual void set_owner(ClientOwner* owner) noexcept = 0;

  [[nodiscard]] virtual const http::RequestHead& head() const noexcept = 0;
  [[nodiscard]] virtual std::string_view peer_address() const noexcept = 0;
  [[nodiscard]] virtual std::uint32_t listener()
      const noexcept = 0;  // its id, an address's for the process's life

  // The request's body, pulled. The first call of want_body() answers Expect: 100-continue.
  virtual void want_body() noexcept = 0;
  [[nodiscard]] virtual Bytes body()
      const noexcept = 0;  // a contiguous piece; empty if none is there
  virtual void consume_body(std::size_t n) noexcept = 0;
  [[nodiscard]] virtual bool body_ended() const noexcept = 0;  // all of it was consumed

  // Why nothing more can come: the client left (CallerGone: it closed, reset or half-closed, or
  // took nothing of the answer for long), broke the protocol, or its body came too slowly. Only in
  // the latter two can an answer still reach it. nullptr while all is well.
  [[nodiscard]] virtual const Error* failure() const noexcept = 0;

  // The answer's head. `length` >= 0: Content-Length; kUnknownLength: chunked (HTTP/1.1) or
  // until close. The server adds Date, Connection and framing; nobody else writes those.
  static constexpr std::int64_t kUnknownLength = -1;
  virtual void send_head(int status, const http::Headers& headers, std::int64_t length) = 0;
  // Gathered, and written once at the end of the turn.
  virtual void send_body(Bytes bytes) = 0;
  // The string that gathers this turn's body bytes, to append to in place.
  virtual std::string& body_out() = 0;
  // The answer is complete. The stream may be destroyed after this.
  virtual void end() = 0;
  // The answer cannot be completed: what is gathered is sent, then the connection is cut.
  virtual void abort() = 0;
  // 101 was sent by send_head(): from now on body bytes are raw bytes both ways.
  virtual void become_tunnel() = 0;

  [[nodiscard]] virtual std::size_t queued_bytes() const noexcept = 0;
  [[nodiscard]] virtual std::uint64_t bytes_received() const noexcept = 0;
  [[nodiscard]] virtual std::uint64_t bytes_sent() const noexcept = 0;
};

class RequestHandler {
 public:
  // A head is complete. Runs inside the connection's advance(); the handler may answer at once.
  virtual void on_request(std::unique_ptr<ClientStream> stream) = 0;
  // A message that never became a request (bad head, too large, too slow) was answered by the
  // server itself; for the log and the metrics.
  virtual void on_refused(const Error& error, std::string_view peer) = 0;
  // The body of such an answer, as JSON in the dialect that the path (may be empty) tells.
  virtual std::string refusal_body(const Error& error, std::string_view path) = 0;

 protected:
  ~RequestHandler() = default;
};

}  // namespace aip::server
