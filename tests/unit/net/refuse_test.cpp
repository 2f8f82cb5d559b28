#include "core/net/refuse.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "core/net/address.h"

using namespace aip;

namespace {

// A client's socket that has begun to connect.
struct Client {
  explicit Client(std::uint16_t port) : fd(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0)) {
    const auto to = net::parse_address("127.0.0.1", port);
    result = ::connect(fd, to->sa(), to->length()) == 0 ? 0 : errno;
  }
  ~Client() { ::close(fd); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Did the handshake end within `ms`?
  [[nodiscard]] bool connected(int ms) const {
    pollfd writable{fd, POLLOUT, 0};
    if (::poll(&writable, 1, ms) != 1) return false;
    int error = 0;
    socklen_t length = sizeof error;
    ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length);
    return error == 0;
  }
  // What a plain, waiting connect() says.
  static int refusal(std::uint16_t port) {
    const int plain = ::socket(AF_INET, SOCK_STREAM, 0);
    const auto to = net::parse_address("127.0.0.1", port);
    const int cause = ::connect(plain, to->sa(), to->length()) == 0 ? 0 : errno;
    ::close(plain);
    return cause;
  }

  int fd;
  int result = 0;
};

}  // namespace

TEST_CASE("refuse: a queued client is served, a new one waits outside") {
  const int listening = *net::listen_socket("127.0.0.1", 0, net::ReusePort::No);
  const std::uint16_t port = net::local_port(listening);
  const Client early(port);
  REQUIRE(early.connected(1000));

  net::refuse_new_connections(listening);
  const Client late(port);

  CHECK(late.result == EINPROGRESS);
  CHECK_FALSE(late.connected(100));
  const int accepted = ::accept(listening, nullptr, nullptr);
  REQUIRE(accepted >= 0);
  CHECK(::send(accepted, "served", 6, MSG_NOSIGNAL) == 6);
  char answer[8] = "";
  pollfd readable{early.fd, POLLIN, 0};
  CHECK(::poll(&readable, 1, 1000) == 1);
  CHECK(::recv(early.fd, answer, sizeof answer, 0) == 6);
  CHECK(std::string(answer) == "served");
  ::close(accepted);

  SUBCASE("closing the socket then resets nobody, and the one outside is refused in the end") {
    CHECK(::accept(listening, nullptr, nullptr) < 0);  // the queue is empty
    ::close(listening);
    CHECK(Client::refusal(port) == ECONNREFUSED);
  }
  SUBCASE("or it is closed at once, and what was accepted goes on") {
    ::close(listening);
  }
}

TEST_CASE("refuse: the filter holds for every duplicate of the socket") {
  const int listening = *net::listen_socket("127.0.0.1", 0, net::ReusePort::No);
  const int duplicate = ::fcntl(listening, F_DUPFD_CLOEXEC, 0);

  net::refuse_new_connections(duplicate);
  ::close(duplicate);

  const Client late(net::local_port(listening));
  CHECK_FALSE(late.connected(100));
  ::close(listening);
}

TEST_CASE("address: a socket is bound to its place and to no other") {
  const int fd = *net::listen_socket("127.0.0.1", 0, net::ReusePort::No);
  const std::uint16_t port = net::local_port(fd);

  CHECK(net::is_bound_to(fd, "127.0.0.1", port));
  CHECK_FALSE(net::is_bound_to(fd, "127.0.0.1", static_cast<std::uint16_t>(port + 1)));
  CHECK_FALSE(net::is_bound_to(fd, "127.0.0.2", port));
  CHECK_FALSE(net::is_bound_to(fd, "0.0.0.0", port));
  ::close(fd);
}

TEST_CASE("address: 0.0.0.0 and :: are one place for an inherited socket") {
  const Result<int> fd = net::listen_socket("::", 0, net::ReusePort::No);
  if (!fd) return;  // a machine without IPv6
  CHECK(net::is_bound_to(*fd, "0.0.0.0", net::local_port(*fd)));
  CHECK(net::is_bound_to(*fd, "::", net::local_port(*fd)));
  ::close(*fd);
}

TEST_CASE("refuse: a socket that is never to refuse goes on taking newcomers") {
  const int listening = *net::listen_socket("127.0.0.1", 0, net::ReusePort::No);
  net::never_refuse_connections(listening);
  net::refuse_new_connections(listening);
  const Client late(net::local_port(listening));
  CHECK(late.connected(1000));
  ::close(listening);
}
