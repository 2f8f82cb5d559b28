#include "core/net/address.h"

#include <doctest/doctest.h>
#include <unistd.h>

using namespace aip;
using namespace aip::net;

TEST_CASE("address: literals are read with their port and written without it") {
  CHECK(parse_address("127.0.0.1", 80).value().text() == "127.0.0.1");
  CHECK(parse_address("127.0.0.1", 80).value().port() == 80);
  CHECK(parse_address("2001:DB8::1", 443).value().text() == "2001:db8::1");
  CHECK(parse_address("2001:db8::1", 443).value().port() == 443);
}

TEST_CASE("address: IPv4 inside IPv6 is written as IPv4") {
  CHECK(parse_address("::ffff:10.1.2.3", 1).value().text() == "10.1.2.3");
}

TEST_CASE("address: what is no literal is refused") {
  for (const std::string_view text : {"", "localhost", "127.1", "1.2.3.4.5", "256.1.1.1", "[::1]",
                                      "::1%lo", " 127.0.0.1", "0x7f.0.0.1", "::g"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_address(text, 1).has_value());
  }
  CHECK_FALSE(parse_address(std::string_view("127.0.0.1\0x", 11), 1).has_value());
}

TEST_CASE("listen_socket: port 0 gets a port, and a taken port is an error that names it") {
  const int fd = listen_socket("127.0.0.1", 0, ReusePort::No).value();
  const std::uint16_t port = local_port(fd);

  const Result<int> second = listen_socket("127.0.0.1", port, ReusePort::No);

  CHECK(port != 0);
  REQUIRE_FALSE(second.ok());
  CHECK(second.error().code == ErrorCode::GatewayConfig);
  CHECK(second.error().detail.find(std::to_string(port)) != std::string::npos);
  ::close(fd);
}

TEST_CASE("listen_socket: with ReusePort several sockets share an address") {
  const int first = listen_socket("127.0.0.1", 0, ReusePort::Yes).value();

  const Result<int> second = listen_socket("127.0.0.1", local_port(first), ReusePort::Yes);

  REQUIRE(second.ok());
  CHECK(local_port(second.value()) == local_port(first));
  ::close(first);
  ::close(second.value());
}
