#include "core/gateway/credentials.h"

#include <algorithm>

#include "core/base/units.h"

namespace aip::gateway {

void CredentialState::refused(Refusal why, std::uint32_t retry_after_ms,
                              std::uint64_t now_ns) noexcept {
  std::uint64_t rest_ms = 0;
  switch (why) {
    case Refusal::None:
      return;
    case Refusal::Auth: {
      const std::uint32_t times = auth_refusals_.fetch_add(1, std::memory_order_relaxed);
      rest_ms = std::min(kAuthRestMs << std::min<std::uint32_t>(times, 8), kAuthRestMsMax);
      break;
    }
    case Refusal::Rate:
      rest_ms = retry_after_ms != 0 ? retry_after_ms : kRateRestMs;
      break;
    case Refusal::Quota:
      rest_ms = std::max<std::uint64_t>(retry_after_ms, kQuotaRestMs);
      break;
  }
  ready_ns_.store(now_ns + rest_ms * kMs, std::memory_order_relaxed);
}

void CredentialState::worked() noexcept {
  // Read first: the usual case writes nothing, so the cache line stays shared by the workers.
  if (auth_refusals_.load(std::memory_order_relaxed) != 0) {
    auth_refusals_.store(0, std::memory_order_relaxed);
  }
  if (ready_ns() != 0) ready_ns_.store(0, std::memory_order_relaxed);
}

CredentialState& CredentialBook::find(std::string_view provider, const config::Credential& c) {
  std::string key(provider);
  key.append(1, '\n').append(c.kind).append(1, '\n').append(c.id);
  const std::lock_guard lock(mutex_);
  std::unique_ptr<CredentialState>& state = states_[std::move(key)];
  if (!state) state = std::make_unique<CredentialState>();
  return *state;
}

Result<std::size_t> pick_credential(const std::vector<config::Credential>& all,
                                    const std::vector<CredentialState*>& states,
                                    std::string_view kind, std::string_view id,
                                    std::uint64_t now_ns, Random& random) {
  constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  std::size_t chosen = kNone;
  std::size_t soonest = kNone;
  std::uint32_t ready = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].kind != kind) continue;
    if (!id.empty()) {
      if (all[i].id == id) return i;
      continue;
    }
    if (soonest == kNone || states[i]->ready_ns() < states[soonest]->ready_ns()) soonest = i;
    // Reservoir of one: each ready credential is equally likely, in one pass.
    if (states[i]->up(now_ns) && random.below(++ready) == 0) chosen = i;
  }
  if (!id.empty()) {
    return Error{ErrorCode::CallerBadRequest,
                 "No credential of kind " + std::string(kind) + " has the id that was named."};
  }
  if (chosen != kNone) return chosen;
  if (soonest != kNone) return soonest;
  return Error{ErrorCode::ProviderNoCredential, {}};
}

}  // namespace aip::gateway
