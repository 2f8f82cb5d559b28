#include "core/gateway/credentials.h"

#include <doctest/doctest.h>

#include <set>

#include "core/base/units.h"

using namespace aip;
using namespace aip::gateway;

namespace {

struct Pool {
  CredentialBook book;
  std::vector<config::Credential> all;
  std::vector<CredentialState*> states;
  SeededRandom random{7};

  void add(std::string kind, std::string id) {
    all.push_back({std::move(kind), std::move(id), config::Secret("s"), "{}"});
    states.push_back(&book.find("p", all.back()));
  }
  Result<std::size_t> pick(std::string_view kind, std::string_view id, std::uint64_t now) {
    return pick_credential(all, states, kind, id, now, random);
  }
};

}  // namespace

TEST_CASE("credentials: any of the kind is used, and only of that kind") {
  Pool pool;
  pool.add("api_key", "a");
  pool.add("web_session", "a");
  pool.add("api_key", "b");

  std::set<std::size_t> seen;
  for (int i = 0; i < 200; ++i) seen.insert(*pool.pick("api_key", "", 0));

  CHECK(seen == std::set<std::size_t>{0, 2});
}

TEST_CASE("credentials: identity is provider, kind and id, so one id may stand in two lists") {
  Pool pool;
  pool.add("api_key", "10001");
  pool.add("web_session", "10001");

  CHECK(*pool.pick("web_session", "10001", 0) == 1);
  pool.states[1]->refused(Refusal::Auth, 0, 0);
  CHECK(pool.states[0]->up(0));
  CHECK_FALSE(pool.states[1]->up(0));
}

TEST_CASE("credentials: an unknown name is the caller's mistake, an empty pool is ours") {
  Pool pool;
  pool.add("api_key", "a");

  CHECK(pool.pick("api_key", "z", 0).error().code == ErrorCode::CallerBadRequest);
  CHECK(pool.pick("web_session", "", 0).error().code == ErrorCode::ProviderNoCredential);
}

TEST_CASE("credentials: a rate limit rests until retry-after, one below, at and above") {
  CredentialState state;
  state.refused(Refusal::Rate, 1'500, 0);
  CHECK_FALSE(state.up(1'500 * kMs - 1));
  CHECK(state.up(1'500 * kMs));
  CHECK(state.up(1'500 * kMs + 1));
}

TEST_CASE("credentials: refused keys rest 30 s, then twice as long each time, 10 minutes at most") {
  CredentialState state;
  std::uint64_t now = 0;
  for (const std::uint64_t expected : {30u, 60u, 120u, 240u, 480u, 600u, 600u}) {
    state.refused(Refusal::Auth, 0, now);
    CHECK(state.ready_ns() - now == expected * 1000 * kMs);
    now = state.ready_ns();
  }
  state.worked();
  state.refused(Refusal::Auth, 0, now);
  CHECK(state.ready_ns() - now == 30'000 * kMs);
}

TEST_CASE("credentials: resting ones are skipped, and when all rest the soonest is used") {
  Pool pool;
  pool.add("api_key", "a");
  pool.add("api_key", "b");
  pool.states[0]->refused(Refusal::Quota, 0, 0);
  for (int i = 0; i < 50; ++i) CHECK(*pool.pick("api_key", "", 1) == 1);

  pool.states[1]->refused(Refusal::Rate, 1'000, 0);
  CHECK(*pool.pick("api_key", "", 1) == 1);
}
