#include "core/main/crash_book.h"

#include <algorithm>

#include "core/base/limits.h"

namespace aip::main {
namespace {

constexpr std::uint64_t kFirstPauseMs = 125;
constexpr std::uint64_t kFirstNeverReadyPauseMs = 1'000;
constexpr std::uint64_t kGoodLifeMs = 60'000;
constexpr std::uint32_t kDoublingsMax = 10;

}  // namespace

std::uint64_t RestartPause::after(Life life, std::uint64_t lived_ms) noexcept {
  switch (life) {
    case Life::Served: {
      never_ready_in_a_row_ = 0;
      if (lived_ms >= kGoodLifeMs) served_in_a_row_ = 0;
      const std::uint32_t before = std::min(served_in_a_row_++, kDoublingsMax);
      if (before == 0) return 0;
      return std::min(kFirstPauseMs << (before - 1), limits::kRestartPauseMsMax);
    }
    case Life::NeverReady: {
      const std::uint32_t before = std::min(never_ready_in_a_row_++, kDoublingsMax);
      return std::min(kFirstNeverReadyPauseMs << before, limits::kStartAgainPauseMsMax);
    }
  }
  return limits::kStartAgainPauseMsMax;
}

bool CrashBook::blame(const std::string& plugin, const std::string& sha256, const std::string& how,
                      std::uint64_t now_ms) {
  if (crashes_.size() >= kBlamedMax) crashes_.pop_front();
  crashes_.push_back({plugin, sha256, now_ms});
  while (now_ms - crashes_.front().at_ms > limits::kCrashWindowMs) crashes_.pop_front();
  const auto count = static_cast<std::size_t>(std::count_if(
      crashes_.begin(), crashes_.end(),
      [&](const Crash& crash) { return crash.plugin == plugin && crash.sha256 == sha256; }));
  if (count < limits::kCrashesForQuarantine) return false;
  const bool known = std::any_of(quarantine_.begin(), quarantine_.end(), [&](const auto& entry) {
    return entry.plugin == plugin && entry.sha256 == sha256;
  });
  if (known || quarantine_.size() >= kBlamedMax) return false;
  quarantine_.push_back({plugin, sha256,
                         std::to_string(count) + " crashes within " +
                             std::to_string(limits::kCrashWindowMs / 60'000) +
                             " minutes, the last one " + how});
  return true;
}

void CrashBook::lift() {
  quarantine_.clear();
  crashes_.clear();
}

}  // namespace aip::main
