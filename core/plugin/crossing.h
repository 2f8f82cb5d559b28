// crossing.h - the way into a plugin's code: named, timed, never nested, never thrown through.
//
// Every call of the core into a plugin goes through cross(). It sets the breadcrumb for the crash
// report, measures the time on the real clock, and turns an exception that met no barrier inside
// the plugin into AIP_E_PANIC (measured: works where both sides share libstdc++; a plugin with its
// own runtime ends the process, which is why the SDK brings a barrier of its own).
// Threads: any, each with its own breadcrumb.
#pragma once

#include <aiproxy/abi.h>

#include <chrono>
#include <exception>
#include <utility>

#include "core/base/check.h"
#include "core/base/scheduler.h"
#include "core/plugin/breadcrumb.h"
#include "core/plugin/scope.h"

namespace aip::plugin {

// The clock of the worker whose plugin code runs on this thread; nullptr on the control thread.
inline thread_local constinit const Scheduler* t_clock = nullptr;

class Crossing {
 public:
  Crossing(Scope& scope, const Scheduler* clock, const char* callback) noexcept
      : scope_(scope), callback_(callback), began_(std::chrono::steady_clock::now()) {
    // The host never calls back inside a host call (abi.h, convention 5).
    AIP_CHECK(t_breadcrumb.callback == nullptr);
    t_breadcrumb = {scope.plugin().c_str(), scope.provider().c_str(), callback};
    t_clock = clock;
  }
  ~Crossing() {
    const bool on_worker = t_clock != nullptr;
    t_breadcrumb = {};
    t_clock = nullptr;
    // The control thread serves nobody: a slow dlopen() or create() holds up no client.
    if (!on_worker) return;
    const auto took = std::chrono::steady_clock::now() - began_;
    scope_.count_callback(callback_,
                          static_cast<std::uint64_t>(
                              std::chrono::duration_cast<std::chrono::nanoseconds>(took).count()));
  }
  Crossing(const Crossing&) = delete;
  Crossing& operator=(const Crossing&) = delete;

 private:
  Scope& scope_;
  const char* callback_;
  std::chrono::steady_clock::time_point began_;
};

// Calls `fn`, which calls the plugin and returns its status.
template <class F>
aip_status cross(Scope& scope, const Scheduler* clock, const char* callback, F&& fn) noexcept {
  aip_status status = AIP_E_PANIC;
  const char* thrown = "an exception left the plugin";
  {
    const Crossing crossing(scope, clock, callback);
    try {
      status = std::forward<F>(fn)();
      thrown = nullptr;
    } catch (...) {
    }
  }
  if (thrown != nullptr) {
    scope.count_fault(callback, thrown);
  } else if (status == AIP_E_PANIC || status == AIP_E_NOMEM) {
    scope.count_fault(callback, "an exception met the plugin's barrier");
  }
  return status;
}

}  // namespace aip::plugin
