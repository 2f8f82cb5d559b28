// supervisor.h - the process that holds the listening sockets and never lets the gateway stay down.
//
// It parses no configuration, loads no plugin and has one thread: nothing that a client, an
// operator's file or a plugin can do reaches it, except through the link, whose messages it checks
// (link.h). The kernel goes on queueing clients on its sockets while no gateway runs.
//
//   a gateway dies     it is named (signal, plugin, provider, callback), and started again at once;
//                      crash_book.h says when not at once, and when a plugin file is left out
//   SIGTERM, SIGINT    passed on, each time; the third one kills. It ends with the gateway's code
//   SIGHUP             lifts the quarantine, and is passed on
//   SIGUSR2            the upgrade: this process becomes the program that lies on disk now, with
//                      the same sockets and the same gateway, which serves until one of the new
//                      program is ready
//   it dies itself     the gateway drains and ends (gateway_child.h)
//
// A gateway that ends by itself before it was ever ready says why and is not started again, if it
// was the first; later ones are tried again, because the operator may be mending the file.
// Memory and descriptors: SocketSet's, and a link for each of at most three gateways.
// Tests: tests/fault/supervisor.test.mjs
#pragma once

#include <string>
#include <vector>

namespace aip::main {

// The program's exit code. `argv` with the program's name.
[[nodiscard]] int supervise(const std::vector<std::string>& argv);

}  // namespace aip::main
