// What each target of a request reads, when it is tried, and what is left of a request that ends in
// the middle. Two providers: one takes Anthropic's Messages as they are, the other canonical chat.
#include "core/gateway/exchange.h"

#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <vector>

#include "core/gateway/detached.h"
#include "core/gateway/spans.h"
#include "core/upstream/client.h"
#include "tests/support/fake_loop.h"
#include "tests/unit/gateway/fake_client.h"
#include "tests/unit/upstream/fakes.h"

namespace aip::gateway::exchange_test {
namespace {

struct Asked {
  std::string provider, body, members;
  bool native = false;
};

struct Plugins {
  std::vector<Asked> asked;
  int busy = 0;  // so many attempts are turned away
  std::vector<std::uint32_t> cancelled;
  plugin::SessionOwner* owner = nullptr;  // of the stream that runs
};

// Each member's name, and whether its offsets cut it out of the body.
std::string told(const aip_request& r) {
  std::string out;
  for (std::size_t i = 0; i < r.member_count; ++i) {
    const aip_member& m = r.members[i];
    const std::string_view text = view_of(r.body).substr(m.begin, m.end - m.begin);
    const bool fits = text.starts_with("\"" + std::string(view_of(m.name)) + "\"") &&
                      text.ends_with(view_of(m.value));
    out.append(view_of(m.name)).append(fits ? " " : "! ");
  }
  return out;
}

class Session final : public plugin::Session {
 public:
  Session(Plugins& plugins, std::string provider, plugin::SessionOwner& owner)
      : plugins_(plugins), provider_(std::move(provider)), owner_(owner) {}
  [[nodiscard]] aip_id id() const noexcept override { return 1; }
  bool select(const aip_request&, aip_selection& out) noexcept override {
    out.how = AIP_SELECT_NONE;
    return true;
  }
  Result<void> resolve(aip_request&, plugin::PluginError&) noexcept override { return {}; }
  Result<void> begin(aip_request& r, plugin::PluginError& error) noexcept override {
    plugins_.asked.push_back(
        {provider_, std::string(view_of(r.body)), told(r), (r.flags & AIP_REQ_NATIVE) != 0});
    plugins_.owner = &owner_;
    if (plugins_.busy-- <= 0) return {};
    error.http_status = 503;
    error.message = "busy";
    return Error{ErrorCode::ProviderError, "busy"};
  }
  aip_status on_call(std::uint32_t, aip_call_event&) noexcept override { return AIP_OK; }
  aip_status on_writable() noexcept override { return AIP_OK; }
  aip_status deliver_wakes() noexcept override { return AIP_OK; }
  void cancel(std::uint32_t reason) noexcept override { plugins_.cancelled.push_back(reason); }
  void end() noexcept override {}

 private:
  Plugins& plugins_;
  const std::string provider_;
  plugin::SessionOwner& owner_;
};

class Instance final : public plugin::WorkerInstance {
 public:
  Instance(Plugins& plugins, std::string name) : plugins_(plugins), name_(std::move(name)) {}
  [[nodiscard]] const std::string& provider_name() const noexcept override { return name_; }
  [[nodiscard]] std::unique_ptr<plugin::Session> open(plugin::SessionOwner& owner) override {
    return std::make_unique<Session>(plugins_, name_, owner);
  }
  [[nodiscard]] bool has_resolve() const noexcept override { return false; }

 private:
  Plugins& plugins_;
  const std::string name_;
};

std::shared_ptr<const Snapshot> snapshot_of(Plugins& plugins,
                                            const std::vector<config::Target>& targets) {
  auto config = std::make_shared<config::Config>();
  std::vector<config::PluginClaims> claims;
  for (const std::string name : {"native", "other"}) {
    config::Provider provider;
    provider.name = provider.plugin = name;
    config->providers.push_back(std::move(provider));
    const std::string native = name == "native" ? R"(["anthropic"])" : "[]";
    claims.push_back({name, "1", name + ".so",
                      R"({"name":")" + name + R"(","version":"1","schema":{},"native":)" + native +
                          R"(,"operations":["chat"]})"});
  }
  config::ModelRule rule;
  rule.match = "m";
  rule.targets = targets;
  rule.retry.attempts = static_cast<std::uint32_t>(targets.size());
  rule.retry.on_5xx = true;
  config->models.push_back(std::move(rule));
  auto made = std::make_shared<Snapshot>();
  made->config = config;
  made->listeners = std::make_shared<const std::vector<config::Listener>>(1);
  auto table = route::Table::make(config, claims);
  REQUIRE(table.ok());
  made->table = *table;
  for (const config::Provider& provider : config->providers) {
    WorkerProvider attached;
    attached.config = &provider;
    attached.instance = std::make_shared<Instance>(plugins, provider.name);
    made->providers.push_back(std::move(attached));
  }
  return made;
}

const std::string kBody =
    R"({"model":"m","max_tokens":9,"top_k":4,"messages":[{"role":"user","content":"hi"}]})";
const config::Target kNative{"native", "", 1, false};
const config::Target kOther{"other", "", 1, true};

struct Scene : ExchangeOwner {
  Scene(const std::vector<config::Target>& targets, int busy,
        route::Operation operation = route::Operation::Chat) {
    plugins.busy = busy;
    std::shared_ptr<const Snapshot> snapshot = snapshot_of(plugins, targets);
    generation = snapshot;
    route::Match match;
    match.operation = operation;
    match.dialect = route::Dialect::Anthropic;
    ExchangeOwner& owner = *this;
    // From here on only the exchange holds its generation: the gateway has reloaded.
    exchange = std::make_unique<Exchange>(
        owner, tools, std::move(snapshot),
        std::make_unique<FakeClient>(client, "/v1/messages", kBody), "id", std::move(match));
    exchange->start();
    loop.advance_ms(60'000);
  }
  virtual ~Scene() = default;
  Scene(const Scene&) = delete;
  Scene& operator=(const Scene&) = delete;
  void exchange_done(Exchange&, const observe::ExchangeRecord& r) noexcept override {
    over = true;
    record = r;
  }

  test::FakeLoop loop;
  Plugins plugins;
  SeededRandom random{1};
  upstream::FakeTransport transport;
  upstream::Client dialer{loop, transport};
  DetachedCalls detached{loop};
  ResolveCache resolved;
  observe::Metrics all_metrics;
  observe::WorkerMetrics metrics{all_metrics};
  AttemptTools tools{loop, random, dialer, detached, resolved, metrics};
  ClientNotes client;
  std::weak_ptr<const Snapshot> generation;
  std::unique_ptr<Exchange> exchange;
  observe::ExchangeRecord record;
  bool over = false;
};

}  // namespace

TEST_CASE("exchange: each target reads its own form, with the members of just that text") {
  for (const bool native_first : {true, false}) {
    CAPTURE(native_first);
    Scene s(native_first ? std::vector{kNative, kOther} : std::vector{kOther, kNative}, 1);
    REQUIRE(s.plugins.asked.size() == 2);
    for (const Asked& asked : s.plugins.asked) {
      CAPTURE(asked.body);
      CHECK(asked.native == (asked.provider == "native"));
      CHECK((asked.body == kBody) == asked.native);
      CHECK(asked.members.find("model ") != std::string::npos);
      CHECK(asked.members.find('!') == std::string::npos);
    }
    CHECK_FALSE(s.over);
  }
}

TEST_CASE("exchange: the last failure is told, and nothing of an earlier target's") {
  Scene s({kOther, kNative}, 2);
  CHECK(s.over);
  CHECK(s.client.status == 503);
  CHECK_FALSE(s.client.headers.find("x-aiproxy-dropped"));
  CHECK(s.client.headers.get("x-should-retry") == "false");
}

TEST_CASE("exchange: a client that leaves ends its attempt, and lets go of its generation") {
  Scene s({kOther, kNative}, 1);
  REQUIRE_FALSE(s.over);
  s.client.failure = Error{ErrorCode::CallerGone, {}};
  s.client.owner->on_client_event();
  s.loop.run();
  CHECK(s.over);
  CHECK(s.record.error_type == "client_closed");
  CHECK(s.plugins.cancelled == std::vector<std::uint32_t>{AIP_CANCEL_CLIENT_GONE});
  s.exchange.reset();
  CHECK(s.generation.expired());
}

TEST_CASE("exchange: tokens that no target counts are estimated, without asking one") {
  Scene s({kOther, kNative}, 0, route::Operation::CountTokens);
  CHECK(s.over);
  CHECK(s.plugins.asked.empty());
  CHECK(s.client.status == 200);
  CHECK(s.client.headers.get("x-aiproxy-estimated") == "input_tokens");
  CHECK(s.client.body.starts_with("{\"input_tokens\":"));
}

}  // namespace aip::gateway::exchange_test
