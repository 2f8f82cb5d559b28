// call.h - one outbound HTTP exchange, as the gateway sees it.
//
// Pulled, like everything: the call tells its owner that something happened, the owner takes
// events with next() in its own advance(). Destroying a Call before End cancels it: the socket is
// closed at once, so the upstream sees it within the turn.
// Threads: the worker's.   Back-pressure: events that are not taken stop the socket's reading.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/http/message.h"

namespace aip::upstream {

struct Timeouts {
  std::uint32_t connect_ms = 3'000;
  std::uint32_t tls_ms = 5'000;
  std::uint32_t first_byte_ms = 60'000;
  std::uint32_t idle_ms = 120'000;  // between two bytes of the answer
  std::uint32_t total_ms = 1'800'000;
};

// Everything that makes two connections different: a connection is only reused under an equal
// identity, so one tenant's answer can never reach another.
struct Identity {
  std::string credential;  // provider, kind and id; or a digest of the client's own
  std::string proxy;       // URL, or empty
  bool verify = true;
  std::string ca_file;  // extra trust anchors, or empty
};

struct CallSpec {
  std::string method;
  std::string url;                // absolute
  http::Headers headers;          // without Host, Connection, framing: the call writes those
  std::string body;               // sent with Content-Length; unused when body_streams
  bool body_streams = false;      // the owner sends it with send_body()
  std::int64_t body_length = -1;  // of a streamed body; -1: chunked
  bool upgrade = false;  // an Upgrade that the client asked for and that may be answered with 101
  bool replayable = false;  // may be sent again after bytes were sent
  Timeouts timeouts;
  Identity identity;
  std::size_t head_bytes_max = 64 * 1024;
};

class CallOwner {
 public:
  virtual void on_call_event() noexcept = 0;

 protected:
  ~CallOwner() = default;
};

enum class CallEvent : std::uint8_t { None, Head, Body, End, Failed };

struct CallStats {
  bool reused = false;      // on a pooled connection
  std::uint32_t dials = 0;  // connections tried
  std::uint64_t bytes_sent = 0, bytes_received = 0;
  std::uint64_t connect_ns = 0;     // 0 when reused
  std::uint64_t first_byte_ns = 0;  // from start to the answer's first byte
};

class Call {
 public:
  virtual ~Call() = default;

  // The next thing that happened. Body: bytes() holds a piece until the next call of next().
  virtual CallEvent next() = 0;
  [[nodiscard]] virtual const http::ResponseHead& head() const noexcept = 0;
  [[nodiscard]] virtual Bytes bytes() const noexcept = 0;
  [[nodiscard]] virtual const Error& error() const noexcept = 0;
  // True once a byte of the request may have reached the peer: then a POST is not repeated.
  [[nodiscard]] virtual bool request_sent() const noexcept = 0;

  // A streamed request body; bytes are copied where the socket does not take them.
  virtual void send_body(Bytes bytes) = 0;
  virtual void end_body() = 0;
  [[nodiscard]] virtual std::size_t queued_bytes() const noexcept = 0;
  // False stops taking from the socket, whatever next() finds.
  virtual void set_reading(bool on) noexcept = 0;

  [[nodiscard]] virtual const CallStats& stats() const noexcept = 0;
};

// Starts calls. Never fails at once: what goes wrong is the call's first event, in a later turn.
class Dialer {
 public:
  virtual ~Dialer() = default;
  [[nodiscard]] virtual std::unique_ptr<Call> start(CallSpec spec, CallOwner& owner) = 0;
};

}  // namespace aip::upstream
