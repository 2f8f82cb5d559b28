#include "core/main/listeners.h"

#include <doctest/doctest.h>
#include <fcntl.h>

#include <sys/socket.h>

#include <algorithm>
#include <string>

#include "core/main/socket_set.h"
#include "core/net/address.h"

using namespace aip;
using namespace aip::main;

namespace {

class FakeSource final : public SocketSource {
 public:
  Result<std::vector<int>> open(const std::string& host, std::uint16_t,
                                std::uint32_t wanted) override {
    if (host == "taken") return Error{ErrorCode::GatewayConfig, "taken: address in use"};
    log.push_back("open " + host);
    std::vector<int> out;
    for (std::uint32_t i = 0; i < wanted; ++i) out.push_back(::open("/dev/null", O_RDONLY));
    return out;
  }
  void close(const std::string& host, std::uint16_t) override { log.push_back("close " + host); }
  std::vector<std::string> log;
};

config::Listener at(const std::string& host) {
  config::Listener out;
  out.host = host;
  return out;
}

std::size_t drop(const std::vector<Share>& shares) {
  for (const Share& share : shares) ::close(share.fd);
  return shares.size();
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("listeners: an address keeps its id while it is configured, gone, and back") {
  std::vector<Door> doors = assign_doors({}, {at("a"), at("b")});
  doors = assign_doors(doors, {at("b"), at("c")});
  REQUIRE(doors.size() == 3);
  CHECK(doors[0].listener.host == "a");
  CHECK_FALSE(doors[0].open);
  CHECK(doors[1].listener.host == "b");
  CHECK(doors[1].open);
  CHECK(doors[2].listener.host == "c");

  config::Listener changed = at("a");
  changed.auth = config::Auth::Keys;
  doors = assign_doors(doors, {changed});
  REQUIRE(doors.size() == 3);
  CHECK(doors[0].open);
  CHECK(doors[0].listener.auth == config::Auth::Keys);
  CHECK_FALSE(doors[1].open);
}

TEST_CASE("listeners: every socket has a worker and every worker a socket") {
  for (std::uint32_t workers = 1; workers <= 9; ++workers) {
    for (std::uint32_t sockets = 1; sockets <= 9; ++sockets) {
      std::vector<int> served(sockets, 0);
      for (std::uint32_t w = 0; w < workers; ++w) {
        const auto shares = shares_of(w, workers, sockets);
        CHECK_FALSE(shares.empty());
        for (const std::uint32_t socket : shares) ++served.at(socket);
      }
      CHECK(*std::min_element(served.begin(), served.end()) >= 1);
    }
  }
}

TEST_CASE("listeners: one that cannot be had gives up those that were opened with it, no others") {
  FakeSource source;
  Listeners listeners(source);
  const std::vector<Door> old = assign_doors({}, {at("a")});
  REQUIRE(listeners.open(old, 2).ok());
  listeners.settle(old);

  const Status failed = listeners.open(assign_doors(old, {at("a"), at("b"), at("taken")}), 2);
  CHECK_FALSE(failed.ok());
  CHECK(source.log == Lines{"open a", "open b", "close b"});
  CHECK(drop(listeners.share(0, 1)) == 2);
}

TEST_CASE("listeners: what a generation no longer names is let go of when it is in force") {
  FakeSource source;
  Listeners listeners(source);
  std::vector<Door> doors = assign_doors({}, {at("a"), at("b")});
  REQUIRE(listeners.open(doors, 1).ok());
  listeners.settle(doors);
  doors = assign_doors(doors, {at("b")});
  REQUIRE(listeners.open(doors, 1).ok());
  CHECK(source.log == Lines{"open a", "open b"});
  listeners.settle(doors);
  CHECK(source.log == Lines{"open a", "open b", "close a"});
  const std::vector<Share> shares = listeners.share(0, 1);
  REQUIRE(shares.size() == 1);
  CHECK(shares[0].listener == 1);
  drop(shares);
}

TEST_CASE("listeners: refused newcomers wait outside, whoever else holds the socket") {
  SocketSet source;
  Listeners listeners(source);
  config::Listener loopback = at("127.0.0.1");
  loopback.port = 0;
  const std::vector<Door> doors = assign_doors({}, {loopback});
  REQUIRE(listeners.open(doors, 1).ok());
  const std::vector<Share> shares = listeners.share(0, 1);
  REQUIRE(shares.size() == 1);
  const auto to = net::parse_address("127.0.0.1", listeners.ports().front());

  listeners.refuse_newcomers();

  const int client = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  CHECK(::connect(client, to->sa(), to->length()) < 0);
  ::fcntl(shares[0].fd, F_SETFL, O_NONBLOCK);
  CHECK(::accept(shares[0].fd, nullptr, nullptr) < 0);
  ::close(client);
  drop(shares);
}
