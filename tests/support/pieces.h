// pieces.h - inputs in pieces, for parsers that must not care how their input is cut.
#pragma once

#include <algorithm>
#include <memory>
#include <vector>

#include "core/base/bytes.h"

namespace aip::test {

using Pieces = std::vector<Bytes>;

inline Pieces cut_every(Bytes text, std::size_t size) {
  Pieces pieces;
  for (std::size_t at = 0; at < text.size(); at += size) pieces.push_back(text.substr(at, size));
  return pieces;
}

// Bytes on a heap block of their own, so that a sanitizer sees every read beyond them.
class Fenced {
 public:
  explicit Fenced(Bytes bytes) : size_(bytes.size()), block_(new char[bytes.size()]) {
    std::copy(bytes.begin(), bytes.end(), block_.get());
  }
  [[nodiscard]] Bytes view() const noexcept { return {block_.get(), size_}; }

 private:
  std::size_t size_;
  std::unique_ptr<char[]> block_;
};

}  // namespace aip::test
