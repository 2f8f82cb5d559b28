// head_guard.h - gathers a head line by line and refuses what llhttp lets through.
//
// Rules R0-R4 and R7 (trailers) of docs/decisions/0006-http-guard.md: lines end with CR LF and with
// nothing else; no control characters, no folds; names are tokens. Raw bytes are counted since the
// message began, so that nothing that a parser skips in silence is free.
// Memory: `bytes_max`.   Threads: none.
#pragma once

#include <string>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/result.h"

namespace aip::http {

class HeadGuard {
 public:
  struct Limits {
    std::size_t bytes_max;
    std::size_t fields_max;
    std::size_t start_line_max;  // bytes before it is "too long" though no line end came
    std::size_t blank_bytes_max;
    ErrorCode too_large, too_many, start_too_long, malformed;
  };
  explicit HeadGuard(const Limits& limits) : limits_(limits) {}

  // Takes bytes from the front of `input`. True: the head is complete (its last empty line
  // included) and text() is all of it, leading blank lines left out.
  Result<bool> feed(Bytes& input);
  [[nodiscard]] std::string_view text() const noexcept { return head_; }
  [[nodiscard]] bool idle() const noexcept { return head_.empty() && blank_bytes_ == 0; }
  void reset() noexcept;

 private:
  [[nodiscard]] Status end_line();
  [[nodiscard]] Status judge_field(std::string_view line) const;

  Limits limits_;
  std::string head_;
  std::size_t line_begin_ = 0;
  std::size_t blank_bytes_ = 0;
  std::size_t fields_ = 0;
  bool start_seen_ = false;
  bool complete_ = false;
};

}  // namespace aip::http
