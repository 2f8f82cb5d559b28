// commands.h - the commands that end: check, plugins, schema, chat, healthcheck, version.
//
// Data goes to stdout, talk to stderr. The results are exit codes.
#pragma once

#include "core/main/command_line.h"

namespace aip::main {

[[nodiscard]] int check(const CommandLine& line);
[[nodiscard]] int list_plugins(const CommandLine& line);
[[nodiscard]] int print_schema(const CommandLine& line);
[[nodiscard]] int chat(const CommandLine& line);
[[nodiscard]] int healthcheck(const CommandLine& line);
[[nodiscard]] int print_version(const CommandLine& line);

}  // namespace aip::main
