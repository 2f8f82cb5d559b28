#include "core/plugin/post_box.h"

#include <array>
#include <atomic>

#include "core/base/check.h"
#include "core/base/limits.h"
#include "core/plugin/stream_session.h"

namespace aip::plugin {
namespace {

using Boxes = std::array<std::atomic<PostBox*>, HandleTable::kWorkersMax + 1>;
Boxes& boxes() noexcept {
  static Boxes all{};
  return all;
}

}  // namespace

PostBox& PostBox::of_worker(std::uint32_t worker) {
  static std::mutex making;
  const std::lock_guard lock(making);
  std::atomic<PostBox*>& place = boxes()[worker];
  if (place.load(std::memory_order_relaxed) == nullptr) {
    place.store(new PostBox(worker), std::memory_order_release);
  }
  return *place.load(std::memory_order_relaxed);
}

PostBox* PostBox::of_handle(aip_id id) noexcept {
  return boxes()[HandleTable::worker_of(id)].load(std::memory_order_acquire);
}

void PostBox::open(Poster& poster) {
  const std::lock_guard lock(mutex_);
  AIP_CHECK(opened_ == 0 || poster_ == &poster);  // one loop a worker
  poster_ = &poster;
  ++opened_;
}

void PostBox::close() noexcept {
  const std::lock_guard lock(mutex_);
  if (--opened_ > 0) return;
  poster_ = nullptr;
  waiting_.clear();
}

aip_status PostBox::post(aip_id stream, std::uint64_t user) {
  const std::lock_guard lock(mutex_);
  if (poster_ == nullptr || !handles_.alive(stream)) return AIP_E_STALE;
  if (waiting_.size() >= limits::kPluginPostsMax) return AIP_E_OVERFLOW;
  waiting_.emplace_back(stream, user);
  // One hop takes all that came before it ran.
  if (waiting_.size() == 1) poster_->post([this] { deliver(); });
  return AIP_OK;
}

void PostBox::deliver() {
  std::vector<std::pair<aip_id, std::uint64_t>> posts;
  {
    const std::lock_guard lock(mutex_);
    posts.swap(waiting_);
  }
  for (const auto& [stream, user] : posts) {
    const HandleTable::Found found = handles_.find(HandleKind::Stream, stream);
    if (found.object != nullptr) static_cast<StreamSession*>(found.object)->take_post(user);
  }
}

}  // namespace aip::plugin
