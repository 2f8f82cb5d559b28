// split.h - the property of every parser here: however its input is cut, it says the same.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "core/base/bytes.h"

namespace aip::test {

using Pieces = std::vector<Bytes>;

inline Pieces cut_every(Bytes text, std::size_t size) {
  Pieces pieces;
  for (std::size_t at = 0; at < text.size(); at += size) pieces.push_back(text.substr(at, size));
  return pieces;
}

// Runs `run(pieces)`, which returns what was seen as text, over the whole input, over every cut
// into two, and over pieces of 1 to 17 bytes; checks that all saw the same. Returns what the whole
// one saw.
template <class Run>
std::string feed_in_every_split(Bytes text, Run&& run) {
  const std::string whole = run(Pieces{text});
  const auto expect_same = [&](const Pieces& pieces, std::size_t cut) {
    const std::string split = run(pieces);
    CAPTURE(std::string(text.substr(0, 2000)));
    CAPTURE(cut);
    CHECK(split == whole);
    return split == whole;
  };
  for (std::size_t cut = 1; cut < text.size(); ++cut) {
    if (!expect_same({text.substr(0, cut), text.substr(cut)}, cut)) return whole;
  }
  for (std::size_t size = 1; size <= 17; ++size) {
    if (!expect_same(cut_every(text, size), size)) return whole;
  }
  return whole;
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
