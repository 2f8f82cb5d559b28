// Calls that outlive their exchange, on a scripted dialer and a fake clock.
#include "core/gateway/detached.h"

#include <doctest/doctest.h>

#include <utility>
#include <vector>

#include "core/gateway/gateway.h"
#include "tests/support/fake_loop.h"

namespace aip::gateway {
namespace {

using upstream::CallEvent;

// Gives the scripted events, then the last one for ever, as a call that has failed does.
class ScriptedCall final : public upstream::Call {
 public:
  ScriptedCall(std::vector<CallEvent> events, int& alive)
      : events_(std::move(events)), alive_(alive) {
    ++alive_;
  }
  ~ScriptedCall() override { --alive_; }
  CallEvent next() override { return at_ + 1 < events_.size() ? events_[at_++] : events_.back(); }
  const http::ResponseHead& head() const noexcept override { return head_; }
  Bytes bytes() const noexcept override { return {}; }
  const Error& error() const noexcept override { return error_; }
  bool request_sent() const noexcept override { return true; }
  void send_body(Bytes) override {}
  void end_body() override {}
  std::size_t queued_bytes() const noexcept override { return 0; }
  void set_reading(bool) noexcept override {}
  const upstream::CallStats& stats() const noexcept override { return stats_; }

 private:
  std::vector<CallEvent> events_;
  std::size_t at_ = 0;
  int& alive_;
  http::ResponseHead head_;
  Error error_{ErrorCode::ProviderTruncated, {}};
  upstream::CallStats stats_;
};

struct DetachedScene final : upstream::Dialer {
  std::unique_ptr<upstream::Call> start(upstream::CallSpec, upstream::CallOwner& owner) override {
    owners.push_back(&owner);
    return std::make_unique<ScriptedCall>(events, alive);
  }

  test::FakeLoop loop;
  DetachedCalls detached{loop};
  std::vector<CallEvent> events;
  std::vector<upstream::CallOwner*> owners;
  int alive = 0;
};

// Wakes its target once more in the same turn, as a failed call does.
class Again final : public Wakeable {
 public:
  explicit Again(upstream::CallOwner& target) : target_(target) {}

 private:
  void advance() noexcept override { target_.on_call_event(); }
  upstream::CallOwner& target_;
};

}  // namespace

TEST_CASE("detached: a call lives until its answer has ended, and is then forgotten") {
  DetachedScene scene;
  scene.events = {CallEvent::Head, CallEvent::Body, CallEvent::End};
  REQUIRE(scene.detached.start(scene, {}));
  CHECK(scene.detached.running() == 1);
  CHECK(scene.alive == 1);
  scene.owners[0]->on_call_event();
  scene.loop.run_turn();
  CHECK(scene.detached.running() == 0);
  CHECK(scene.alive == 0);
}

TEST_CASE("detached: a call that tells its failure twice in a turn is freed once") {
  DetachedScene scene;
  scene.events = {CallEvent::Failed};
  REQUIRE(scene.detached.start(scene, {}));
  Again again(*scene.owners[0]);
  scene.owners[0]->on_call_event();
  scene.loop.wake(again);  // runs behind the call's own turn on the ready list
  scene.loop.run_turn();
  CHECK(scene.detached.running() == 0);
  CHECK(scene.alive == 0);
}

TEST_CASE("detached: so many calls run at a time and no more") {
  DetachedScene scene;
  scene.events = {CallEvent::None};
  for (std::size_t i = 0; i < kDetachedCallsMax; ++i) REQUIRE(scene.detached.start(scene, {}));
  CHECK_FALSE(scene.detached.start(scene, {}));
  CHECK(scene.detached.running() == kDetachedCallsMax);
}

}  // namespace aip::gateway
