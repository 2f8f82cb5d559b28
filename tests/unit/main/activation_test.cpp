#include "core/main/activation.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "core/net/address.h"

using namespace aip;

namespace {

void announce(pid_t pid, const char* count) {
  ::setenv("LISTEN_PID", std::to_string(pid).c_str(), 1);
  ::setenv("LISTEN_FDS", count, 1);
}

// In a process of its own, where the descriptors from 3 on are free: a listening socket, one that
// does not listen, a file. The exit code is the number of descriptors that were taken, or 100.
int taken(const char* count, bool ours) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    const int listening = *net::listen_socket("127.0.0.1", 0, net::ReusePort::No);
    const int deaf = ::socket(AF_INET, SOCK_STREAM, 0);
    const int file = ::open("/dev/null", O_RDONLY);
    for (int i = 0; i < 3; ++i) ::dup2(i == 0 ? listening : i == 1 ? deaf : file, 200 + i);
    for (int i = 0; i < 3; ++i) ::dup2(200 + i, 3 + i);
    announce(ours ? ::getpid() : 1, count);
    const std::vector<int> sockets = main::take_inherited_sockets();
    const bool cleared =
        std::getenv("LISTEN_FDS") == nullptr && std::getenv("LISTEN_PID") == nullptr;
    const bool closed_on_exec = sockets.empty() || (::fcntl(3, F_GETFD) & FD_CLOEXEC) != 0;
    ::_exit(cleared && closed_on_exec ? static_cast<int>(sockets.size()) : 100);
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 101;
}

}  // namespace

TEST_CASE("activation: listening sockets are taken, anything else is left") {
  CHECK(taken("3", true) == 1);
  CHECK(taken("1", true) == 1);
}

TEST_CASE("activation: what was meant for another process, or is no number, is nothing") {
  CHECK(taken("3", false) == 0);
  CHECK(taken("0", true) == 0);
  CHECK(taken("-1", true) == 0);
  CHECK(taken("many", true) == 0);
}
