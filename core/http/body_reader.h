// body_reader.h - where a message's body ends: none, a length, chunks (rule R7), or the peer's end.
//
// Pulled and without a copy: a piece of the body points into the input. The witness reads along.
// Chunked framing is bounded in raw bytes: size digits, extension and total of extensions, other
// framing against body bytes (one-byte chunks are legal, padding is not), trailers. Trailers are
// judged as fields and then forgotten; one that would frame the message is refused.
// Memory: a chunk line or the trailers, when they came in pieces.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/base/bytes.h"
#include "core/http/fault.h"
#include "core/http/lines.h"
#include "core/http/message.h"
#include "core/http/witness.h"

namespace aip::http {

class BodyReader {
 public:
  enum class Step : std::uint8_t { NeedMore, Body, End, Failed };

  explicit BodyReader(Witness& witness) noexcept : witness_(witness) {}

  void start(Framing framing, std::uint64_t length, std::uint64_t body_bytes_max) noexcept;
  Step next(Bytes& input);
  // The peer sent its end: End or Failed.
  Step finish() noexcept;

  // Was all of the body taken? Told even before next() has said so.
  [[nodiscard]] bool complete() const noexcept {
    return !fault_ && (at_ == At::Done || (at_ == At::Counted && left_ == 0));
  }
  [[nodiscard]] Bytes piece() const noexcept { return piece_; }         // after Body
  [[nodiscard]] const Fault& fault() const noexcept { return fault_; }  // after Failed

 private:
  enum class At : std::uint8_t { Counted, ToClose, ChunkLine, ChunkData, ChunkEnd, Trailers, Done };

  Step fail(const Fault& fault) noexcept;
  Step take_counted(Bytes& input);
  Step take_to_close(Bytes& input);
  Step take_chunk_line(Bytes& input);
  Step take_chunk_end(Bytes& input);
  Step take_trailer(Bytes& input);
  [[nodiscard]] Fault judge_chunk_line(Bytes line);

  Witness& witness_;
  LineReader lines_;
  std::uint64_t body_bytes_max_ = 0;

  At at_ = At::Done;
  std::uint64_t left_ = 0;  // of the length or of the chunk
  std::uint64_t body_bytes_ = 0;
  std::uint64_t overhead_bytes_ = 0;
  std::size_t extension_bytes_ = 0;
  Bytes piece_;
  Fault fault_;
};

}  // namespace aip::http
