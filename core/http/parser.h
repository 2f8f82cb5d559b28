// parser.h - HTTP/1 messages out of bytes: our guard above, llhttp below as a witness. No I/O.
//
// The guard holds rules R0-R9 (requests) and Q1-Q5 (answers) of docs/decisions/0006: llhttp 8.1.0
// alone, strict as it is built here, still takes 59 of 194 malformed messages; with the guard none.
// Limits count raw bytes since the message began, never callback lengths.
//
// Both parsers are pulled: give them what arrived, they take from its front and return one event.
//
//     Bytes input = stream.readable();  const std::size_t before = input.size();
//     Parsed p = parser.next(input);    stream.consume(before - input.size());
//
// One message is  Head Body* End  (with Framing::None, End need not be asked for);  an answer may
// have Interim* before it. End is repeated until reset(), and nothing is taken meanwhile: what is
// left of the input belongs to the next message, to the tunnel behind an upgrade, or (Q5) proves an
// upstream connection unfit for the pool. The owner of a connection still has to
//   - hold absolute deadlines, because bytes alone never end a slow head;
//   - refuse bytes that stand behind a WebSocket upgrade before it sent its 101 (R8);
//   - send framing of its own, never received bytes of a head.
//
// Threads: none.   Lifetime: Parsed::body points into `input`.
// Memory: one head (limits) while it arrives; a chunk line or the trailers; a few hundred bytes.
// Errors: an Error is final for the connection; what to answer is in its code: 400, 413, 414, 431
// for clients, ProviderProtocol, ProviderTooLarge, ProviderTruncated for upstreams. No byte of the
// peer is in its detail. head() then holds what was understood: method and path, if it came to
// that. Tests: tests/unit/http, tests/fuzz/{request,response}_fuzz.cpp
#pragma once

#include <cstdint>
#include <limits>
#include <memory>

#include "core/base/bytes.h"
#include "core/base/limits.h"
#include "core/base/result.h"
#include "core/http/message.h"

namespace aip::http {

enum class ParseEvent : std::uint8_t {
  NeedMore,  // all of the input was taken
  Head,      // head() is complete
  Interim,   // answers only: a 1xx head went by; head() holds it until the next call
  Body,      // body holds some bytes of the body
  End,       // the message is complete; the rest of the input belongs to the next one
  Failed,    // error() says why
};

struct Parsed {
  ParseEvent event = ParseEvent::NeedMore;
  Bytes body;
};

struct ParserLimits {
  std::size_t head_bytes_max = limits::kHeadBytesMax;
  std::size_t fields_max = limits::kHeaderFieldsMax;
  std::size_t url_bytes_max = limits::kUrlBytesMax;
  std::uint64_t body_bytes_max = limits::kBodyBytesMax;

  // For answers: a stream may be as long as it likes, back-pressure and idle timers bound it.
  static ParserLimits for_answers() noexcept {
    ParserLimits answers;
    answers.fields_max = limits::kUpstreamHeaderFieldsMax;
    answers.head_bytes_max = limits::kUpstreamHeadBytesMax;
    answers.body_bytes_max = std::numeric_limits<std::uint64_t>::max();
    return answers;
  }
};

class RequestParser {
 public:
  explicit RequestParser(const ParserLimits& limits = {});
  ~RequestParser();
  RequestParser(const RequestParser&) = delete;
  RequestParser& operator=(const RequestParser&) = delete;

  Parsed next(Bytes& input);
  [[nodiscard]] RequestHead& head() noexcept;
  [[nodiscard]] const Error& error() const noexcept;
  // After all of a message: make ready for the next one on the same connection. Behind a message
  // without keep_alive every further byte is refused (R9).
  void reset();
  // True when no byte of a message has been taken since the start or reset().
  [[nodiscard]] bool idle() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

class ResponseParser {
 public:
  explicit ResponseParser(const ParserLimits& limits = ParserLimits::for_answers());
  ~ResponseParser();
  ResponseParser(const ResponseParser&) = delete;
  ResponseParser& operator=(const ResponseParser&) = delete;

  // What the next answer is an answer to; it decides about bodies, 101 and tunnels. A 2xx to
  // CONNECT and a 101 that was asked for have no body: End follows Head, and the rest of the
  // input is the tunnel's.
  void expect(std::string_view method, bool upgrade_asked);
  Parsed next(Bytes& input);
  // The peer sent its end. End if that ends the message, else Failed (truncated).
  Parsed finish();
  [[nodiscard]] ResponseHead& head() noexcept;
  [[nodiscard]] const Error& error() const noexcept;
  // After all of an answer: make ready for the next one; expect() it again.
  void reset();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Does this build of llhttp refuse what only the loose parser takes? The program does not serve
// if not.
[[nodiscard]] Status self_test();

}  // namespace aip::http
