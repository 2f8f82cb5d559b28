#include "core/net/read_pool.h"

#include <algorithm>
#include <utility>

namespace aip::net {

char* ReadPool::shared() {
  if (!shared_ && !spare_slabs_.empty()) {
    shared_ = std::move(spare_slabs_.back());
    spare_slabs_.pop_back();
  }
  if (!shared_) shared_ = std::make_unique_for_overwrite<char[]>(limits::kReadSlabBytes);
  return shared_.get();
}

Slab ReadPool::hand_over() {
  return std::move(shared_);
}

void ReadPool::give_back(Slab slab) noexcept {
  if (spare_slabs_.size() < kSparesMax) spare_slabs_.push_back(std::move(slab));
}

std::string ReadPool::borrow_string() noexcept {
  if (spare_strings_.empty()) return {};
  std::string text = std::move(spare_strings_.back());
  spare_strings_.pop_back();
  return text;
}

void ReadPool::give_back(std::string text) noexcept {
  if (spare_strings_.size() >= kSparesMax || text.capacity() > kSpareStringBytesMax) return;
  text.clear();
  spare_strings_.push_back(std::move(text));
}

ReadQueue::~ReadQueue() {
  consume(size());
}

Bytes ReadQueue::front() const noexcept {
  if (slab_) return {slab_.get() + slab_begin_, slab_end_ - slab_begin_};
  return Bytes(rest_).substr(rest_begin_);
}

void ReadQueue::consume(std::size_t n) noexcept {
  AIP_DCHECK(n <= size());
  if (slab_) {
    const std::size_t of_slab = std::min<std::size_t>(n, slab_end_ - slab_begin_);
    slab_begin_ += static_cast<std::uint32_t>(of_slab);
    n -= of_slab;
    if (slab_begin_ == slab_end_) {
      pool_.give_back(std::move(slab_));
      slab_begin_ = slab_end_ = 0;
    }
  }
  if (n == 0) return;
  rest_begin_ += n;
  if (rest_begin_ == rest_.size()) {
    pool_.give_back(std::exchange(rest_, {}));
    rest_begin_ = 0;
  }
}

void ReadQueue::take_shared(std::size_t n) {
  AIP_DCHECK(n <= limits::kReadSlabBytes);
  if (n >= kHandOverBytes && size() == 0) {
    slab_ = pool_.hand_over();
    slab_begin_ = 0;
    slab_end_ = static_cast<std::uint32_t>(n);
    return;
  }
  if (rest_.empty()) rest_ = pool_.borrow_string();
  // Consumed bytes in front are moved out before the string would have to grow for them.
  if (rest_begin_ > 0 && rest_.size() + n > rest_.capacity()) {
    rest_.erase(0, rest_begin_);
    rest_begin_ = 0;
  }
  rest_.append(pool_.shared(), n);
}

}  // namespace aip::net
