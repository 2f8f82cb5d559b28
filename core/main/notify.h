// notify.h - tells the service manager how we are: the sd_notify protocol, without libsystemd.
//
// One datagram of "KEY=value" lines to the socket that NOTIFY_SOCKET names; a leading '@' means the
// abstract namespace. Nobody listening is no error. WATCHDOG_USEC (and WATCHDOG_PID, if set, our
// own) asks for a WATCHDOG=1 at half that interval.
// Threads: one.   Tests: tests/unit/main/notify_test.cpp
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace aip::main {

class Notifier {
 public:
  // "" and nullptr: nobody wants to know.
  explicit Notifier(const char* socket_path);
  ~Notifier();
  Notifier(const Notifier&) = delete;
  Notifier& operator=(const Notifier&) = delete;
  // From the environment.
  [[nodiscard]] static const char* socket_from_environment() noexcept;

  void ready(std::string_view status);
  // With the time, as Type=notify-reload wants it.
  void reloading();
  void stopping();
  void status(std::string_view text);
  void alive();

 private:
  void send(std::string_view lines);

  int socket_ = -1;
  std::string path_;
};

// How often alive() is to be said; 0: never.
[[nodiscard]] std::uint64_t watchdog_interval_ns();

}  // namespace aip::main
