#include "core/main/socket_set.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <set>

#include "core/base/limits.h"
#include "core/net/address.h"
#include "tests/support/descriptors.h"

using namespace aip;
using main::SocketSet;

namespace {

void close_all(const std::vector<int>& fds) {
  for (const int fd : fds) ::close(fd);
}

// The kernel's own number of a socket.
std::string identity(int fd) {
  return std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(fd)).string();
}

std::set<std::string> identities(const std::vector<int>& fds) {
  std::set<std::string> out;
  for (const int fd : fds) out.insert(identity(fd));
  return out;
}

std::uint16_t free_port() {
  const int fd = *net::listen_socket("127.0.0.1", 0, net::ReusePort::No);
  const std::uint16_t port = net::local_port(fd);
  ::close(fd);
  return port;
}

}  // namespace

TEST_CASE("socket_set: an address keeps its set, its port and its number for its life") {
  SocketSet sockets;
  const std::vector<int> first = *sockets.open("127.0.0.1", 0, 3);
  const std::vector<int> second = *sockets.open("127.0.0.1", 0, 7);

  CHECK(first.size() == 3);
  CHECK(identities(first).size() == 3);
  CHECK(identities(second) == identities(first));
  const std::uint16_t port = net::local_port(first.front());
  for (const int fd : first) CHECK(net::local_port(fd) == port);
  for (const int fd : second) CHECK((::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
  close_all(first);
  close_all(second);
}

TEST_CASE("socket_set: what the caller closes and what the holder closes are two things") {
  const std::size_t before = aip::test::open_descriptors();
  SocketSet sockets;
  const std::vector<int> fds = *sockets.open("127.0.0.1", 0, 2);
  const std::uint16_t port = net::local_port(fds.front());

  sockets.close("127.0.0.1", 0);

  CHECK(aip::test::open_descriptors() == before + 2);
  CHECK(net::local_port(fds.front()) == port);
  close_all(fds);
  CHECK(aip::test::open_descriptors() == before);
}

TEST_CASE("socket_set: an address where somebody else listens is refused in words") {
  const int taken = *net::listen_socket("127.0.0.1", 0, net::ReusePort::Yes);
  const std::uint16_t port = net::local_port(taken);
  SocketSet sockets;

  const Result<std::vector<int>> opened = sockets.open("127.0.0.1", port, 2);

  REQUIRE_FALSE(opened);
  CHECK(opened.error().code == ErrorCode::GatewayConfig);
  CHECK(opened.error().detail ==
        "listen on 127.0.0.1:" + std::to_string(port) + ": Address already in use");
  CHECK(sockets.addresses().empty());
  ::close(taken);
}

TEST_CASE("socket_set: a fixed port is shared by all sockets of its set") {
  SocketSet sockets;
  const std::uint16_t port = free_port();
  const std::vector<int> fds = *sockets.open("127.0.0.1", port, 4);
  CHECK(fds.size() == 4);
  for (const int fd : fds) CHECK(net::local_port(fd) == port);
  close_all(fds);
}

TEST_CASE("socket_set: numbers of sockets and of addresses have their limits") {
  SocketSet sockets;
  CHECK_FALSE(sockets.open("127.0.0.1", 0, 0));
  CHECK_FALSE(sockets.open("127.0.0.1", 0, limits::kListenSocketsMax + 1));
  CHECK_FALSE(sockets.open("", 0, 1));
  close_all(*sockets.open("127.0.0.1", 0, limits::kListenSocketsMax));
  for (std::size_t i = 1; i < limits::kListenAddressesMax; ++i) {
    SocketSet::Address address{"x" + std::to_string(i), 1, {}};
    sockets.adopt(address);
  }
  CHECK(sockets.addresses().size() == limits::kListenAddressesMax);
  CHECK_FALSE(sockets.open("127.0.0.2", 0, 1));
  CHECK(sockets.open("127.0.0.1", 0, 1).value().size() == limits::kListenSocketsMax);
}

TEST_CASE("socket_set: an inherited socket is the whole set of the address that it is bound to") {
  SocketSet sockets;
  const int inherited = *net::listen_socket("127.0.0.1", 0, net::ReusePort::No);
  const std::uint16_t port = net::local_port(inherited);
  sockets.adopt(inherited);

  const std::vector<int> shared = *sockets.open("127.0.0.1", port, 8);
  const std::vector<int> again = *sockets.open("127.0.0.1", port, 8);
  const std::vector<int> other = *sockets.open("127.0.0.1", 0, 2);

  CHECK(shared.size() == 1);
  CHECK(identity(shared.front()) == identity(inherited));
  CHECK(identities(again) == identities(shared));
  CHECK(other.size() == 2);
  CHECK(identities(other).count(identity(inherited)) == 0);
  close_all(shared);
  close_all(again);
  close_all(other);
}

TEST_CASE("socket_set: what is let go of lives on in its duplicates") {
  const std::size_t before = aip::test::open_descriptors();
  SocketSet sockets;
  const std::vector<int> fds = *sockets.open("127.0.0.1", 0, 1);
  const auto to = net::parse_address("127.0.0.1", net::local_port(fds.front()));

  sockets.let_go();

  CHECK(sockets.addresses().empty());
  CHECK(aip::test::open_descriptors() == before + 1);
  const int client = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  CHECK(::connect(client, to->sa(), to->length()) < 0);  // EINPROGRESS, done at once
  const int accepted = ::accept(fds.front(), nullptr, nullptr);
  CHECK(accepted >= 0);
  ::close(accepted);
  ::close(client);
  close_all(fds);
}
