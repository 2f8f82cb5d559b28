#include "core/plugin/scope.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "core/base/limits.h"
#include "core/base/units.h"
#include "core/observe/log.h"

namespace aip::plugin {
namespace {

observe::Level level_of(std::int32_t level) noexcept {
  const std::int32_t bounded = std::clamp<std::int32_t>(level, AIP_LOG_TRACE, AIP_LOG_ERROR);
  return static_cast<observe::Level>(bounded);
}
static_assert(static_cast<int>(observe::Level::Trace) == AIP_LOG_TRACE);
static_assert(static_cast<int>(observe::Level::Error) == AIP_LOG_ERROR);

struct Interned {
  std::mutex mutex;
  std::map<std::pair<std::string, std::string>, std::unique_ptr<Scope>> scopes;
};
// Never destroyed: other threads may still log while the process ends.
Interned& interned() {
  static Interned& all = *new Interned;
  return all;
}

}  // namespace

void Scope::count_callback(const char* name, std::uint64_t took_ns) noexcept {
  callbacks_.fetch_add(1, std::memory_order_relaxed);
  callback_ns_.fetch_add(took_ns, std::memory_order_relaxed);
  if (took_ns < limits::kPluginSlowCallbackNs) return;
  slow_callback_.store(name, std::memory_order_relaxed);
  // A plugin that is always slow gets a line for its 1st, 2nd, 4th, 8th ... time.
  const std::uint64_t times = slow_.fetch_add(1, std::memory_order_relaxed) + 1;
  if ((times & (times - 1)) != 0) return;
  log(AIP_LOG_WARN, "held its worker for " + std::to_string(took_ns / kMs) + " ms in " + name +
                        " (slow callbacks so far: " + std::to_string(times) + ")");
}

void Scope::count_fault(const char* callback, std::string_view what) noexcept {
  faults_.fetch_add(1, std::memory_order_relaxed);
  log(AIP_LOG_ERROR, "failed in " + std::string(callback) + ": " + std::string(what));
}

aip_status Scope::misbehaved(const char* function, std::string_view what,
                             aip_status status) noexcept {
  const std::uint64_t times = misbehaved_.fetch_add(1, std::memory_order_relaxed) + 1;
  if ((times & (times - 1)) == 0) {
    log(AIP_LOG_WARN, "misused " + std::string(function) + "(): " + std::string(what) +
                          " (so far: " + std::to_string(times) + ")");
  }
  return status;
}

aip_status Scope::add(std::string_view name, std::int64_t delta) {
  if (name.empty() || name.size() > kMetricNameBytesMax) return AIP_E_INVALID;
  const std::lock_guard lock(mutex_);
  const auto at = own_.find(name);
  if (at != own_.end()) {
    at->second += delta;
    return AIP_OK;
  }
  if (own_.size() >= kOwnMetricsMax) return AIP_E_OVERFLOW;
  own_.emplace(std::string(name), delta);
  return AIP_OK;
}

void Scope::log(std::int32_t level, std::string_view message) noexcept {
  if (!observe::log_enabled(level_of(level))) return;
  std::string line = "plugin " + plugin_;
  if (!provider_.empty() && provider_ != plugin_) line += " (provider " + provider_ + ")";
  line += ": ";
  // One line a message, whatever the plugin put into it.
  for (const char c : message.substr(0, kLogBytesMax)) {
    line.push_back(static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c);
  }
  observe::log(level_of(level), line);
}

Scope::Figures Scope::figures() const {
  Figures out;
  out.plugin = plugin_;
  out.provider = provider_;
  out.callbacks = callbacks_.load(std::memory_order_relaxed);
  out.callback_ns = callback_ns_.load(std::memory_order_relaxed);
  out.slow = slow_.load(std::memory_order_relaxed);
  const char* slow_callback = slow_callback_.load(std::memory_order_relaxed);
  if (slow_callback != nullptr) out.slow_callback = slow_callback;
  out.faults = faults_.load(std::memory_order_relaxed);
  out.misbehaved = misbehaved_.load(std::memory_order_relaxed);
  const std::lock_guard lock(mutex_);
  out.own.insert(own_.begin(), own_.end());
  return out;
}

Scope& intern_scope(std::string_view plugin, std::string_view provider) {
  Interned& all = interned();
  const std::lock_guard lock(all.mutex);
  std::unique_ptr<Scope>& scope = all.scopes[{std::string(plugin), std::string(provider)}];
  if (!scope) scope = std::make_unique<Scope>(std::string(plugin), std::string(provider));
  return *scope;
}

std::vector<Scope::Figures> all_figures() {
  Interned& all = interned();
  const std::lock_guard lock(all.mutex);
  std::vector<Scope::Figures> out;
  out.reserve(all.scopes.size());
  for (const auto& [key, scope] : all.scopes) out.push_back(scope->figures());
  return out;
}

}  // namespace aip::plugin
