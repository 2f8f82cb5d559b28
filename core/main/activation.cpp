#include "core/main/activation.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>

namespace aip::main {
namespace {

constexpr int kFirstInherited = 3;
constexpr long kInheritedMax = 1024;

int socket_option(int fd, int option) noexcept {
  int value = -1;
  socklen_t length = sizeof value;
  return ::getsockopt(fd, SOL_SOCKET, option, &value, &length) == 0 ? value : -1;
}

bool is_listening_tcp(int fd) noexcept {
  const int domain = socket_option(fd, SO_DOMAIN);
  return socket_option(fd, SO_ACCEPTCONN) == 1 && socket_option(fd, SO_TYPE) == SOCK_STREAM &&
         (domain == AF_INET || domain == AF_INET6);
}

}  // namespace

std::vector<int> take_inherited_sockets() {
  const char* pid = std::getenv("LISTEN_PID");
  const char* count = std::getenv("LISTEN_FDS");
  const bool ours = pid != nullptr && std::strtol(pid, nullptr, 10) == ::getpid();
  const long fds = ours && count != nullptr ? std::strtol(count, nullptr, 10) : 0;
  std::vector<int> sockets;
  for (long i = 0; i < fds && i < kInheritedMax; ++i) {
    const int fd = kFirstInherited + static_cast<int>(i);
    if (!is_listening_tcp(fd)) continue;
    ::fcntl(fd, F_SETFD, FD_CLOEXEC);
    sockets.push_back(fd);
  }
  for (const char* name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) ::unsetenv(name);
  return sockets;
}

}  // namespace aip::main
