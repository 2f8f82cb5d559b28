// deadlines.h - the five timers of a call on one alarm.
//
// Each phase of a call has one deadline, and the whole has another; the earlier of the two is what
// the alarm is set to, and it gives the failure its name:
//
//     connect     from the start of dialling until TCP (and a proxy) is through
//     tls         from there until the handshake is done
//     first byte  from the last byte of the request that left until the answer's head is complete,
//                 so a head that drips cannot go on for ever
//     idle        from the last byte of the answer to the next; in a tunnel, of either way, but
//                 while bytes wait for the peer only what it takes of them counts
//     total       from the start to the end; a tunnel has none
//
// Progress is a store of the time, nothing more. The alarm is moved only to an earlier time; when
// it rings too early it is set anew: that costs one ring a period, and nothing a chunk.
// Tests: tests/unit/upstream/h1_call_timers_test.cpp
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "core/base/error.h"
#include "core/base/scheduler.h"
#include "core/base/units.h"
#include "core/upstream/call.h"

namespace aip::upstream {

class Deadlines {
 public:
  Deadlines(Scheduler& scheduler, Wakeable& owner, const Timeouts& timeouts)
      : scheduler_(scheduler),
        alarm_(scheduler, owner),
        timeouts_(timeouts),
        start_ns_(scheduler.now_ns()),
        since_ns_(start_ns_) {
    arm();
  }

  enum class Phase : std::uint8_t { Connect, Tls, FirstByte, Idle, TunnelIdle };

  void enter(Phase phase) noexcept {
    phase_ = phase;
    progress();
    arm();
  }
  // Something moved: the phase's time begins anew.
  void progress() noexcept { since_ns_ = scheduler_.now_ns(); }
  void cancel() noexcept { alarm_.cancel(); }

  // To be asked in advance(): true when the alarm rang.
  [[nodiscard]] bool rang() noexcept { return alarm_.take_fired(); }
  // Which deadline has passed, if one has. If none, the alarm is set for the next.
  [[nodiscard]] std::optional<ErrorCode> passed() noexcept {
    const std::uint64_t phase = phase_deadline_ns();
    const std::uint64_t total = total_deadline_ns();
    if (scheduler_.now_ns() >= std::min(phase, total)) {
      return phase <= total ? phase_code() : ErrorCode::ProviderTimeoutTotal;
    }
    arm();
    return std::nullopt;
  }

  [[nodiscard]] std::uint64_t since_start_ns() const noexcept {
    return scheduler_.now_ns() - start_ns_;
  }
  [[nodiscard]] std::uint64_t since_progress_ns() const noexcept {
    return scheduler_.now_ns() - since_ns_;
  }

 private:
  [[nodiscard]] std::uint64_t phase_deadline_ns() const noexcept {
    return since_ns_ + std::uint64_t{phase_ms()} * kMs;
  }
  [[nodiscard]] std::uint64_t total_deadline_ns() const noexcept {
    if (phase_ == Phase::TunnelIdle) return UINT64_MAX;
    return start_ns_ + std::uint64_t{timeouts_.total_ms} * kMs;
  }
  [[nodiscard]] std::uint32_t phase_ms() const noexcept {
    switch (phase_) {
      case Phase::Connect:
        return timeouts_.connect_ms;
      case Phase::Tls:
        return timeouts_.tls_ms;
      case Phase::FirstByte:
        return timeouts_.first_byte_ms;
      case Phase::Idle:
      case Phase::TunnelIdle:
        return timeouts_.idle_ms;
    }
    return 0;
  }
  [[nodiscard]] ErrorCode phase_code() const noexcept {
    switch (phase_) {
      case Phase::Connect:
        return ErrorCode::ProviderTimeoutConnect;
      case Phase::Tls:
        return ErrorCode::ProviderTimeoutTls;
      case Phase::FirstByte:
        return ErrorCode::ProviderTimeoutFirstByte;
      case Phase::Idle:
      case Phase::TunnelIdle:
        return ErrorCode::ProviderTimeoutIdle;
    }
    return ErrorCode::ProviderTimeoutTotal;
  }
  void arm() noexcept {
    const std::uint64_t next = std::min(phase_deadline_ns(), total_deadline_ns());
    if (!alarm_.armed() || next < alarm_.deadline_ns()) alarm_.set(next);
  }

  Scheduler& scheduler_;
  Alarm alarm_;
  const Timeouts timeouts_;
  const std::uint64_t start_ns_;
  std::uint64_t since_ns_;
  Phase phase_ = Phase::Connect;
};

}  // namespace aip::upstream
