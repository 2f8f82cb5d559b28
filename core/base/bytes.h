// bytes.h - views and buffers of bytes.
//
// Bytes is a borrowed view; it never owns. Buffer is a growing byte queue: append at the end,
// consume at the front. A Buffer keeps a small capacity when it runs empty and gives a large one
// back, so that an idle stream costs little.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "core/base/check.h"

namespace aip {

using Bytes = std::string_view;

class Buffer {
 public:
  [[nodiscard]] bool empty() const noexcept { return begin_ == data_.size(); }
  [[nodiscard]] std::size_t size() const noexcept { return data_.size() - begin_; }
  [[nodiscard]] Bytes view() const noexcept { return Bytes(data_).substr(begin_); }

  void append(Bytes bytes) { data_.append(bytes); }
  void push_back(char byte) { data_.push_back(byte); }
  // The string behind the buffer, to append to; what was consumed stays in front of view().
  std::string& tail() noexcept { return data_; }

  void consume(std::size_t n) noexcept {
    AIP_DCHECK(n <= size());
    begin_ += n;
    if (begin_ == data_.size()) {
      clear();
    } else if (begin_ > kCompactBytes && begin_ > data_.size() / 2) {
      data_.erase(0, begin_);
      begin_ = 0;
    }
  }
  void clear() noexcept {
    begin_ = 0;
    if (data_.capacity() > kKeepBytes) {
      std::string().swap(data_);
    } else {
      data_.clear();
    }
  }

 private:
  static constexpr std::size_t kKeepBytes = 2 * 1024;
  static constexpr std::size_t kCompactBytes = 64 * 1024;
  std::string data_;
  std::size_t begin_ = 0;
};

}  // namespace aip
