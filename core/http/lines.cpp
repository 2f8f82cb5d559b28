#include "core/http/lines.h"

#include <cstring>

#include "core/base/limits.h"
#include "core/http/chars.h"

namespace aip::http {

LineReader::Taken LineReader::take(Bytes& input, std::size_t limit, const Fault& over) {
  const void* found = input.empty() ? nullptr : std::memchr(input.data(), '\n', input.size());
  bool ends = found != nullptr;
  std::size_t n = ends
                      ? static_cast<std::size_t>(static_cast<const char*>(found) - input.data()) + 1
                      : input.size();
  // What is within the limit is judged first, so that the verdict is the same however the bytes
  // were cut into pieces.
  const std::size_t room = limit > block_.size() ? limit - block_.size() : 0;
  const bool too_long = n > room;
  if (too_long) {
    n = room;
    ends = false;
  }
  const Bytes piece = input.substr(0, n);
  const bool after_cr = block_.size() > line_start_ && block_.back() == '\r';
  if (after_cr && !piece.empty() && piece.front() != '\n') {
    return {.fault = malformed("a lone CR in a line")};
  }

  Bytes text = ends ? piece.substr(0, n - 1) : piece;
  const bool has_cr = !text.empty() && text.back() == '\r';
  if (has_cr) text.remove_suffix(1);
  if (chars::has_control(text)) return {.fault = malformed("a control byte in a line")};
  if (ends && !has_cr && !(after_cr && n == 1)) {
    return {.fault = malformed("a line that ends with LF alone")};
  }
  if (too_long) return {.fault = over};

  block_.append(piece);
  input.remove_prefix(n);
  if (!ends) return {};
  const Bytes line = block().substr(line_start_, block_.size() - 2 - line_start_);
  line_start_ = block_.size();
  return {.complete = true, .line = line};
}

void LineReader::clear() noexcept {
  line_start_ = 0;
  if (block_.capacity() > kKeepBytes) {
    std::string().swap(block_);
  } else {
    block_.clear();
  }
}

Fault LeadingBlank::skip(Bytes& input) noexcept {
  while (!input.empty() && bytes_ < limits::kBlankBytesBeforeStartMax) {
    if (input.front() != (bytes_ == 0 ? '\r' : '\n')) break;
    input.remove_prefix(1);
    ++bytes_;
  }
  if (input.empty()) return {};
  if (bytes_ == 1) return malformed("a lone CR before a start line");
  passed_ = true;
  return {};
}

}  // namespace aip::http
