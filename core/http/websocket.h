// websocket.h - the client's end of a WebSocket behind the handshake (RFC 6455): bytes in and out.
//
//     Bytes input = what arrived;
//     while ((event = socket.next(input)) != NeedMore) ...     // then write what output() holds
//
// wslay cuts and masks frames. What spans frames is here: fragments joined to messages, pings among
// them, text that is UTF-8, the closing handshake and its codes. A peer that breaks the protocol
// is told so by a Close of ours (1002, 1007 or 1009) and nothing of it is read any more.
// Close:    Closed comes once, at the peer's Close; ours has then been written, if it had not been
//           before. Nothing is taken behind it.
// Pings:    answer_ping() writes the answer to the latest one, and is asked for by the owner when
//           there is room: a peer that sends pings and reads nothing makes nothing grow (5.5.3).
// Memory:   one message of at most message_bytes_max, 4 KiB of wslay's, and output().
// Errors:   final. ProviderProtocol, ProviderTooLarge; no byte of the peer is in the text.
// Lifetime: message() and close_reason() die at the next next().   Threads: none.
// Tests:    tests/unit/http/websocket_test.cpp, tests/fuzz/websocket_fuzz.cpp
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "core/base/bytes.h"
#include "core/base/random.h"
#include "core/base/result.h"

namespace aip::http {

enum class MessageKind : std::uint8_t { Text, Binary };

// Codes of a Close (RFC 6455 7.4); the last two are never sent.
inline constexpr std::uint16_t kCloseNormal = 1000;
inline constexpr std::uint16_t kCloseGoingAway = 1001;
inline constexpr std::uint16_t kCloseProtocol = 1002;
inline constexpr std::uint16_t kCloseNotUtf8 = 1007;
inline constexpr std::uint16_t kCloseTooBig = 1009;
inline constexpr std::uint16_t kCloseWithoutCode = 1005;
inline constexpr std::uint16_t kCloseAbnormal = 1006;

// May a Close carry this code?
[[nodiscard]] bool valid_close_code(std::uint16_t code) noexcept;

class WebSocket {
 public:
  // An endless message of empty fragments is not endless.
  static constexpr std::uint32_t kFragmentsMax = 64 * 1024;
  static constexpr std::size_t kReasonBytesMax = 123;

  enum class Event : std::uint8_t {
    NeedMore,  // all of the input was taken
    Message,
    Closed,  // by the peer, or answering our Close
    Failed,  // error() says why
  };

  WebSocket(Random& random, std::size_t message_bytes_max);
  ~WebSocket();
  WebSocket(const WebSocket&) = delete;
  WebSocket& operator=(const WebSocket&) = delete;

  // The next thing that the peer sent, taken from the front of `input`.
  Event next(Bytes& input);
  [[nodiscard]] Bytes message() const noexcept;
  [[nodiscard]] MessageKind kind() const noexcept;
  // Closed: what the peer said. Failed: what we said. Else kCloseAbnormal.
  [[nodiscard]] std::uint16_t close_code() const noexcept;
  [[nodiscard]] Bytes close_reason() const noexcept;
  [[nodiscard]] const Error& error() const noexcept;

  // Text must be UTF-8: the caller has checked it. Nothing is written behind a Close.
  void send(MessageKind kind, std::span<const Bytes> pieces);
  void answer_ping();
  // Our Close, once. `code` is valid; `reason` is UTF-8 of at most kReasonBytesMax bytes.
  void close(std::uint16_t code, Bytes reason = {});
  [[nodiscard]] bool close_sent() const noexcept;

  // Frames to be written; the owner takes them.
  [[nodiscard]] std::string& output() noexcept;
  [[nodiscard]] std::size_t queued_bytes() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace aip::http
