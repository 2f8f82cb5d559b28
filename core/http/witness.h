// witness.h - llhttp as the second reader of a message.
//
// Our guard reads a message by strict rules of its own; the witness reads the same bytes with
// llhttp, and a message is taken only if both agree about where its body begins, how it is framed
// and which bytes belong to it. So a mistake in either one refuses a message instead of smuggling
// one (docs/decisions/0006).
//
// What llhttp 8.1.0 reads wrongly is kept from it: chunk extensions (it refuses two of them), and
// trailers (it hands them out as headers). The guard judges those alone.
// Threads: none.   Memory: fixed.   Every member returns false when llhttp disagrees; final.
#pragma once

#include <cstdint>
#include <memory>

#include "core/base/bytes.h"
#include "core/http/fields.h"
#include "core/http/message.h"

namespace aip::http {

class Witness {
 public:
  explicit Witness(Sender sender);
  ~Witness();
  Witness(const Witness&) = delete;
  Witness& operator=(const Witness&) = delete;

  void reset() noexcept;
  // A whole head, from the start line to the empty line, framed as the guard read it.
  [[nodiscard]] bool head(Bytes raw, Framing framing, std::uint64_t length) noexcept;
  // Bytes that the guard takes for body, all of them and nothing else.
  [[nodiscard]] bool body(Bytes bytes) noexcept;
  // A chunk's line as it was written, CR LF included, but without its extension; `size` is what it
  // means.
  [[nodiscard]] bool chunk_line(Bytes line, std::uint64_t size) noexcept;
  // The line end behind a chunk's bytes, or behind the last chunk.
  [[nodiscard]] bool line_end() noexcept;
  // Has the message ended?
  [[nodiscard]] bool complete() const noexcept;
  // The peer sent its end here. Is that a good place for it?
  [[nodiscard]] bool finish() noexcept;

 private:
  struct Llhttp;
  std::unique_ptr<Llhttp> llhttp_;
};

}  // namespace aip::http
