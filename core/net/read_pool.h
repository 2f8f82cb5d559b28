// read_pool.h - the memory that all streams of a loop read into, and what they keep of it.
//
// Every read goes into one shared slab of the loop. A small read is copied out, into a string that
// the stream borrows from the pool while it has something to keep; a large read into an empty
// queue hands the slab over instead (a small one would pin 64 KiB for 200 bytes). So an idle stream
// owns no buffer at all, and nothing is allocated for each chunk.
// Threads: the loop's.   Memory: kSparesMax slabs and as many strings stay for the next one.
// Tests:   tests/unit/net/read_pool_test.cpp
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/limits.h"

namespace aip::net {

using Slab = std::unique_ptr<char[]>;

class ReadPool {
 public:
  // The shared slab, limits::kReadSlabBytes long.
  [[nodiscard]] char* shared();
  // Takes the shared slab away; the next shared() is another one.
  [[nodiscard]] Slab hand_over();
  void give_back(Slab slab) noexcept;

  [[nodiscard]] std::string borrow_string() noexcept;
  void give_back(std::string text) noexcept;

 private:
  static constexpr std::size_t kSparesMax = 16;
  static constexpr std::size_t kSpareStringBytesMax = 32 * 1024;
  Slab shared_;
  std::vector<Slab> spare_slabs_;
  std::vector<std::string> spare_strings_;
};

// What a stream has read and its owner has not consumed: at most one slab in front, then a string.
class ReadQueue {
 public:
  explicit ReadQueue(ReadPool& pool) noexcept : pool_(pool) {}
  ReadQueue(const ReadQueue&) = delete;
  ReadQueue& operator=(const ReadQueue&) = delete;
  ~ReadQueue();

  [[nodiscard]] std::size_t size() const noexcept {
    return (slab_end_ - slab_begin_) + (rest_.size() - rest_begin_);
  }
  // The first contiguous piece.
  [[nodiscard]] Bytes front() const noexcept;
  void consume(std::size_t n) noexcept;
  // `n` bytes were read into the pool's shared slab.
  void take_shared(std::size_t n);

 private:
  static constexpr std::size_t kHandOverBytes = limits::kReadSlabBytes / 2;
  ReadPool& pool_;
  Slab slab_;
  std::uint32_t slab_begin_ = 0, slab_end_ = 0;
  std::string rest_;
  std::size_t rest_begin_ = 0;
};

}  // namespace aip::net
