// control.h - what the admin port may ask of the process, as an interface that core/main fills in.
//
// Everything here is a copy, made for one answer; nothing holds a secret.
// Threads: the control thread's, in which the answers to the asynchronous calls arrive as well,
// from within the call or later.
// Lifetime: an asynchronous call's `done` is called at most once, and dropped uncalled if the
// process ends before; who asks outlives the process's loop.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "core/config/config.h"

namespace aip::admin {

// What one attempt to load a configuration came to.
struct ReloadReport {
  bool successful = true;
  std::uint64_t generation = 1;  // the one in force after it
  std::string cause;             // "start", "file", "signal", "admin", "plugin"
  std::uint64_t wall_ms = 0;     // when it ended
  std::uint64_t took_ms = 0;
  std::vector<std::string> changes;  // "provider deepseek: added"
  std::vector<std::string> errors;   // file:line:column: what, and the mend; no secret
};

struct PluginState {
  std::string name, version, abi, sha256, file;
  std::string state;   // "serving", "draining", "refused", "quarantined", "unused"
  std::string reason;  // of refused and quarantined
  std::vector<std::string> providers;
  std::uint32_t generations = 0;  // versions that are mapped now
};

struct CredentialHealth {
  std::string kind, id;  // the secret itself is not here
  bool up = true;
  std::uint64_t ready_in_ms = 0;  // 0: now
};

struct ProviderState {
  std::string name, plugin, base_url;
  bool attached = false;  // false: its plugin is missing
  std::vector<CredentialHealth> credentials;
};

// An exchange that runs.
struct LiveRequest {
  std::string request_id, peer, key, dialect, route, model, provider, stage;
  std::uint64_t age_ms = 0;
  std::uint64_t chunks = 0;
  std::uint64_t generation = 0;  // of the configuration that it began with
  std::uint32_t worker = 0;
  bool stream = false;
};

// What a worker has counted since the process began, and what it holds now.
struct WorkerFigures {
  std::uint64_t client_connections = 0, upstream_connections = 0, streams = 0;  // now
  std::uint64_t accepted = 0, shed = 0;
  std::array<std::uint64_t, kErrorCodeCount> refused{};  // messages that became no request, by code
};

class Control {
 public:
  // Loads the configuration and looks at the plugin folders anew. `done` is called once.
  virtual void reload(std::function<void(const ReloadReport&)> done) = 0;
  virtual void drain() = 0;
  [[nodiscard]] virtual std::shared_ptr<const config::Config> config() const = 0;
  [[nodiscard]] virtual ReloadReport last_reload() const = 0;
  [[nodiscard]] virtual std::vector<PluginState> plugins() const = 0;
  [[nodiscard]] virtual std::vector<ProviderState> providers() const = 0;
  // Asks every worker. `done` is called once, after at most a second.
  virtual void requests(std::function<void(std::vector<LiveRequest>)> done) = 0;
  [[nodiscard]] virtual std::vector<WorkerFigures> workers() const = 0;

 protected:
  ~Control() = default;
};

}  // namespace aip::admin
