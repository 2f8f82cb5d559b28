// scope.h - one plugin under one provider's name: what log lines and figures are told under.
//
// Scopes are interned and never freed (there are as many as provider names were ever configured),
// so that log() and metric() are safe from any thread, even with a handle whose object has ended,
// and so that figures survive a reload.
// Threads: any.   Tests: tests/unit/plugin/session_test.cpp
#pragma once

#include <aiproxy/abi.h>

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace aip::plugin {

class Scope {
 public:
  // One provider's figures, as the metrics show them.
  struct Figures {
    std::string plugin, provider;
    std::uint64_t callbacks = 0, callback_ns = 0;
    std::uint64_t slow = 0;                   // longer than limits::kPluginSlowCallbackNs
    std::string slow_callback;                // the last slow one's name
    std::uint64_t faults = 0;                 // exceptions, and callbacks that failed
    std::uint64_t misbehaved = 0;             // host calls that the interface forbids
    std::map<std::string, std::int64_t> own;  // what the plugin counts itself
  };

  Scope(std::string plugin, std::string provider)
      : plugin_(std::move(plugin)), provider_(std::move(provider)) {}
  [[nodiscard]] const std::string& plugin() const noexcept { return plugin_; }
  [[nodiscard]] const std::string& provider() const noexcept { return provider_; }

  // A call into the plugin took this long.
  void count_callback(const char* name, std::uint64_t took_ns) noexcept;
  // The plugin failed inside.
  void count_fault(const char* callback, std::string_view what) noexcept;
  // The plugin called the host in a way that the interface forbids; gives `status` back.
  aip_status misbehaved(const char* function, std::string_view what, aip_status status) noexcept;
  // A counter of the plugin's own; AIP_E_OVERFLOW above kOwnMetricsMax names.
  aip_status add(std::string_view name, std::int64_t delta);
  void log(std::int32_t level, std::string_view message) noexcept;
  [[nodiscard]] Figures figures() const;

  static constexpr std::size_t kOwnMetricsMax = 64;
  static constexpr std::size_t kMetricNameBytesMax = 128;
  static constexpr std::size_t kLogBytesMax = 4096;

 private:
  const std::string plugin_, provider_;
  std::atomic<std::uint64_t> callbacks_{0}, callback_ns_{0}, slow_{0}, faults_{0}, misbehaved_{0};
  std::atomic<const char*> slow_callback_{nullptr};
  mutable std::mutex mutex_;  // of own_
  std::map<std::string, std::int64_t, std::less<>> own_;
};

[[nodiscard]] Scope& intern_scope(std::string_view plugin, std::string_view provider);
[[nodiscard]] std::vector<Scope::Figures> all_figures();

}  // namespace aip::plugin
