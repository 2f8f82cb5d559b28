#include "core/main/socket_set.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "core/base/limits.h"
#include "core/net/address.h"
#include "core/net/refuse.h"

namespace aip::main {
namespace {

Error refuse(const std::string& host, std::uint16_t port, std::string why) {
  return Error{ErrorCode::GatewayConfig, std::move(why)}.at("listen on " + host + ":" +
                                                            std::to_string(port));
}

void close_all(const std::vector<int>& fds) noexcept {
  for (const int fd : fds) ::close(fd);
}

}  // namespace

SocketSet::~SocketSet() {
  for (const Address& address : addresses_) close_all(address.fds);
}

SocketSet::Address* SocketSet::find(const std::string& host, std::uint16_t port) {
  const auto at = std::find_if(addresses_.begin(), addresses_.end(), [&](const Address& address) {
    return address.host == host && address.port == port;
  });
  return at == addresses_.end() ? nullptr : &*at;
}

SocketSet::Address* SocketSet::find_inherited(const std::string& host, std::uint16_t port) {
  const auto at = std::find_if(addresses_.begin(), addresses_.end(), [&](const Address& address) {
    return address.host.empty() && net::is_bound_to(address.fds.front(), host, port);
  });
  if (at == addresses_.end()) return nullptr;
  at->host = host;
  at->port = port;
  return &*at;
}

Result<SocketSet::Address> SocketSet::make(const std::string& host, std::uint16_t port,
                                           std::uint32_t wanted) {
  Address made{host, port, {}};
  if (port != 0) {
    // This one binds only where nobody listens; then it makes room.
    Result<int> probe = net::listen_socket(host, port, net::ReusePort::No);
    if (!probe) return std::move(probe).error();
    ::close(*probe);
  }
  std::uint16_t bound = port;
  for (std::uint32_t i = 0; i < wanted; ++i) {
    Result<int> fd = net::listen_socket(host, bound, net::ReusePort::Yes);
    if (!fd) {
      close_all(made.fds);
      return std::move(fd).error();
    }
    made.fds.push_back(*fd);
    bound = net::local_port(*fd);
  }
  return made;
}

Result<const SocketSet::Address*> SocketSet::find_or_make(const std::string& host,
                                                          std::uint16_t port,
                                                          std::uint32_t wanted) {
  if (const Address* known = find(host, port)) return known;
  if (const Address* inherited = find_inherited(host, port)) return inherited;
  if (host.empty()) return refuse(host, port, "no address");
  if (wanted == 0 || wanted > limits::kListenSocketsMax) {
    return refuse(host, port,
                  std::to_string(wanted) + " sockets: must be 1 to " +
                      std::to_string(limits::kListenSocketsMax));
  }
  if (addresses_.size() >= limits::kListenAddressesMax) {
    return refuse(host, port,
                  "more than " + std::to_string(limits::kListenAddressesMax) + " addresses");
  }
  Result<Address> made = make(host, port, wanted);
  if (!made) return std::move(made).error();
  addresses_.push_back(std::move(*made));
  return &addresses_.back();
}

Result<std::vector<int>> SocketSet::open(const std::string& host, std::uint16_t port,
                                         std::uint32_t wanted) {
  Result<const Address*> address = find_or_make(host, port, wanted);
  if (!address) return std::move(address).error();
  std::vector<int> copies;
  for (const int fd : (*address)->fds) {
    const int copy = ::fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (copy < 0) {
      close_all(copies);
      return refuse(host, port, std::strerror(errno));
    }
    copies.push_back(copy);
  }
  return copies;
}

void SocketSet::close(const std::string& host, std::uint16_t port) {
  std::erase_if(addresses_, [&](const Address& address) {
    const bool meant = !host.empty() && address.host == host && address.port == port;
    if (meant) close_all(address.fds);
    return meant;
  });
}

void SocketSet::adopt(int fd) {
  net::never_refuse_connections(fd);  // it is the service manager's, who listens on after us
  addresses_.push_back({{}, net::local_port(fd), {fd}});
}

void SocketSet::adopt(Address address) {
  addresses_.push_back(std::move(address));
}

void SocketSet::let_go() {
  for (const Address& address : addresses_) close_all(address.fds);
  addresses_.clear();
}

}  // namespace aip::main
