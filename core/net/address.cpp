#include "core/net/address.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "core/base/limits.h"

namespace aip::net {
namespace {

constexpr int kBacklog = 4096;  // the kernel cuts it to net.core.somaxconn

// sockaddr_storage is made to be looked at as the family's own type.
sockaddr_in* v4(sockaddr_storage& s) noexcept {
  return reinterpret_cast<sockaddr_in*>(&s);
}
sockaddr_in6* v6(sockaddr_storage& s) noexcept {
  return reinterpret_cast<sockaddr_in6*>(&s);
}
const sockaddr_in* v4(const sockaddr_storage& s) noexcept {
  return reinterpret_cast<const sockaddr_in*>(&s);
}
const sockaddr_in6* v6(const sockaddr_storage& s) noexcept {
  return reinterpret_cast<const sockaddr_in6*>(&s);
}

void set_option(int fd, int level, int option, int value) noexcept {
  // Options are improvements; a kernel without one still serves.
  static_cast<void>(::setsockopt(fd, level, option, &value, sizeof value));
}

struct FreeList {
  void operator()(addrinfo* list) const noexcept { ::freeaddrinfo(list); }
};
using AddressList = std::unique_ptr<addrinfo, FreeList>;

// Addresses to listen on, at least one.
Result<AddressList> look_up_own(const std::string& host, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* list = nullptr;
  const int rc = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &list);
  if (rc != 0) return Error{ErrorCode::GatewayConfig, ::gai_strerror(rc)};
  return AddressList(list);
}

bool is_anywhere(const Address& address) noexcept {
  const Bytes raw = address.raw();
  return raw.find_first_not_of('\0') == Bytes::npos;
}

}  // namespace

socklen_t Address::length() const noexcept {
  return storage.ss_family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
}

std::uint16_t Address::port() const noexcept {
  return ntohs(storage.ss_family == AF_INET6 ? v6(storage)->sin6_port : v4(storage)->sin_port);
}

void Address::set_port(std::uint16_t port) noexcept {
  (storage.ss_family == AF_INET6 ? v6(storage)->sin6_port : v4(storage)->sin_port) = htons(port);
}

Bytes Address::raw() const noexcept {
  if (storage.ss_family == AF_INET6) {
    return {reinterpret_cast<const char*>(&v6(storage)->sin6_addr), sizeof(in6_addr)};
  }
  return {reinterpret_cast<const char*>(&v4(storage)->sin_addr), sizeof(in_addr)};
}

std::string Address::text() const {
  char buffer[INET6_ADDRSTRLEN] = "";
  if (storage.ss_family == AF_INET) {
    ::inet_ntop(AF_INET, &v4(storage)->sin_addr, buffer, sizeof buffer);
  } else if (storage.ss_family == AF_INET6) {
    const in6_addr& ip = v6(storage)->sin6_addr;
    if (IN6_IS_ADDR_V4MAPPED(&ip)) {
      ::inet_ntop(AF_INET, &ip.s6_addr[12], buffer, sizeof buffer);
    } else {
      ::inet_ntop(AF_INET6, &ip, buffer, sizeof buffer);
    }
  }
  return buffer;
}

std::optional<Address> parse_address(std::string_view host, std::uint16_t port) {
  const std::string text(host);
  Address address;
  if (::inet_pton(AF_INET, text.c_str(), &v4(address.storage)->sin_addr) == 1) {
    address.storage.ss_family = AF_INET;
  } else if (::inet_pton(AF_INET6, text.c_str(), &v6(address.storage)->sin6_addr) == 1) {
    address.storage.ss_family = AF_INET6;
  } else {
    return std::nullopt;
  }
  // inet_pton reads up to a NUL; bytes behind one are no address.
  if (text.find('\0') != std::string::npos) return std::nullopt;
  address.set_port(port);
  return address;
}

Result<int> listen_socket(const std::string& host, std::uint16_t port, ReusePort reuse_port) {
  const std::string place = "listen on " + host + ":" + std::to_string(port);
  Result<AddressList> found = look_up_own(host, port);
  if (!found) return std::move(found).error().at(place);
  const addrinfo* list = found->get();

  const int fd = ::socket(list->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return Error{ErrorCode::GatewayConfig, std::strerror(errno)}.at(place);
  set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
  if (reuse_port == ReusePort::Yes) set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1);
  if (::bind(fd, list->ai_addr, list->ai_addrlen) != 0 || ::listen(fd, kBacklog) != 0) {
    const int cause = errno;
    ::close(fd);
    return Error{ErrorCode::GatewayConfig, std::strerror(cause)}.at(place);
  }
  return fd;
}

std::uint16_t local_port(int fd) noexcept {
  Address address;
  socklen_t length = sizeof address.storage;
  if (::getsockname(fd, address.sa(), &length) != 0) return 0;
  return address.port();
}

bool is_bound_to(int fd, const std::string& host, std::uint16_t port) {
  Address bound;
  socklen_t length = sizeof bound.storage;
  if (::getsockname(fd, bound.sa(), &length) != 0 || bound.port() != port) return false;
  if (bound.storage.ss_family != AF_INET && bound.storage.ss_family != AF_INET6) return false;
  const Result<AddressList> found = look_up_own(host, port);
  if (!found) return false;
  Address wanted;
  std::memcpy(&wanted.storage, (*found)->ai_addr, (*found)->ai_addrlen);
  return wanted.raw() == bound.raw() || (is_anywhere(wanted) && is_anywhere(bound));
}

void set_socket_options(int fd) noexcept {
  set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  set_option(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, limits::kSocketUnsentBytesMax);
}

}  // namespace aip::net
