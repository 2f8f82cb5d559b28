// body_guard.h - walks a body's framing and hands its bytes on, uncopied.
//
// Rule R7 of docs/decisions/0006-http-guard.md: a chunk line has at most 12 hex digits and 256
// bytes of extension; extensions and all other framing of one message are bounded; trailers are
// read, bounded, judged and dropped, never merged into the fields. Threads: none.   Memory: one
// chunk line or trailer line.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "core/base/bytes.h"
#include "core/base/limits.h"
#include "core/base/result.h"
#include "core/http/message.h"

namespace aip::http {

class BodyGuard {
 public:
  struct Piece {
    Bytes data;    // of the body; may be empty
    Bytes framed;  // the raw bytes that were taken, framing included
    bool ended = false;
  };

  // `malformed` and `too_large`: what a fault is called on this side.
  void begin(Framing framing, std::uint64_t length, std::uint64_t bytes_max, ErrorCode malformed,
             ErrorCode too_large);
  // Takes from the front of `input` until there are body bytes to hand on, the end, or no input.
  Result<Piece> next(Bytes& input);
  // The peer sent its end: is the body complete?
  [[nodiscard]] bool complete_at_eof() const noexcept {
    return state_ == State::Ended || state_ == State::UntilClose;
  }

 private:
  enum class State : std::uint8_t {
    Ended,
    Length,
    UntilClose,
    ChunkLine,
    ChunkData,
    ChunkCr,
    ChunkLf,
    Trailer
  };

  Result<Piece> next_chunked(Bytes& input);
  [[nodiscard]] Status count(std::size_t body_bytes);
  // True when the line is complete; its text without CR LF is in line_.
  Result<bool> take_line(Bytes& input, std::size_t bytes_max);
  [[nodiscard]] Status end_chunk_line();
  [[nodiscard]] Status end_trailer_line();
  [[nodiscard]] Status count_overhead(std::size_t bytes);
  [[nodiscard]] Error bad(const char* what) const { return {malformed_, what}; }

  State state_ = State::Ended;
  std::uint64_t left_ = 0;
  std::uint64_t taken_ = 0;
  std::uint64_t bytes_max_ = 0;
  std::uint64_t overhead_ = 0;
  std::size_t extensions_ = 0;
  std::size_t trailer_ = 0;
  ErrorCode malformed_ = ErrorCode::CallerBadHttp;
  ErrorCode too_large_ = ErrorCode::CallerBodyTooLarge;
  std::string line_;
};

}  // namespace aip::http
