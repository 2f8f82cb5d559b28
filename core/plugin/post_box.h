// post_box.h - post(): the one way from any thread to a stream on its worker.
//
// A plugin's own thread of a library, or another worker's callback, leaves (stream, number) here;
// the worker takes all of it in one hop. A post to a stream that has ended is AIP_E_STALE, now or,
// if it ended meanwhile, silently.
// Memory: at most limits::kPluginPostsMax posts wait; one more is AIP_E_OVERFLOW.
// Threads: post() any; the rest the worker's.   Lifetime: as long as the process.
#pragma once

#include <aiproxy/abi.h>

#include <mutex>
#include <utility>
#include <vector>

#include "core/plugin/handles.h"
#include "core/plugin/instance.h"

namespace aip::plugin {

class PostBox {
 public:
  [[nodiscard]] static PostBox& of_worker(std::uint32_t worker);
  [[nodiscard]] static PostBox* of_handle(aip_id id) noexcept;

  // The worker's providers come and go; while there is one, `poster` carries the hop.
  void open(Poster& poster);
  void close() noexcept;

  aip_status post(aip_id stream, std::uint64_t user);

 private:
  explicit PostBox(std::uint32_t worker) : handles_(HandleTable::of_worker(worker)) {}
  void deliver();

  HandleTable& handles_;
  std::mutex mutex_;
  Poster* poster_ = nullptr;
  int opened_ = 0;
  std::vector<std::pair<aip_id, std::uint64_t>> waiting_;
};

}  // namespace aip::plugin
