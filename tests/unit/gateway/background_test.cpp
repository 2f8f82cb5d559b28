// The provider's stream without a client, on a scripted plugin, a fake clock and no network.
#include "core/gateway/background.h"

#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "core/gateway/detached.h"
#include "core/gateway/gateway.h"
#include "tests/support/fake_loop.h"

namespace aip::gateway {
namespace {

// What the plugin does, and what was done to it.
struct Script {
  std::function<Status(plugin::SessionOwner&)> begin;  // none: it runs
  std::function<void(plugin::SessionOwner&)> wakes;
  plugin::SessionOwner* owner = nullptr;  // of the stream that runs
  std::vector<std::string> log;
  std::uint64_t start_ns = 0;
  std::vector<std::uint64_t> begun_ms;  // since the start
};

class ScriptedSession final : public plugin::Session {
 public:
  ScriptedSession(Script& script, plugin::SessionOwner& owner, test::FakeLoop& loop)
      : script_(script), owner_(owner), loop_(loop) {}
  ~ScriptedSession() override { script_.log.emplace_back("gone"); }

  [[nodiscard]] aip_id id() const noexcept override { return 1; }
  bool select(const aip_request&, aip_selection&) noexcept override { return false; }
  Result<void> resolve(aip_request&, plugin::PluginError&) noexcept override { return {}; }
  Result<void> begin(aip_request& request, plugin::PluginError&) noexcept override {
    script_.log.push_back("begin " + std::to_string(request.operation));
    script_.begun_ms.push_back((loop_.now_ns() - script_.start_ns) / test::FakeLoop::kMs);
    script_.owner = &owner_;
    return script_.begin ? script_.begin(owner_) : Status();
  }
  aip_status on_call(std::uint32_t, aip_call_event&) noexcept override { return AIP_OK; }
  aip_status on_writable() noexcept override { return AIP_OK; }
  aip_status deliver_wakes() noexcept override {
    script_.log.emplace_back("wakes");
    if (script_.wakes) script_.wakes(owner_);
    return AIP_OK;
  }
  void cancel(std::uint32_t reason) noexcept override {
    script_.log.push_back("cancel " + std::to_string(reason));
  }
  void end() noexcept override { script_.log.emplace_back("end"); }

 private:
  Script& script_;
  plugin::SessionOwner& owner_;
  test::FakeLoop& loop_;
};

class ScriptedInstance final : public plugin::WorkerInstance {
 public:
  ScriptedInstance(Script& script, test::FakeLoop& loop) : script_(script), loop_(loop) {}
  [[nodiscard]] const std::string& provider_name() const noexcept override { return name_; }
  [[nodiscard]] std::unique_ptr<plugin::Session> open(plugin::SessionOwner& owner) override {
    return std::make_unique<ScriptedSession>(script_, owner, loop_);
  }
  [[nodiscard]] bool has_resolve() const noexcept override { return false; }

 private:
  Script& script_;
  test::FakeLoop& loop_;
  const std::string name_ = "extra";
};

class NoDialer final : public upstream::Dialer {
 public:
  std::unique_ptr<upstream::Call> start(upstream::CallSpec, upstream::CallOwner&) override {
    FAIL("nothing is to be called");
    return nullptr;
  }
};

constexpr const char* kManifest = R"({
  "name": "extra", "version": "1", "schema": {"type": "object"}, "background": true,
  "hosts": ["extra.example"]})";

std::shared_ptr<const Snapshot> snapshot_with(std::shared_ptr<plugin::WorkerInstance> instance) {
  auto made = std::make_shared<Snapshot>();
  auto config = std::make_shared<config::Config>();
  config::Provider provider;
  provider.name = provider.plugin = "extra";
  config->providers.push_back(std::move(provider));
  made->config = config;
  const std::vector<config::PluginClaims> claims{{"extra", "1", "extra.so", kManifest}};
  auto table = route::Table::make(config, claims);
  REQUIRE(table.ok());
  made->table = *table;
  WorkerProvider attached;
  attached.config = &config->providers.front();
  attached.instance = std::move(instance);
  made->providers.push_back(std::move(attached));
  return made;
}

struct Stage {
  Stage() {
    script.start_ns = loop.now_ns();
    snapshot = snapshot_with(std::make_shared<ScriptedInstance>(script, loop));
    stream = std::make_unique<BackgroundStream>(tools, snapshot, 0);
  }

  test::FakeLoop loop;
  Script script;
  SystemRandom random;
  NoDialer dialer;
  DetachedCalls detached{loop};
  ResolveCache resolved;
  observe::Metrics all_metrics;
  observe::WorkerMetrics metrics{all_metrics};
  AttemptTools tools{loop, random, dialer, detached, resolved, metrics};
  std::shared_ptr<const Snapshot> snapshot;
  std::unique_ptr<BackgroundStream> stream;
};

const std::string kBegin = "begin " + std::to_string(AIP_OP_BACKGROUND);

}  // namespace

TEST_CASE("background: a reload that keeps the provider keeps its stream, another stops it first") {
  test::FakeLoop loop;
  SystemRandom random;
  NoDialer dialer;
  observe::Metrics metrics;
  const Health health;
  Script first, second;
  Gateway gateway(loop, random, dialer, metrics, health);
  const auto instance = std::make_shared<ScriptedInstance>(first, loop);
  gateway.set_snapshot(snapshot_with(instance));
  gateway.run_background();
  loop.run();
  CHECK(first.log == std::vector<std::string>{kBegin});

  std::weak_ptr<const Snapshot> between;
  {
    const auto same = snapshot_with(instance);
    between = same;
    gateway.set_snapshot(same);
    gateway.run_background();
    loop.run();
  }
  CHECK(first.log == std::vector<std::string>{kBegin});

  gateway.set_snapshot(snapshot_with(std::make_shared<ScriptedInstance>(second, loop)));
  CHECK(between.expired());  // the stream that runs on holds nothing of it
  second.begin = [&first](plugin::SessionOwner&) {
    CHECK(first.log.back() == "gone");
    return Status();
  };
  gateway.run_background();
  loop.run();
  CHECK(second.log == std::vector<std::string>{kBegin});
}

TEST_CASE("background: a stream begins by itself, and runs on") {
  Stage stage;
  CHECK(stage.script.log.empty());  // not from within the constructor
  stage.loop.advance_ms(3'600'000);
  CHECK(stage.script.log == std::vector<std::string>{kBegin});
}

TEST_CASE("background: timers and posts reach the plugin") {
  Stage stage;
  stage.loop.run();
  stage.script.owner->on_session_event();
  CHECK(stage.script.log.size() == 1);  // never inside the call
  stage.loop.run();
  CHECK(stage.script.log == std::vector<std::string>{kBegin, "wakes"});
}

TEST_CASE("background: one that fails begins again after 1 s, 2 s, 4 s, at most every 60 s") {
  Stage stage;
  stage.script.begin = [](plugin::SessionOwner&) -> Status {
    return Error{ErrorCode::GatewayPlugin, "no luck"};
  };
  stage.loop.advance_ms(190'000);
  std::string seen;
  for (const std::uint64_t ms : stage.script.begun_ms) seen += std::to_string(ms) + " ";
  CHECK(seen == "0 1000 3000 7000 15000 31000 63000 123000 183000 ");
}

TEST_CASE("background: one that finishes begins again, the old one's end seen to first") {
  Stage stage;
  stage.script.wakes = [](plugin::SessionOwner& owner) { owner.on_finish(nullptr); };
  stage.loop.run();
  stage.script.owner->on_session_event();
  stage.loop.advance_ms(kBackgroundPauseMs);
  CHECK(stage.script.log == std::vector<std::string>{kBegin, "wakes", "end", "gone", kBegin});
}

TEST_CASE("background: after a good while the pause is short again") {
  Stage stage;
  bool works = false;
  stage.script.begin = [&works](plugin::SessionOwner&) -> Status {
    if (works) return {};
    return Error{ErrorCode::GatewayPlugin, "no luck"};
  };
  stage.script.wakes = [](plugin::SessionOwner& owner) { owner.on_finish(nullptr); };
  stage.loop.advance_ms(20'000);  // the fifth try was at 15 s
  works = true;
  const auto ends_after = [&stage](std::uint64_t ms) {
    stage.loop.advance_ms(ms);
    stage.script.owner->on_session_event();
    stage.loop.run();
    const std::uint64_t ended_ms =
        (stage.loop.now_ns() - stage.script.start_ns) / test::FakeLoop::kMs;
    const std::size_t before = stage.script.begun_ms.size();
    stage.loop.advance_ms(kBackgroundPauseMsMax);
    REQUIRE(stage.script.begun_ms.size() > before);
    return stage.script.begun_ms[before] - ended_ms;
  };
  stage.loop.advance_ms(11'000);
  REQUIRE(stage.script.begun_ms.back() == 31'000);
  CHECK(ends_after(1'000) == 32'000);  // it ran for a second only: the pause goes on growing
  stage.loop.run();
  CHECK(ends_after(kBackgroundPauseMsMax) == kBackgroundPauseMs);
}

TEST_CASE("background: there is no client to answer or to forward") {
  Stage stage;
  std::vector<aip_status> statuses;
  stage.script.begin = [&statuses](plugin::SessionOwner& owner) -> Status {
    const aip_event event{};
    statuses.push_back(owner.on_emit({&event, 1}));
    const aip_span piece{};
    statuses.push_back(owner.on_emit_raw({&piece, 1}));
    statuses.push_back(owner.on_respond(200, {}));
    constexpr std::string_view kMethod = "GET";
    constexpr std::string_view kUrl = "https://extra.example/";
    aip_call call{};
    call.struct_size = sizeof call;
    call.kind = AIP_CALL_FORWARD;
    call.method = {reinterpret_cast<const std::uint8_t*>(kMethod.data()), kMethod.size()};
    call.url = {reinterpret_cast<const std::uint8_t*>(kUrl.data()), kUrl.size()};
    statuses.push_back(owner.on_call_start(call, 1));
    return {};
  };
  stage.loop.run();
  CHECK(statuses == std::vector<aip_status>{AIP_E_STATE, AIP_E_STATE, AIP_E_STATE, AIP_E_INVALID});
}

TEST_CASE("background: a reload tells the plugin why its stream ends") {
  Stage stage;
  stage.loop.run();
  stage.stream.reset();
  CHECK(stage.script.log == std::vector<std::string>{kBegin,
                                                     "cancel " + std::to_string(AIP_CANCEL_RELOAD),
                                                     "end", "gone"});
}

}  // namespace aip::gateway
