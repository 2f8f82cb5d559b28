// draft.h - from files to a configuration that is worth trying: all that needs no thread of ours.
//
//   look at the plugin folders -> load the file with their claims -> the table of routes ->
//   a trial of each plugin with each of its sections, in a child process
//
// Making a draft may take seconds (a plugin that hangs in its trial), so it is made on a thread of
// its own and handed over when it is whole.
//
// A plugin file that cannot be used is refused alone: if an older version of it is in service, the
// draft goes on with that one's private copy, else, unless the configuration names the plugin, it
// goes on without. What is wrong with the configuration itself fails the draft.
// Threads: any, one draft at a time.   Errors: Draft::errors.   Tests: tests/fault/reload.test.mjs
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/config/load.h"
#include "core/main/command_line.h"
#include "core/main/quarantine.h"
#include "core/main/seen.h"
#include "core/plugin/instance.h"
#include "core/route/route.h"

namespace aip::main {

// A plugin's file as it is used.
struct PluginChoice {
  plugin::FileInfo file;  // its path is where it is loaded from
  std::string origin;     // what the operator calls it; the same, unless the copy stands in for it
  std::string quarantine{};  // why it is known, and its sections are judged, but it is not loaded
};

struct PluginRefusal {
  std::string path, reason;
  std::string name, version, sha256;  // as far as the file could be read
  bool quarantined = false;
};

// The plugins that were found, and why others were refused.
struct Found {
  std::vector<std::string> folders;
  std::vector<PluginChoice> plugins;
  std::vector<PluginRefusal> refused;
  [[nodiscard]] std::vector<config::PluginClaims> claims() const;
};

// Runs no plugin code. Folders: the command line's, else the file's, else "plugins" beside the
// program.
[[nodiscard]] Found find_plugins(const CommandLine& line, const config::Environment& environment,
                                 const Quarantine& quarantine = {});

// Where plugins' private copies and the like go: state_dir, or a folder of the user's own. Made
// with mode 0700.
[[nodiscard]] Result<std::string> state_folder(const config::Config& config);

struct Draft {
  Seen seen;
  Found found;
  std::shared_ptr<const config::Config> config;  // null exactly if there are errors
  std::shared_ptr<const route::Table> table;
  std::string state_dir;
  std::vector<std::string> errors;
};

// `serving`: the plugins in service, whose paths are private copies.
[[nodiscard]] Draft make_draft(const CommandLine& line, const std::vector<PluginChoice>& serving,
                               const Quarantine& quarantine);

}  // namespace aip::main
