#include "core/net/resolver.h"

#include <doctest/doctest.h>

#include "tests/unit/net/loopback.h"

using namespace aip;
using namespace aip::net;

TEST_CASE("resolver: a literal is answered at once and asks nobody") {
  Loop loop;
  Resolver resolver(loop);
  Waiter owner;

  const auto four = resolver.look_up("10.1.2.3", owner);
  const auto six = resolver.look_up("::1", owner);

  REQUIRE(four->answer().has_value());
  CHECK((*four->answer()).value().front().text() == "10.1.2.3");
  REQUIRE(six->answer().has_value());
  CHECK(resolver.asked() == 0);
}

TEST_CASE("resolver: look-ups for one name are joined, and the answer is kept") {
  Loop loop;
  Resolver resolver(loop);
  Waiter first_owner;
  Waiter second_owner;

  const auto first = resolver.look_up("localhost", first_owner);
  const auto second = resolver.look_up("localhost", second_owner);
  CHECK_FALSE(first->answer().has_value());
  REQUIRE(run_until(loop, [&] { return first_owner.woken > 0 && second_owner.woken > 0; }));
  const auto third = resolver.look_up("localhost", first_owner);

  REQUIRE(first->answer().has_value());
  REQUIRE((*first->answer()).ok());
  REQUIRE(third->answer().has_value());
  CHECK(resolver.asked() == 1);
}

TEST_CASE("resolver: a name that cannot be asked for is an error in a later turn") {
  Loop loop;
  Resolver resolver(loop);
  Waiter owner;
  const std::string host(300, 'a');

  const auto lookup = resolver.look_up(host, owner);
  CHECK(owner.woken == 0);
  REQUIRE(run_until(loop, [&] { return owner.woken > 0; }));

  REQUIRE(lookup->answer().has_value());
  REQUIRE_FALSE(lookup->answer()->ok());
  CHECK(lookup->answer()->error().code == ErrorCode::ProviderConnect);
}

TEST_CASE("resolver: a failed look-up is not remembered") {
  Loop loop;
  Resolver resolver(loop);
  Waiter owner;
  const std::string host(300, 'a');
  const auto first = resolver.look_up(host, owner);

  const auto second = resolver.look_up(host, owner);

  CHECK(resolver.asked() == 2);
}

TEST_CASE("resolver: a look-up that is given up wakes nobody, and its answer is still kept") {
  Loop loop;
  Resolver resolver(loop);
  Waiter gone;
  Waiter owner;
  auto first = resolver.look_up("localhost", gone);
  const auto second = resolver.look_up("localhost", owner);

  first.reset();
  REQUIRE(run_until(loop, [&] { return owner.woken > 0; }));

  CHECK(gone.woken == 0);
}

TEST_CASE("resolver: it may be destroyed while a look-up is under way") {
  Loop loop;
  Waiter owner;
  {
    Resolver resolver(loop);
    const auto lookup = resolver.look_up("localhost", owner);
  }

  CHECK(owner.woken == 0);
}
