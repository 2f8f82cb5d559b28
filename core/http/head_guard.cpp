#include "core/http/head_guard.h"

#include <cstring>

#include "core/http/grammar.h"

namespace aip::http {

void HeadGuard::reset() noexcept {
  if (head_.capacity() > 4096) {
    std::string().swap(head_);
  } else {
    head_.clear();
  }
  line_begin_ = blank_bytes_ = fields_ = 0;
  start_seen_ = complete_ = false;
}

Result<bool> HeadGuard::feed(Bytes& input) {
  while (!input.empty() && !complete_) {
    const auto* lf = static_cast<const char*>(std::memchr(input.data(), '\n', input.size()));
    std::size_t n = lf != nullptr ? static_cast<std::size_t>(lf - input.data()) + 1 : input.size();
    // One byte over the limit is enough to know.
    const std::size_t room = limits_.bytes_max + 1 - (head_.size() + blank_bytes_);
    if (n > room) {
      n = room;
      lf = nullptr;
    }
    head_.append(input.substr(0, n));
    input.remove_prefix(n);
    if (head_.size() + blank_bytes_ > limits_.bytes_max) {
      return Error{limits_.too_large,
                   "The head is larger than " + std::to_string(limits_.bytes_max) + " bytes."};
    }
    if (lf != nullptr) {
      if (Status line = end_line(); !line) return std::move(line).error();
    } else if (!start_seen_ && head_.size() > limits_.start_line_max) {
      return Error{limits_.start_too_long, "The start line is too long."};
    }
  }
  return complete_;
}

Status HeadGuard::end_line() {
  const std::string_view line = std::string_view(head_).substr(line_begin_);
  if (line.size() < 2 || line[line.size() - 2] != '\r') {
    return Error{limits_.malformed, "A line of the head does not end with CR LF."};
  }
  const std::string_view text = line.substr(0, line.size() - 2);
  if (text.empty() && !start_seen_) {
    blank_bytes_ += line.size();
    head_.clear();
    if (blank_bytes_ > limits_.blank_bytes_max) {
      return Error{limits_.malformed, "There are empty lines before the start line."};
    }
    return {};
  }
  line_begin_ = head_.size();
  if (text.empty()) {
    complete_ = true;
    return {};
  }
  // A lone CR counts as a control character here.
  if (!is_field_text(text)) {
    return Error{limits_.malformed, "The head holds a control character."};
  }
  if (!start_seen_) {
    start_seen_ = true;
    return {};
  }
  if (++fields_ > limits_.fields_max) {
    return Error{limits_.too_many,
                 "There are more than " + std::to_string(limits_.fields_max) + " header fields."};
  }
  return judge_field(text);
}

Status HeadGuard::judge_field(std::string_view line) const {
  if (line.front() == ' ' || line.front() == '\t') {
    return Error{limits_.malformed, "A header line begins with a blank (obsolete folding)."};
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) {
    return Error{limits_.malformed, "A header line has no valid field name."};
  }
  return {};
}

}  // namespace aip::http
