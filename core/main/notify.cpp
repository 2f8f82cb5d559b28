#include "core/main/notify.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>

namespace aip::main {

Notifier::Notifier(const char* socket_path) : path_(socket_path != nullptr ? socket_path : "") {
  if (path_.size() < 2 || path_.size() >= sizeof(sockaddr_un::sun_path)) return;
  if (path_[0] != '/' && path_[0] != '@') return;
  socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
}

Notifier::~Notifier() {
  if (socket_ >= 0) ::close(socket_);
}

const char* Notifier::socket_from_environment() noexcept {
  return std::getenv("NOTIFY_SOCKET");
}

void Notifier::send(std::string_view lines) {
  if (socket_ < 0) return;
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  std::memcpy(to.sun_path, path_.data(), path_.size());
  if (to.sun_path[0] == '@') to.sun_path[0] = '\0';
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path_.size());
  static_cast<void>(::sendto(socket_, lines.data(), lines.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
                             reinterpret_cast<const sockaddr*>(&to), length));
}

void Notifier::ready(std::string_view status) {
  send("READY=1\nMAINPID=" + std::to_string(::getpid()) + "\nSTATUS=" + std::string(status));
}

void Notifier::reloading() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  const auto usec = static_cast<std::uint64_t>(now.tv_sec) * 1'000'000 +
                    static_cast<std::uint64_t>(now.tv_nsec) / 1'000;
  send("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(usec) + "\nSTATUS=reloading");
}

void Notifier::stopping() {
  send("STOPPING=1\nSTATUS=draining");
}

void Notifier::status(std::string_view text) {
  send("STATUS=" + std::string(text));
}

void Notifier::alive() {
  send("WATCHDOG=1");
}

std::uint64_t watchdog_interval_ns() {
  const char* usec = std::getenv("WATCHDOG_USEC");
  const char* pid = std::getenv("WATCHDOG_PID");
  if (usec == nullptr) return 0;
  if (pid != nullptr && *pid != 0 && std::strtoll(pid, nullptr, 10) != ::getpid()) return 0;
  const unsigned long long interval = std::strtoull(usec, nullptr, 10);
  constexpr unsigned long long kUsecMax = 24ULL * 3600 * 1'000'000;
  return interval > kUsecMax ? 0 : interval * 1'000 / 2;
}

}  // namespace aip::main
