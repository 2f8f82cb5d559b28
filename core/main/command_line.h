// command_line.h - the words behind `aiproxy`, as a value.
//
// Nothing is done and nothing is printed here: what is to be said stands in Parsed::out (data, for
// stdout) and Parsed::talk (for stderr). `aiproxy -c FILE` alone runs. An unknown word gets the
// nearest known one, exit 2. No secret is ever a flag: `chat` takes its key from AIPROXY_KEY.
// Threads: none.   Tests: tests/unit/main/command_line_test.cpp
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/config/load.h"

namespace aip::main {

inline constexpr int kExitDone = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitConfig = 78;  // EX_CONFIG

enum class Command : std::uint8_t { Run, Check, Plugins, Schema, Chat, HealthCheck, Version };

struct CommandLine {
  Command command = Command::Run;
  std::string config_file;      // empty: the built-in default
  config::Overrides overrides;  // Run, Check; Plugins and Schema take plugin_dirs
  bool json = false;            // Check, Plugins, Version
  std::string plugin;           // Schema: of this plugin's section alone; empty: the whole file
  std::string url;              // Chat, HealthCheck: the gateway; empty: where the file listens
  std::string model, provider;  // Chat
  bool demo = false;            // Run: ask oneself one question and say how to go on
  bool once = false;            // Run: the demo, then the end
  bool no_supervisor = false;   // Run: in this process; somebody else starts it again
  std::string text;             // Chat; empty: read from stdin
};

struct Parsed {
  CommandLine line;
  std::optional<int> exit;  // set: nothing is to be run
  std::string out, talk;
};

// Without the program's name.
[[nodiscard]] Parsed parse_command_line(const std::vector<std::string>& words);

}  // namespace aip::main
