// activation.h - sockets that the service manager opened for us: the sd_listen_fds protocol.
//
// LISTEN_PID is our process id, LISTEN_FDS how many descriptors there are, from number 3 on. The
// variables are taken out of the environment, so that no child takes them for its own.
// Threads: main, at start.   Tests: tests/unit/main/activation_test.cpp, tests/fault
#pragma once

#include <vector>

namespace aip::main {

// Listening TCP sockets, closed on exec from now on. Anything else that was passed stays untouched.
[[nodiscard]] std::vector<int> take_inherited_sockets();

}  // namespace aip::main
