#include "core/gateway/resolve_cache.h"

#include <doctest/doctest.h>

using namespace aip;
using namespace aip::gateway;

namespace {

struct Waiter final : ResolveWait::Waker {
  int told = 0;
  ResolveWait wait{*this};
  void on_resolve_settled() noexcept override { ++told; }
};

Resolved good(std::uint64_t expires_ns) {
  Resolved r;
  r.headers.emplace_back("x-org", "one");
  r.expires_ns = expires_ns;
  return r;
}

}  // namespace

TEST_CASE("resolve_cache: one resolves, a thousand wait and are told once") {
  ResolveCache cache;
  Waiter first;
  const auto claim = cache.claim("k", first.wait);
  REQUIRE(claim);
  std::vector<std::unique_ptr<Waiter>> others;
  for (int i = 0; i < 1000; ++i) {
    others.push_back(std::make_unique<Waiter>());
    CHECK_FALSE(cache.claim("k", others.back()->wait));
  }

  claim->settle(good(100));

  int told = 0;
  for (const auto& other : others) told += other->told;
  CHECK(told == 1000);
  CHECK(first.told == 0);
  CHECK(cache.find("k", 99)->headers[0].second == "one");
  CHECK_FALSE(cache.find("k", 100));
}

TEST_CASE("resolve_cache: a claim that dies unsettled lets the next one resolve") {
  ResolveCache cache;
  Waiter first;
  Waiter second;
  auto claim = cache.claim("k", first.wait);
  CHECK_FALSE(cache.claim("k", second.wait));

  claim.reset();

  CHECK(second.told == 1);
  CHECK_FALSE(cache.find("k", 0));
  CHECK(cache.claim("k", second.wait));
}

TEST_CASE("resolve_cache: a failure is remembered, and forgetting forgets") {
  ResolveCache cache;
  Waiter first;
  Resolved bad;
  bad.failure = Error{ErrorCode::ProviderError, "no such organization"};
  bad.expires_ns = 50;
  cache.claim("k", first.wait)->settle(bad);

  CHECK(cache.find("k", 10)->failure->code == ErrorCode::ProviderError);
  cache.forget("k");
  CHECK_FALSE(cache.find("k", 10));
}

TEST_CASE("resolve_cache: one that stops waiting is not told") {
  ResolveCache cache;
  Waiter first;
  auto claim = cache.claim("k", first.wait);
  {
    Waiter gone;
    CHECK_FALSE(cache.claim("k", gone.wait));
  }
  claim->settle(good(1));
  CHECK(first.told == 0);
}
