// parser.h - HTTP/1 messages out of bytes: llhttp below, our guard above it. No I/O.
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
// Threads: none.   Lifetime: Parsed::body points into `input`.
// Errors: an Error is final for the connection; what to answer is in its code.
// Tests: tests/unit/http, tests/fuzz/{request,response}_fuzz.cpp
#pragma once

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
  // After End: make ready for the next message on the same connection.
  void reset();
  // True when no byte of a message has been taken since the start or reset().
  [[nodiscard]] bool idle() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

class ResponseParser {
 public:
  explicit ResponseParser(const ParserLimits& limits = {});
  ~ResponseParser();
  ResponseParser(const ResponseParser&) = delete;
  ResponseParser& operator=(const ResponseParser&) = delete;

  // What the next answer is an answer to; it decides about bodies and 101.
  void expect(std::string_view method, bool upgrade_asked);
  Parsed next(Bytes& input);
  // The peer sent its end. End if that ends the message, else Failed (truncated).
  Parsed finish();
  [[nodiscard]] ResponseHead& head() noexcept;
  [[nodiscard]] const Error& error() const noexcept;
  void reset();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Does this build of llhttp refuse what only the loose parser takes? The program does not serve
// if not.
[[nodiscard]] Status self_test();

}  // namespace aip::http
