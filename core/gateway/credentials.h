// credentials.h - which of a provider's configured credentials is used, and which ones rest.
//
// A CredentialBook lives as long as the process, so what was learned survives a reload: identity is
// (provider, kind, id). Its states are atomics that all workers read and write without a lock.
//   AUTH   the credential was refused: rests 30 s, then twice as long each time, up to 10 min
//   RATE   rests until retry-after (kRateRestMs if the provider named no time)
//   QUOTA  rests kQuotaRestMs
// When every candidate rests, the one that is ready soonest is used all the same: a cooldown may
// cost a failed try, but never makes an outage of its own.
// Threads: find() takes a mutex (control thread, once a snapshot); the rest any.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/random.h"
#include "core/base/result.h"
#include "core/config/config.h"

namespace aip::gateway {

inline constexpr std::uint64_t kAuthRestMs = 30'000;
inline constexpr std::uint64_t kAuthRestMsMax = 600'000;
inline constexpr std::uint64_t kRateRestMs = 5'000;
inline constexpr std::uint64_t kQuotaRestMs = 3'600'000;

enum class Refusal : std::uint8_t { None, Auth, Rate, Quota };

class CredentialState {
 public:
  [[nodiscard]] std::uint64_t ready_ns() const noexcept {
    return ready_ns_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] bool up(std::uint64_t now_ns) const noexcept { return ready_ns() <= now_ns; }
  void refused(Refusal why, std::uint32_t retry_after_ms, std::uint64_t now_ns) noexcept;
  void worked() noexcept;

 private:
  std::atomic<std::uint64_t> ready_ns_{0};
  std::atomic<std::uint32_t> auth_refusals_{0};
};

class CredentialBook {
 public:
  [[nodiscard]] CredentialState& find(std::string_view provider, const config::Credential& c);

 private:
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<CredentialState>, std::less<>> states_;
};

// The index of the credential to use. `id` empty: any of the kind that is ready, at random.
// ProviderNoCredential if there is none of that kind; CallerBadRequest if the named one is unknown.
[[nodiscard]] Result<std::size_t> pick_credential(const std::vector<config::Credential>& all,
                                                  const std::vector<CredentialState*>& states,
                                                  std::string_view kind, std::string_view id,
                                                  std::uint64_t now_ns, Random& random);

}  // namespace aip::gateway
