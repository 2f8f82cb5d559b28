// pool.h - idle connections, each kept for the next request of exactly the same identity.
//
// A connection is given back only when nothing is left open on it: the answer ended cleanly, both
// sides want to go on, and not one byte came behind the answer. While it is idle the pool owns it;
// if it becomes readable, ends or breaks, it is closed in the same turn, because whatever that was,
// it is not the answer to a request that has not been sent yet (rule Q5).
//
// The newest is taken first, so that the oldest may time out and a burst's connections go away.
// Threads: the worker's.   Memory: `idle_per_key_max` connections a key, `idle_max` in all.
// Tests:   tests/unit/upstream/pool_test.cpp
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/base/limits.h"
#include "core/base/list.h"
#include "core/base/scheduler.h"
#include "core/base/stream.h"

namespace aip::upstream {

// Everything that makes two connections different. The credential is part of it: some providers
// keep state with the connection, and a queued answer must never reach another tenant.
struct PoolKey {
  std::string host;
  std::uint16_t port = 0;
  bool tls = false;
  bool verify = true;
  std::string ca_file;
  std::string proxy;
  std::string credential;

  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 sees a 0 in every defaulted <=>
  auto operator<=>(const PoolKey&) const = default;
};

struct PoolLimits {
  std::uint64_t idle_ms = limits::kUpstreamIdleMs;
  std::size_t idle_per_key_max = 64;
  std::size_t idle_max = 1024;
};

class Pool final : private Wakeable {
 public:
  Pool(Scheduler& scheduler, const PoolLimits& limits);
  ~Pool() override;
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  // The connection that became idle last under this key; none: nullptr.
  [[nodiscard]] std::unique_ptr<ByteStream> take(const PoolKey& key);
  void give(const PoolKey& key, std::unique_ptr<ByteStream> stream);

  // For connections that become idle from now on.
  void set_idle_ms(std::uint64_t idle_ms) noexcept { limits_.idle_ms = idle_ms; }
  [[nodiscard]] std::size_t idle() const noexcept { return idle_; }

 private:
  struct AgeTag;
  struct Idle;
  using Shelf = std::vector<std::unique_ptr<Idle>>;  // of one key, the newest last
  using Shelves = std::map<PoolKey, Shelf>;

  void advance() noexcept override;
  std::unique_ptr<ByteStream> remove(Idle& idle);

  Scheduler& scheduler_;
  PoolLimits limits_;
  Alarm alarm_;
  Shelves shelves_;
  List<Idle, AgeTag> by_age_;  // the oldest first
  std::size_t idle_ = 0;
};

}  // namespace aip::upstream
