#include "core/gateway/background.h"

#include <algorithm>

#include "core/base/check.h"
#include "core/base/units.h"
#include "core/observe/log.h"

namespace aip::gateway {

BackgroundStream::BackgroundStream(AttemptTools& tools, std::shared_ptr<const Snapshot> snapshot,
                                   std::uint32_t provider)
    : tools_(tools), snapshot_(std::move(snapshot)), alarm_(tools.scheduler, *this) {
  candidate_.provider = provider;
  tools_.scheduler.wake(*this);
}

BackgroundStream::~BackgroundStream() {
  if (attempt_) attempt_->cancel(AIP_CANCEL_RELOAD);
}

server::ClientStream& BackgroundStream::client() noexcept {
  AIP_CHECK(false);
  std::abort();
}

void BackgroundStream::begin() {
  begun_ns_ = tools_.scheduler.now_ns();
  AttemptAsk ask;
  ask.snapshot = snapshot_.get();
  ask.candidate = &candidate_;
  ask.head = &no_head_;
  ask.operation = AIP_OP_BACKGROUND;
  ask.timeouts = to_upstream(snapshot_->providers[candidate_.provider].config->timeouts);
  ask.deadline_ns = UINT64_MAX;
  attempt_ = std::make_unique<Attempt>(tools_, std::move(ask), static_cast<AnswerSink&>(*this));
  if (Status started = attempt_->start(); !started) pause(started.error());
}

void BackgroundStream::pause(const Error& why) {
  observe::log(observe::Level::Warn, "background stream of provider " +
                                         snapshot_->providers[candidate_.provider].config->name +
                                         " ended: " + std::string(traits(why.code).name) + " " +
                                         why.detail);
  attempt_.reset();
  const std::uint64_t now_ns = tools_.scheduler.now_ns();
  if (now_ns - begun_ns_ >= kBackgroundPauseMsMax * kMs) pause_ms_ = kBackgroundPauseMs;
  alarm_.set(now_ns + pause_ms_ * kMs);
  pause_ms_ = std::min(pause_ms_ * 2, kBackgroundPauseMsMax);
}

void BackgroundStream::advance() noexcept {
  if (!attempt_ && !alarm_.armed()) begin();
  if (!attempt_) return;
  Result<Progress> progress = attempt_->pump();
  if (!progress) return pause(progress.error());
  if (*progress == Progress::Done) pause(Error{ErrorCode::GatewayPlugin, "it finished"});
}

}  // namespace aip::gateway
