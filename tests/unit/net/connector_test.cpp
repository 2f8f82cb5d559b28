#include "core/net/connector.h"

#include <unistd.h>

#include "tests/unit/net/loopback.h"

using namespace aip;
using namespace aip::net;

namespace {

// A port on which nobody listens: bound, but not listening, so that nobody else can take it.
struct DeadPort {
  DeadPort() : fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const Address any = parse_address("127.0.0.1", 0).value();
    REQUIRE(::bind(fd, any.sa(), any.length()) == 0);
  }
  ~DeadPort() { ::close(fd); }
  [[nodiscard]] Address address() const {
    return parse_address("127.0.0.1", local_port(fd)).value();
  }
  int fd;
};

// A listener that never accepts and whose queue is full: connecting to it hangs.
struct BlackHole {
  BlackHole() : fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const Address any = parse_address("127.0.0.1", 0).value();
    REQUIRE(::bind(fd, any.sa(), any.length()) == 0);
    REQUIRE(::listen(fd, 0) == 0);
    const Address to = address();
    for (int i = 0; i < 3; ++i) {
      const int filler = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
      static_cast<void>(::connect(filler, to.sa(), to.length()));
      fillers.push_back(filler);
    }
  }
  ~BlackHole() {
    for (const int filler : fillers) ::close(filler);
    ::close(fd);
  }
  [[nodiscard]] Address address() const {
    return parse_address("127.0.0.1", local_port(fd)).value();
  }
  int fd;
  std::vector<int> fillers;
};

}  // namespace

TEST_CASE("connector: nobody listening is an error that names address and cause") {
  Loop loop;
  Waiter owner;
  const DeadPort dead;
  Connector connector(loop, {dead.address()}, owner);

  CHECK(owner.woken == 0);  // never from the constructor
  REQUIRE(run_until(loop, [&] { return owner.woken > 0; }));

  CHECK(connector.state() == Connector::State::Failed);
  CHECK(connector.error().code == ErrorCode::ProviderConnect);
  CHECK(connector.error().detail == "127.0.0.1: connection refused");
}

TEST_CASE("connector: no address at all is an error") {
  Loop loop;
  Waiter owner;
  Connector connector(loop, {}, owner);

  REQUIRE(run_until(loop, [&] { return owner.woken > 0; }));

  CHECK(connector.state() == Connector::State::Failed);
}

TEST_CASE("connector: the next address is tried when one refuses") {
  Loop loop;
  Waiter owner;
  const DeadPort dead;
  Acceptor acceptor(loop);
  Connector connector(loop, {dead.address(), dead.address(), acceptor.address()}, owner);

  REQUIRE(run_until(loop, [&] { return owner.woken > 0; }));

  CHECK(connector.state() == Connector::State::Connected);
  CHECK(connector.take() != nullptr);
}

TEST_CASE("connector: an address that does not answer does not hold up the next one") {
  Loop loop;
  Waiter owner;
  const BlackHole hole;
  Acceptor acceptor(loop);
  const std::uint64_t start = loop.now_ns();
  Connector connector(loop, {hole.address(), acceptor.address()}, owner);

  REQUIRE(run_until(loop, [&] { return owner.woken > 0; }));

  CHECK(connector.state() == Connector::State::Connected);
  CHECK((loop.now_ns() - start) / 1'000'000 >= Connector::kNextAddressMs);
}

TEST_CASE("connector: giving up while connecting closes everything") {
  Loop loop;
  Waiter owner;
  const BlackHole hole;
  auto connector = std::make_unique<Connector>(
      loop, std::vector<Address>{hole.address(), hole.address()}, owner);
  loop.run_once();

  connector.reset();

  CHECK(owner.woken == 0);  // and the loop's destructor finds nothing open
}

TEST_CASE("connector: without descriptors it fails, and works again afterwards") {
  Loop loop;
  Acceptor acceptor(loop);
  {
    const NoDescriptors none;
    Waiter owner;
    Connector connector(loop, {acceptor.address()}, owner);
    REQUIRE(run_until(loop, [&] { return owner.woken > 0; }));
    CHECK(connector.state() == Connector::State::Failed);
    CHECK(connector.error().code == ErrorCode::ProviderConnect);
  }

  CHECK(connect(loop, acceptor.address()) != nullptr);
}
