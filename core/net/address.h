// address.h - socket addresses as values: parsing of literals, text for logs, listening sockets.
//
// Nothing here waits for the network. listen_socket() may look a name up ("localhost") and is for
// start-up only.
// Tests: tests/unit/net/address_test.cpp
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/result.h"

namespace aip::net {

struct Address {
  sockaddr_storage storage{};

  [[nodiscard]] const sockaddr* sa() const noexcept {
    return reinterpret_cast<const sockaddr*>(&storage);
  }
  [[nodiscard]] sockaddr* sa() noexcept { return reinterpret_cast<sockaddr*>(&storage); }
  [[nodiscard]] socklen_t length() const noexcept;
  [[nodiscard]] std::uint16_t port() const noexcept;
  void set_port(std::uint16_t port) noexcept;
  // The 4 or 16 bytes of the address itself, in network order.
  [[nodiscard]] Bytes raw() const noexcept;
  // The address without its port; IPv4 inside IPv6 is written as IPv4.
  [[nodiscard]] std::string text() const;
};

// An IPv4 or IPv6 literal, without brackets; nullopt for everything else.
[[nodiscard]] std::optional<Address> parse_address(std::string_view host, std::uint16_t port);

// With Yes, several sockets may be bound to one address and the kernel spreads connections over
// them: one for each worker.
enum class ReusePort : std::uint8_t { No, Yes };

// A listening socket's descriptor, owned by the caller. Port 0: the kernel picks one.
// Errors: GatewayConfig, with the address and the cause.
[[nodiscard]] Result<int> listen_socket(const std::string& host, std::uint16_t port,
                                        ReusePort reuse_port);

// The port that a socket is bound to; 0 if that cannot be told.
[[nodiscard]] std::uint16_t local_port(int fd) noexcept;

// Is the socket bound to this place? A name is looked up. 0.0.0.0 and :: are one place here.
[[nodiscard]] bool is_bound_to(int fd, const std::string& host, std::uint16_t port);

// TCP_NODELAY, and TCP_NOTSENT_LOWAT so that the kernel does not hide a slow peer behind megabytes.
// Accepted sockets inherit both from a listening one.
void set_socket_options(int fd) noexcept;

}  // namespace aip::net
