// handover.h - what one supervisor leaves to the next one, over the exec of an upgrade.
//
// The descriptors stay open over exec; their numbers, and what they are, go as JSON in a memfd
// whose number stands in the environment. An upgrade may bring another version of this program, so
// members that are not known are passed over, and what is not a descriptor of this process is not
// believed.
// Threads: main.   Tests: tests/unit/main/handover_test.cpp
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "core/main/quarantine.h"
#include "core/main/socket_set.h"

namespace aip::main {

struct Handover {
  std::vector<SocketSet::Address> addresses;
  pid_t gateway = 0;  // 0: none runs
  int link = -1;
  bool ready = false;
  std::vector<std::pair<std::string, std::string>> plugins;  // that it runs: name and file
  Quarantine quarantine;
  std::uint32_t restarts = 0;
};

[[nodiscard]] std::string write_handover(const Handover& handover);
// nullopt: it is not one.
[[nodiscard]] std::optional<Handover> read_handover(const std::string& text);

// Puts it where the next program of this process finds it, and lets its descriptors pass over exec.
// False: it cannot be.
[[nodiscard]] bool leave_handover(const Handover& handover);
// The exec failed.
void take_back_handover(const Handover& handover);
// At start: what a predecessor left, with its descriptors closed on exec again.
[[nodiscard]] std::optional<Handover> find_handover();

}  // namespace aip::main
