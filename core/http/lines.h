// lines.h - lines that end with CR LF, out of bytes in any pieces: rule R1 and the raw limits.
//
// Start lines, fields, chunk lines and trailers all pass here before anyone interprets them. A
// lone CR, a lone LF and any control byte but HTAB is refused as soon as it arrives, so a peer
// that speaks something else (TLS, say) is told so without waiting for the end of a line.
//
// Lines are kept in one block, so that a whole head can be shown to llhttp afterwards.
// Memory: block_bytes_max of the caller.   Lifetime: a line's view dies at the next take().
#pragma once

#include <string>

#include "core/base/bytes.h"
#include "core/http/fault.h"

namespace aip::http {

class LineReader {
 public:
  struct Taken {
    bool complete = false;  // `line` is one, without its CR LF
    Bytes line{};
    Fault fault{};
  };

  // Takes from the front of `input` up to the end of a line. `limit` bounds the whole block with
  // this line in it; the byte above it is `over`.
  Taken take(Bytes& input, std::size_t limit, const Fault& over);

  // All bytes taken since clear(), line ends included.
  [[nodiscard]] Bytes block() const noexcept { return block_; }
  // Bytes of lines already complete.
  [[nodiscard]] std::size_t line_start() const noexcept { return line_start_; }
  void clear() noexcept;
  // Takes so many bytes out of the block, in front of its last CR LF.
  void cut_extension(std::size_t size) { block_.erase(block_.size() - 2 - size, size); }

 private:
  static constexpr std::size_t kKeepBytes = 4 * 1024;
  std::string block_;
  std::size_t line_start_ = 0;
};

// R0: one CR LF may stand in front of a start line. Old clients send it behind a POST, and some
// servers behind an interim answer.
class LeadingBlank {
 public:
  // Takes it from the front of `input`, if it is there.
  Fault skip(Bytes& input) noexcept;
  // Is the next byte the first of a start line?
  [[nodiscard]] bool passed() const noexcept { return passed_; }
  void reset() noexcept { *this = {}; }

 private:
  std::size_t bytes_ = 0;
  bool passed_ = false;
};

}  // namespace aip::http
