// resolve_cache.h - what plugins' resolve() found, a worker's worth: headers by credential.
//
// Single flight: the first attempt that needs a credential holds its ResolveClaim, the others wait
// and are woken when it is settled. A claim that dies unsettled (its client left) wakes them too,
// and one of them claims anew. Failures are remembered for kFailureMs, so that a thousand waiting
// requests do not make a thousand look-ups.
// Memory: kResolvedMax entries; those that have expired go first.
// Threads: one.   Tests: tests/unit/gateway/resolve_cache_test.cpp
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/list.h"
#include "core/base/result.h"

namespace aip::gateway {

inline constexpr std::size_t kResolvedMax = 10'000;
inline constexpr std::uint64_t kFailureMs = 1'000;

struct Resolved {
  std::vector<std::pair<std::string, std::string>> headers;
  std::optional<Error> failure;
  std::uint64_t expires_ns = 0;
};

struct ResolveTag;

// Waits for somebody else's resolution; destroying it stops waiting.
class ResolveWait final : public ListNode<ResolveTag> {
 public:
  class Waker {
   public:
    virtual void on_resolve_settled() noexcept = 0;

   protected:
    ~Waker() = default;
  };
  explicit ResolveWait(Waker& waker) : waker_(waker) {}

 private:
  friend class ResolveCache;
  Waker& waker_;
};

class ResolveClaim;

class ResolveCache {
 public:
  // Fresh: what is known, good or bad. nullptr: nothing, or it has expired. The pointer lives
  // until the entry is replaced or forgotten; copy what outlives the turn.
  [[nodiscard]] std::shared_ptr<const Resolved> find(const std::string& key, std::uint64_t now_ns);
  // The right to resolve, or nullptr: somebody has it, and `wait` will be told.
  [[nodiscard]] std::unique_ptr<ResolveClaim> claim(const std::string& key, ResolveWait& wait);
  void forget(const std::string& key);
  // Every key that begins so: a provider whose configuration changed.
  void forget_all(std::string_view prefix);
  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

 private:
  friend class ResolveClaim;
  struct Entry {
    std::shared_ptr<const Resolved> known;
    bool claimed = false;
    List<ResolveWait, ResolveTag> waiting;
  };
  void settle(const std::string& key, std::shared_ptr<const Resolved> result);
  void make_room(std::uint64_t now_ns);

  std::map<std::string, Entry> entries_;
};

class ResolveClaim {
 public:
  ResolveClaim(ResolveCache& cache, std::string key) : cache_(cache), key_(std::move(key)) {}
  ResolveClaim(const ResolveClaim&) = delete;
  ResolveClaim& operator=(const ResolveClaim&) = delete;
  ~ResolveClaim() {
    if (!settled_) cache_.settle(key_, nullptr);
  }
  void settle(Resolved result) {
    settled_ = true;
    cache_.settle(key_, std::make_shared<const Resolved>(std::move(result)));
  }

 private:
  ResolveCache& cache_;
  const std::string key_;
  bool settled_ = false;
};

}  // namespace aip::gateway
