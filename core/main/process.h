// process.h - the running gateway: lifecycle, signals, and what the admin port may ask.
//
// The control thread watches signals and files, makes generations (reloader.h), gives orders to the
// workers (crew.h) and serves the admin port; it serves no client.
//
// SIGHUP reloads. SIGTERM or SIGINT drains: readyz says so, the kernel takes no new connections,
// those in the queues are served, exchanges run on for at most drain_timeout, the rest end with an
// explicit error. A second signal ends now.
#pragma once

#include "core/main/command_line.h"
#include "core/main/overseer.h"

namespace aip::main {

// The program's exit code.
[[nodiscard]] int run_gateway(const CommandLine& line, Overseer& overseer);

}  // namespace aip::main
