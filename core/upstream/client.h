// client.h - starts outbound calls: a pool of connections in front of a transport.
//
// One a worker. What a call is and may do stands in call.h; how it runs in h1_call.h.
// Lifetime: calls die before their client.
// Tests: tests/unit/upstream
#pragma once

#include <memory>

#include "core/base/scheduler.h"
#include "core/upstream/call.h"
#include "core/upstream/pool.h"
#include "core/upstream/transport.h"

namespace aip::upstream {

class Client final : public Dialer {
 public:
  Client(Scheduler& scheduler, Transport& transport, const PoolLimits& limits = {})
      : scheduler_(scheduler), transport_(transport), pool_(scheduler, limits) {}

  [[nodiscard]] std::unique_ptr<Call> start(CallSpec spec, CallOwner& owner) override;
  [[nodiscard]] const Pool& pool() const noexcept { return pool_; }
  void set_idle_ms(std::uint64_t idle_ms) noexcept { pool_.set_idle_ms(idle_ms); }

 private:
  Scheduler& scheduler_;
  Transport& transport_;
  Pool pool_;
};

}  // namespace aip::upstream
