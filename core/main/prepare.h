// prepare.h - from the command line and the file to what workers can run.
//
// Threads: the control thread's.   Errors: in words, each a line for stderr.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/config/load.h"
#include "core/main/command_line.h"
#include "core/main/quarantine.h"
#include "core/main/worker.h"
#include "core/plugin/instance.h"

namespace aip::main {

// The plugins that were found, and why others were refused.
struct Found {
  std::vector<plugin::FileInfo> files;
  std::vector<config::PluginClaims> claims;  // in the order of files
  std::vector<std::string> refused;
  // Of files: these are known and judged, and not loaded; "it is in quarantine after ...".
  Quarantine quarantined;
};

// Runs no plugin code. Folders: the command line's, else the file's, else "plugins" beside the
// program.
[[nodiscard]] Found find_plugins(const CommandLine& line, const Quarantine& quarantine = {});

// Loads the plugins that the configuration uses and makes their instances.
[[nodiscard]] Result<std::shared_ptr<const Prepared>> prepare(
    std::shared_ptr<const config::Config> config, const Found& found);

// Where plugins' private copies and the like go: state_dir, or a folder of the user's own. Made
// with mode 0700.
[[nodiscard]] Result<std::string> state_folder(const config::Config& config);

}  // namespace aip::main
