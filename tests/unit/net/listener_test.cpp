#include "core/net/listener.h"

#include <fcntl.h>
#include <unistd.h>

#include "tests/unit/net/loopback.h"

using namespace aip;
using namespace aip::net;

namespace {

// A client's socket as a client would make it: blocking connect, no loop.
int plain_connect(const Address& to) {
  const int fd = ::socket(to.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  REQUIRE(fd >= 0);
  REQUIRE(::connect(fd, to.sa(), to.length()) == 0);
  return fd;
}

}  // namespace

TEST_CASE("listener: it tells its port and the peer's address") {
  Loop loop;
  Acceptor acceptor(loop);

  const std::unique_ptr<ByteStream> stream = connect(loop, acceptor.address());
  REQUIRE(run_until(loop, [&] { return acceptor.accepted == 1; }));

  CHECK(acceptor.listener.port() != 0);
  CHECK(acceptor.peer == "127.0.0.1");
}

TEST_CASE("listener: IPv6 works, where the machine has it") {
  const Result<int> fd = listen_socket("::1", 0, ReusePort::No);
  if (!fd) return;
  ::close(*fd);
  Loop loop;
  Acceptor acceptor(loop, "::1");

  const auto stream = connect(loop, parse_address("::1", acceptor.listener.port()).value());
  REQUIRE(run_until(loop, [&] { return acceptor.accepted == 1; }));

  CHECK(acceptor.peer == "::1");
}

TEST_CASE("listener: a descriptor that another opened can be adopted, and its queue with it") {
  Loop loop;
  struct Owner final : AcceptOwner {
    void on_accept(std::unique_ptr<ByteStream>, std::string_view) noexcept override { ++accepted; }
    int accepted = 0;
  } owner;
  const int first = listen_socket("127.0.0.1", 0, ReusePort::No).value();
  const int client = plain_connect(parse_address("127.0.0.1", local_port(first)).value());
  const int passed = ::dup(first);
  ::close(first);

  Listener listener(loop, passed, owner);

  CHECK(run_until(loop, [&] { return owner.accepted == 1; }));
  ::close(client);
}

TEST_CASE("listener: more connections than one turn takes are all accepted") {
  Loop loop;
  Acceptor acceptor(loop);
  std::vector<int> clients;
  for (int i = 0; i < 200; ++i) clients.push_back(plain_connect(acceptor.address()));

  CHECK(run_until(loop, [&] { return acceptor.accepted == 200; }));
  for (const int fd : clients) ::close(fd);
}

TEST_CASE("listener: while paused it accepts nothing, and resumes with what waited") {
  Loop loop;
  Acceptor acceptor(loop);
  acceptor.listener.pause();
  const int waiting = plain_connect(acceptor.address());
  Pair other(loop);  // stands for time: its connection is accepted meanwhile

  CHECK(acceptor.accepted == 0);
  acceptor.listener.resume();
  CHECK(run_until(loop, [&] { return acceptor.accepted == 1; }));
  ::close(waiting);
}

TEST_CASE("listener: a stream may be dropped inside on_accept") {
  Loop loop;
  Acceptor acceptor(loop);
  acceptor.keep = false;

  End end(loop, connect(loop, acceptor.address()));

  CHECK(run_until(loop, [&] { return end.stream->state() != StreamState::Open; }));
}

TEST_CASE("listener: without descriptors it sheds connections and works again afterwards") {
  Loop loop;
  Acceptor acceptor(loop);
  const int client = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  {
    const NoDescriptors none;
    const Address to = acceptor.address();
    REQUIRE(::connect(client, to.sa(), to.length()) == 0);
    CHECK(run_until(loop, [&] { return acceptor.listener.shed() == 1; }));
  }

  CHECK(acceptor.accepted == 0);
  char byte = 0;
  CHECK(::recv(client, &byte, 1, 0) <= 0);  // an end, not a hang
  ::close(client);

  const int next = plain_connect(acceptor.address());
  CHECK(run_until(loop, [&] { return acceptor.accepted == 1; }));
  ::close(next);
}
