// admin_port.h - the admin port's socket, served on the control thread's loop.
//
// Threads: the control thread's.   Errors: GatewayConfig: the address cannot be had.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "core/admin/admin.h"
#include "core/net/listener.h"
#include "core/server/server.h"

namespace aip::main {

class AdminPort final : private net::AcceptOwner {
 public:
  AdminPort(net::Loop& loop, std::unique_ptr<admin::AdminHandler> handler,
            const config::Limits& limits, int fd)
      : handler_(std::move(handler)), server_(loop, *handler_, limits), port_(net::local_port(fd)) {
    socket_.emplace(loop, fd, static_cast<net::AcceptOwner&>(*this));
  }
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  // A successor has the socket; connections that are open here are served on.
  void stop_accepting() { socket_.reset(); }

 private:
  void on_accept(std::unique_ptr<ByteStream> stream, std::string_view peer) noexcept override {
    server_.accept(std::move(stream), std::string(peer), 0);
  }

  const std::unique_ptr<admin::AdminHandler> handler_;
  server::Server server_;
  const std::uint16_t port_;
  std::optional<net::Listener> socket_;
};

}  // namespace aip::main
