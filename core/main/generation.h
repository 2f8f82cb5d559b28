// generation.h - one configuration, ready for workers: routes, plugin instances, listeners, TLS.
//
// Made by the control thread from a draft, shared by all workers, never changed. A provider that is
// the same as in the generation before, configuration and plugin file, keeps its instance.
//
// Listeners have ids: an address gets the next free one when a configuration first names it, and
// keeps it for the process's life. A listener that a configuration no longer names stays in the
// list as it was last, because connections that it accepted may still bring a request.
// Threads: prepare() the control thread's; a Generation any.   Errors: in words.
// Tests: tests/unit/main/listeners_test.cpp, tests/fault/{reload,plugins}.test.mjs
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/main/draft.h"
#include "core/tls/context.h"

namespace aip::main {

struct Door {
  config::Listener listener;
  std::shared_ptr<tls::ServerContext> tls;  // null: plain
  bool open = false;                        // the configuration names it
};

struct Generation {
  std::uint64_t number = 0;
  std::shared_ptr<const config::Config> config;
  std::shared_ptr<const route::Table> table;
  std::string state_dir;
  Found found;
  Seen seen;
  std::vector<std::shared_ptr<plugin::Instance>> instances;  // in the order of config->providers
  std::vector<std::string> absences;  // likewise: why there is none, if clients are to know
  std::vector<Door> doors;            // by id
  std::shared_ptr<const std::vector<config::Listener>> listeners;  // the same, for the gateway
};

// The doors of `before` with the listeners of `config`; TLS contexts are not made yet.
[[nodiscard]] std::vector<Door> assign_doors(const std::vector<Door>& before,
                                             const std::vector<config::Listener>& listeners);

// `before`: the generation in service; null at the start.
[[nodiscard]] Result<std::shared_ptr<const Generation>> prepare(Draft draft,
                                                                const Generation* before);

// Removes from state_dir what plugins of earlier runs left behind. At the start.
void clean_state(const Generation& generation);

// The plugins of a generation that have been loaded, by their private copies.
[[nodiscard]] std::vector<PluginChoice> loaded_plugins(const Generation& generation);

}  // namespace aip::main
