// The fake wire itself: what the tests of this folder and the simulation lean on.
#include "tests/support/memory_network.h"

#include <doctest/doctest.h>

#include "core/base/limits.h"
#include "tests/support/fake_loop.h"

using namespace aip;
using test::MemoryNetwork;
using test::Peer;

TEST_CASE("memory_network: nothing arrives before a later turn, and then in pieces of the rule") {
  test::FakeLoop loop;
  MemoryNetwork network(loop, {.piece_bytes_max = 1});
  auto [near, far] = network.connect();
  Bytes hello = "hello";

  near->write({&hello, 1});
  CHECK(far->readable().empty());
  loop.run_once();
  CHECK(far->readable() == "h");
  loop.run();
  CHECK(far->readable() == "hello");
}

TEST_CASE(
    "memory_network: a reader that does not read fills the pipe and then the writer's queue") {
  test::FakeLoop loop;
  MemoryNetwork network(loop, {.capacity = 1000});
  auto [near, far] = network.connect();
  far->set_reading(false);
  const std::string much(1500, 'x');
  Bytes bytes = much;

  near->write({&bytes, 1});
  near->shutdown();
  loop.run();
  CHECK(near->queued_bytes() == 500);
  CHECK(far->state() == StreamState::Open);

  far->set_reading(true);
  loop.run();
  CHECK(near->queued_bytes() == 0);
  CHECK(far->readable().size() == 1500);
  CHECK(far->state() == StreamState::Ended);
}

TEST_CASE("memory_network: closing with unread bytes resets the peer, without them ends it") {
  test::FakeLoop loop;
  MemoryNetwork network(loop);
  auto quiet = network.connect();
  Peer ended(loop, std::move(quiet.far));
  auto unread = network.connect();
  Peer broken(loop, std::move(unread.far));
  broken.send("never read");
  loop.run();

  quiet.near.reset();
  unread.near.reset();
  loop.run();

  CHECK(ended.ended());
  CHECK_FALSE(ended.was_reset());
  CHECK(broken.was_reset());
}

TEST_CASE("memory_network: writing to who has closed is answered by a reset") {
  test::FakeLoop loop;
  MemoryNetwork network(loop);
  auto [near, far] = network.connect();
  Peer peer(loop, std::move(far));
  near->close(false);
  loop.run();
  CHECK(peer.ended());

  peer.send("too late");
  loop.run();
  CHECK(peer.was_reset());
  CHECK(network.open_streams() == 1);
}
