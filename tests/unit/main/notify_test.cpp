#include "core/main/notify.h"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>

using namespace aip;
using main::Notifier;

namespace {

// A service manager's socket.
class Manager {
 public:
  explicit Manager(std::string path) : path_(std::move(path)) {
    fd_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    std::memcpy(at.sun_path, path_.data(), path_.size());
    if (path_[0] == '@') at.sun_path[0] = '\0';
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path_.size());
    REQUIRE(::bind(fd_, reinterpret_cast<const sockaddr*>(&at), length) == 0);
  }
  ~Manager() {
    ::close(fd_);
    if (path_[0] == '/') ::unlink(path_.c_str());
  }
  Manager(const Manager&) = delete;
  Manager& operator=(const Manager&) = delete;

  [[nodiscard]] std::string heard() const {
    char text[512];
    const ssize_t got = ::recv(fd_, text, sizeof text, 0);
    return got > 0 ? std::string(text, static_cast<std::size_t>(got)) : std::string();
  }

 private:
  std::string path_;
  int fd_;
};

std::string unique(const std::string& start) {
  return start + "/notify-" + std::to_string(::getpid());
}

}  // namespace

TEST_CASE("notify: each state is one datagram, to a path and to an abstract name") {
  const char* dir = std::getenv("AIPROXY_BUILD_DIR");
  const std::string folder = std::filesystem::absolute(dir != nullptr ? dir : ".").string();
  for (const std::string& path : {unique(folder), unique("@aiproxy")}) {
    const Manager manager(path);
    Notifier notifier(path.c_str());

    notifier.ready("serving");
    CHECK(manager.heard() == "READY=1\nMAINPID=" + std::to_string(::getpid()) + "\nSTATUS=serving");
    notifier.reloading();
    const std::string reloading = manager.heard();
    CHECK(reloading.rfind("RELOADING=1\nMONOTONIC_USEC=", 0) == 0);
    notifier.stopping();
    CHECK(manager.heard() == "STOPPING=1\nSTATUS=draining");
    notifier.alive();
    CHECK(manager.heard() == "WATCHDOG=1");
  }
}

TEST_CASE("notify: without a manager, or with a name that is none, nothing happens") {
  const std::string too_long = "/" + std::string(200, 'x');
  for (const char* path : {"", "/", "@", "relative", "/nobody/listens/here", too_long.c_str()}) {
    Notifier notifier(path);
    notifier.ready("serving");
  }
  Notifier(nullptr).alive();
}

TEST_CASE("notify: the watchdog is fed at half its time, if it is ours") {
  ::unsetenv("WATCHDOG_PID");
  ::unsetenv("WATCHDOG_USEC");
  CHECK(main::watchdog_interval_ns() == 0);
  ::setenv("WATCHDOG_USEC", "20000000", 1);
  CHECK(main::watchdog_interval_ns() == 10'000'000'000);
  ::setenv("WATCHDOG_PID", "1", 1);
  CHECK(main::watchdog_interval_ns() == 0);
  ::setenv("WATCHDOG_PID", std::to_string(::getpid()).c_str(), 1);
  CHECK(main::watchdog_interval_ns() == 10'000'000'000);
  ::setenv("WATCHDOG_USEC", "not a number", 1);
  CHECK(main::watchdog_interval_ns() == 0);
  ::unsetenv("WATCHDOG_PID");
  ::unsetenv("WATCHDOG_USEC");
}
