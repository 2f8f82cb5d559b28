// background.h - a provider's background stream: no client, no end but the reload's or shutdown's.
//
// Runs on one worker for each provider whose manifest says "background": true (a Discord session,
// say). It may start calls and timers and is posted to by requests on other workers. When it ends
// or fails it begins again after a pause that doubles from kBackgroundPauseMs to
// kBackgroundPauseMsMax, and is short again after a stream that ran for as long as the longest.
// Threads: the worker's.   Tests: tests/unit/gateway/background_test.cpp
#pragma once

#include <memory>

#include "core/gateway/attempt.h"

namespace aip::gateway {

inline constexpr std::uint64_t kBackgroundPauseMs = 1'000;
inline constexpr std::uint64_t kBackgroundPauseMsMax = 60'000;

class BackgroundStream final : public Wakeable, private AnswerSink {
 public:
  BackgroundStream(AttemptTools& tools, std::shared_ptr<const Snapshot> snapshot,
                   std::uint32_t provider);
  ~BackgroundStream() override;
  [[nodiscard]] const plugin::WorkerInstance& instance() const noexcept {
    return *snapshot_->providers[candidate_.provider].instance;
  }

 private:
  void advance() noexcept override;
  void begin();
  void pause(const Error& why);

  void wake_exchange() noexcept override { tools_.scheduler.wake(*this); }
  aip_status take_events(std::span<const aip_event>) noexcept override { return AIP_E_STATE; }
  aip_status take_raw(std::span<const aip_span>) noexcept override { return AIP_E_STATE; }
  aip_status take_head(std::int32_t, std::span<const aip_header>) noexcept override {
    return AIP_E_STATE;
  }
  [[nodiscard]] bool untouched() const noexcept override { return true; }
  void provider_answered() noexcept override {}
  aip_status judge_unsupported(std::string_view, std::string_view) noexcept override {
    return AIP_UNSUPPORTED_REFUSE;
  }
  void forward_head(const http::ResponseHead&) noexcept override {}
  void forward_body(Bytes) noexcept override {}
  void forward_tunnel(const http::ResponseHead&) noexcept override {}
  [[nodiscard]] bool blocked() const noexcept override { return false; }
  // FORWARD calls are refused without a client, so nobody can ask for one.
  [[nodiscard]] server::ClientStream& client() noexcept override;

  AttemptTools& tools_;
  const std::shared_ptr<const Snapshot> snapshot_;
  const http::RequestHead no_head_;
  route::Candidate candidate_;
  Alarm alarm_;
  std::unique_ptr<Attempt> attempt_;
  std::uint64_t begun_ns_ = 0;
  std::uint64_t pause_ms_ = kBackgroundPauseMs;
};

}  // namespace aip::gateway
