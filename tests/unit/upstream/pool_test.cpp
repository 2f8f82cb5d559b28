#include "core/upstream/pool.h"

#include <doctest/doctest.h>

#include "tests/unit/upstream/fakes.h"

using namespace aip;
using namespace aip::upstream;

namespace {

PoolKey key() {
  return {"api.test", 443, true, true, "", "", "openai/api_key/1"};
}

struct Shelf {
  explicit Shelf(const PoolLimits& limits = {}) : pool(loop, limits) {}
  std::shared_ptr<Wire> give(const PoolKey& to) {
    auto wire = std::make_shared<Wire>();
    pool.give(to, std::make_unique<FakeStream>(wire));
    return wire;
  }
  test::FakeLoop loop;
  Pool pool;
};

}  // namespace

TEST_CASE("pool: a connection is found under the key it was given under, once") {
  Shelf shelf;
  shelf.give(key());

  CHECK(shelf.pool.take(key()) != nullptr);
  CHECK(shelf.pool.take(key()) == nullptr);
  CHECK(shelf.pool.idle() == 0);
}

TEST_CASE("pool: whatever part of the identity differs, the connection is not found") {
  Shelf shelf;
  shelf.give(key());
  std::vector<PoolKey> others(7, key());
  others[0].host = "api2.test";
  others[1].port = 8443;
  others[2].tls = false;
  others[3].verify = false;
  others[4].ca_file = "ca.pem";
  others[5].proxy = "http://proxy";
  others[6].credential = "openai/api_key/2";

  for (const PoolKey& other : others) CHECK(shelf.pool.take(other) == nullptr);
  CHECK(shelf.pool.idle() == 1);
}

TEST_CASE("pool: the newest is taken first") {
  Shelf shelf;
  const auto first = shelf.give(key());
  const auto second = shelf.give(key());

  const auto taken = shelf.pool.take(key());
  { const auto next = shelf.pool.take(key()); }

  CHECK_FALSE(second->closed);
  CHECK(first->closed);
}

TEST_CASE("pool: bytes, an end or a failure on an idle connection close it in the same turn") {
  for (const int what : {0, 1, 2}) {
    Shelf shelf;
    const auto wire = shelf.give(key());
    const auto other = shelf.give(key());
    if (what == 0) wire->arrive("HTTP/1.1 408 Request Timeout\r\n\r\n");
    if (what == 1) wire->arrive_end();
    if (what == 2) wire->arrive_failure();
    shelf.loop.run();

    CHECK(wire->closed);
    CHECK_FALSE(other->closed);
    CHECK(shelf.pool.idle() == 1);
  }
}

TEST_CASE("pool: a connection that ended in this turn is not given out") {
  Shelf shelf;
  const auto wire = shelf.give(key());
  wire->arrive_end();

  CHECK(shelf.pool.take(key()) == nullptr);
  CHECK(wire->closed);
}

TEST_CASE("pool: idle connections are closed after their time, not before") {
  Shelf shelf;
  const auto first = shelf.give(key());
  shelf.loop.advance_ms(10'000);
  const auto second = shelf.give(key());

  shelf.loop.advance_ms(limits::kUpstreamIdleMs - 10'001);
  CHECK_FALSE(first->closed);
  shelf.loop.advance_ms(1);
  CHECK(first->closed);
  CHECK_FALSE(second->closed);
  shelf.loop.advance_ms(10'000);
  CHECK(second->closed);
  CHECK(shelf.pool.idle() == 0);
}

TEST_CASE("pool: the bound per key and the bound in all drop the oldest") {
  PoolLimits limits;
  limits.idle_per_key_max = 2;
  limits.idle_max = 3;
  Shelf shelf(limits);
  PoolKey other = key();
  other.credential = "other";
  const auto a = shelf.give(key());
  const auto b = shelf.give(key());
  CHECK_FALSE(a->closed);
  const auto c = shelf.give(key());
  CHECK(a->closed);
  const auto d = shelf.give(other);
  CHECK_FALSE(b->closed);
  const auto e = shelf.give(other);

  CHECK(b->closed);
  CHECK_FALSE(c->closed);
  CHECK(shelf.pool.idle() == 3);
}

TEST_CASE("pool: its end closes everything") {
  auto shelf = std::make_unique<Shelf>();
  const auto wire = shelf->give(key());

  shelf.reset();

  CHECK(wire->closed);
}
