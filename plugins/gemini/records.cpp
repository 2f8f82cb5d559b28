#include "records.h"

namespace aip::gemini {

Records::Fed Records::feed(std::string_view bytes) {
  held_.erase(0, taken_);
  scanned_ -= taken_;
  begin_ -= depth_ > 0 ? taken_ : begin_;
  taken_ = 0;
  held_.append(bytes);
  std::vector<std::pair<std::size_t, std::size_t>> places;
  for (; scanned_ < held_.size(); ++scanned_) {
    const char c = held_[scanned_];
    if (in_string_) {
      if (escaped_) {
        escaped_ = false;
      } else if (c == '\\') {
        escaped_ = true;
      } else if (c == '"') {
        in_string_ = false;
      }
      continue;
    }
    if (depth_ == 0 && c == '[' && !in_array_) {
      in_array_ = true;
    } else if (depth_ == 0 && c == ']') {
      closed_ = true;
      taken_ = scanned_ + 1;
    } else if (c == '{' || c == '[') {
      if (depth_++ == 0) begin_ = scanned_;
    } else if (depth_ > 0 && c == '"') {
      in_string_ = true;
    } else if (depth_ > 0 && (c == '}' || c == ']') && --depth_ == 0) {
      places.emplace_back(begin_, scanned_ + 1 - begin_);
      taken_ = scanned_ + 1;
    }
  }
  Fed out;
  for (const auto& [at, length] : places) {
    out.records.push_back(std::string_view(held_).substr(at, length));
  }
  out.whole = std::string_view(held_).substr(0, taken_);
  return out;
}

}  // namespace aip::gemini
