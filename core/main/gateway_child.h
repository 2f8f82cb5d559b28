// gateway_child.h - one gateway process, as its supervisor sees it.
//
// It is this program again, with the hidden first word kGatewayWord and the number of its end of
// the link as second, so that `ps` tells the two apart. It has a process group of its own: what a
// terminal sends to the group of the supervisor (Ctrl-C) reaches it once, through the supervisor,
// and not twice. It gets SIGTERM when the supervisor dies: then it drains and ends, because nobody
// would start it again and a new supervisor wants its address.
// Threads: the supervisor's only one.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/main/link.h"

namespace aip::main {

inline constexpr std::string_view kGatewayWord = "gateway-process";

struct GatewayChild {
  // Successor: of a new binary, not ready yet. Leaving: it drains, another one serves.
  enum class Role : std::uint8_t { Current, Successor, Leaving };

  pid_t pid = 0;
  int link = -1;
  Role role = Role::Current;
  bool ready = false;
  bool lied = false;
  std::uint64_t started_ms = 0;
  std::optional<int> goodbye;                // it ends because it wants to, with this code
  std::optional<LinkMessage> crash;          // its last words
  std::map<std::string, std::string> files;  // plugins that it runs: name and SHA-256
};

// `argv` as the supervisor got it. pid 0: it could not be started.
[[nodiscard]] GatewayChild start_gateway(const std::vector<std::string>& argv);

// "SIGSEGV", or the number of a signal without a name.
[[nodiscard]] std::string signal_name(int signal);
// How a process ended, in a few words: "SIGKILL", "exit code 1", "no return from begin for 10 s".
[[nodiscard]] std::string how_it_ended(const GatewayChild& child, int status);
// The exit code that a shell would give.
[[nodiscard]] int exit_code_of(int status) noexcept;

// Runs `program version` and says whether it ends well within a few seconds: is this file a program
// that this machine can run?
[[nodiscard]] bool can_run(const std::string& program);
// Where a program that was called by `argv0` lies: an absolute path, symbolic links kept, so that a
// later look finds what stands there then.
[[nodiscard]] std::string program_path(const std::string& argv0);

}  // namespace aip::main
