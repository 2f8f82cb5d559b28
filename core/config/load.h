// load.h - a configuration file, or its absence, to an immutable Config or to a list of errors.
//
// The way of a file:
//   read (environment.h) -> tree with places (yaml.h) -> ${...} (expand.h) -> the seed's shape is
//   turned into the native one (seed.h) -> every value against its schema, the plugins' sections
//   included (check.h) -> Config (native.h, provider.h) -> what only the whole can show (meaning.h)
// Each step tells all of its faults, and all steps run over any file that is YAML.
//
// Plugins are known by their claims alone: none of their code runs. plugin_dirs() looks into the
// file first, so that the caller knows where to find them.
//
// Threads: any; nothing is shared.   Errors: Loaded::errors, in the order of the file; no text
// holds a secret.   Tests: tests/unit/config/{load,bad_config,seed,secrets}_test.cpp
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/config/config.h"
#include "core/config/diagnostic.h"
#include "core/config/environment.h"

namespace aip::config {

// What the command line says over the file.
struct Overrides {
  std::optional<std::string> listen;  // "ADDR:PORT"; auth, TLS and hosts stay the first listener's
  std::optional<std::uint32_t> workers;
  std::optional<std::string> log_level;
  std::vector<std::string> plugin_dirs;
};

struct Loaded {
  std::shared_ptr<const Config> config;  // null exactly if there are errors
  std::vector<Diagnostic> errors;
};

// An empty path: the built-in default, a mock on 127.0.0.1:8999 and the providers whose keys stand
// in the environment.
[[nodiscard]] Loaded load(const std::string& path, std::span<const PluginClaims> claims,
                          const Environment& environment, const Overrides& overrides = {});

// plugin_dir of a file; empty if it names none or cannot be read (load() then says why).
[[nodiscard]] std::vector<std::string> plugin_dirs(const std::string& path,
                                                   const Environment& environment);

// For programs: [{"file","line","column","path","text"}, ...].
[[nodiscard]] std::string errors_json(std::span<const Diagnostic> errors);

// JSON Schema of the whole file, the plugins' sections included. Broken manifests are left out.
[[nodiscard]] std::string schema_json(std::span<const PluginClaims> claims);

// The configuration in force as JSON; no secret in it.
[[nodiscard]] std::string redacted_json(const Config& config);

}  // namespace aip::config
