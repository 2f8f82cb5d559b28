#include "core/upstream/pool.h"

#include <algorithm>
#include <utility>

#include "core/base/units.h"

namespace aip::upstream {

struct Pool::Idle final : StreamOwner, ListNode<AgeTag> {
  explicit Idle(Pool& owner) : pool(owner) {}
  void on_stream_event() noexcept override { pool.scheduler_.wake(pool); }
  [[nodiscard]] bool usable() const noexcept {
    return stream->state() == StreamState::Open && stream->readable().empty();
  }

  Pool& pool;
  std::unique_ptr<ByteStream> stream;
  Shelves::iterator shelf;
  std::uint64_t until_ns = 0;
};

Pool::Pool(Scheduler& scheduler, const PoolLimits& limits)
    : scheduler_(scheduler), limits_(limits), alarm_(scheduler, *this) {}

Pool::~Pool() = default;

std::unique_ptr<ByteStream> Pool::take(const PoolKey& key) {
  for (;;) {
    const auto shelf = shelves_.find(key);
    if (shelf == shelves_.end()) return nullptr;
    Idle& newest = *shelf->second.back();
    const bool usable = newest.usable() && newest.until_ns > scheduler_.now_ns();
    std::unique_ptr<ByteStream> stream = remove(newest);
    if (usable) return stream;
  }
}

void Pool::give(const PoolKey& key, std::unique_ptr<ByteStream> stream) {
  if (limits_.idle_per_key_max == 0 || limits_.idle_max == 0 || limits_.idle_ms == 0) return;
  if (idle() >= limits_.idle_max) remove(by_age_.front());
  auto idle = std::make_unique<Idle>(*this);
  idle->stream = std::move(stream);
  idle->stream->set_owner(idle.get());
  idle->stream->set_reading(true);  // to see its end
  idle->until_ns = scheduler_.now_ns() + limits_.idle_ms * kMs;
  idle->shelf = shelves_.try_emplace(key).first;
  Shelf& shelf = idle->shelf->second;
  by_age_.push_back(*idle);
  shelf.push_back(std::move(idle));
  idle_.add(1);
  if (shelf.size() > limits_.idle_per_key_max) remove(*shelf.front());
  if (!alarm_.armed()) alarm_.set(by_age_.front().until_ns);
}

// Closes what is no longer fit for use; one alarm serves all, because all wait equally long.
void Pool::advance() noexcept {
  static_cast<void>(alarm_.take_fired());
  const std::uint64_t now = scheduler_.now_ns();
  by_age_.for_each([&](Idle& idle) {
    if (!idle.usable() || idle.until_ns <= now) remove(idle);
  });
  if (!by_age_.empty() && !alarm_.armed()) alarm_.set(by_age_.front().until_ns);
}

std::unique_ptr<ByteStream> Pool::remove(Idle& idle) {
  std::unique_ptr<ByteStream> stream = std::move(idle.stream);
  stream->set_owner(nullptr);
  const Shelves::iterator shelf = idle.shelf;
  std::erase_if(shelf->second, [&](const auto& other) { return other.get() == &idle; });
  if (shelf->second.empty()) shelves_.erase(shelf);
  idle_.subtract(1);
  return stream;
}

}  // namespace aip::upstream
