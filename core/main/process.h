// process.h - the running gateway: the control thread, its workers, the admin port, signals.
//
// The control thread loads, watches signals and serves the admin port; it serves no client.
// SIGTERM or SIGINT drains: readyz says so, no new connections, exchanges run on for at most
// drain_timeout, the rest end with an explicit error. A second signal ends now.
#pragma once

#include "core/main/command_line.h"
#include "core/main/overseer.h"

namespace aip::main {

// The program's exit code.
[[nodiscard]] int run_gateway(const CommandLine& line, Overseer& overseer);

}  // namespace aip::main
