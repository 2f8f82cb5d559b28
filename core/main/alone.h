// alone.h - the Overseer of a gateway that runs without a supervisor (`--no-supervisor`, the demo).
//
// It holds the sockets itself, takes sockets that the service manager passes, and tells that
// manager how the gateway is. Nothing is in quarantine: a crash ends the program, and whoever
// supervises it decides.
#pragma once

#include "core/main/activation.h"
#include "core/main/notify.h"
#include "core/main/overseer.h"
#include "core/main/socket_set.h"

namespace aip::main {

class Alone final : public Overseer {
 public:
  Alone() : notifier_(Notifier::socket_from_environment()) {
    for (const int fd : take_inherited_sockets()) sockets_.adopt(fd);
  }

  [[nodiscard]] Result<std::vector<int>> open(const std::string& host, std::uint16_t port,
                                              std::uint32_t wanted) override {
    return sockets_.open(host, port, wanted);
  }
  void close(const std::string& host, std::uint16_t port) override { sockets_.close(host, port); }
  void ready() override { notifier_.ready("serving"); }
  void reloading() override { notifier_.reloading(); }
  [[nodiscard]] Successor draining() override {
    notifier_.stopping();
    sockets_.let_go();
    return Successor::None;
  }
  [[nodiscard]] Quarantine quarantine() override { return {}; }
  void runs_plugin(const std::string&, const std::string&) override {}

 private:
  SocketSet sockets_;
  Notifier notifier_;
};

}  // namespace aip::main
