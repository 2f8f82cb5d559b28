// arena.h - memory of one stream: given out piece by piece, freed all at once after end().
//
// Memory: pieces come from blocks of at least kBlockBytes; all blocks together stay within the
// given limit, above it allocate() gives nullptr.   Threads: one.
// Tests: tests/unit/plugin/arena_test.cpp
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <vector>

namespace aip::plugin {

class Arena {
 public:
  explicit Arena(std::size_t bytes_max) noexcept : bytes_max_(bytes_max) {}

  // Aligned for anything. nullptr above the limit.
  void* allocate(std::size_t n) {
    if (n > bytes_max_) return nullptr;
    const std::size_t rounded = std::max<std::size_t>((n + kAlign - 1) / kAlign * kAlign, kAlign);
    if (rounded > left_) {
      const std::size_t block = std::max(rounded, kBlockBytes);
      const std::size_t room = bytes_max_ - used_;
      if (rounded > room) return nullptr;
      const std::size_t size = std::min(block, room / kAlign * kAlign);
      if (size < rounded) return nullptr;
      blocks_.push_back(std::make_unique<Block[]>(size / kAlign));
      at_ = reinterpret_cast<std::byte*>(blocks_.back().get());
      left_ = size;
      used_ += size;
    }
    void* out = at_;
    at_ += rounded;
    left_ -= rounded;
    return out;
  }
  [[nodiscard]] std::size_t used() const noexcept { return used_; }
  void clear() noexcept {
    blocks_.clear();
    at_ = nullptr;
    left_ = used_ = 0;
  }

 private:
  static constexpr std::size_t kAlign = alignof(std::max_align_t);
  static constexpr std::size_t kBlockBytes = 4096;
  struct alignas(kAlign) Block {
    std::byte bytes[kAlign];
  };

  const std::size_t bytes_max_;
  std::vector<std::unique_ptr<Block[]>> blocks_;
  std::byte* at_ = nullptr;
  std::size_t left_ = 0, used_ = 0;
};

}  // namespace aip::plugin
