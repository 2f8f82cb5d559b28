#include <doctest/doctest.h>

#include <stdexcept>
#include <thread>

#include "core/base/limits.h"
#include "tests/unit/plugin/provider_fixture.h"

using aip::plugin::PluginError;
using aip::test::error_of;
using aip::test::Fixture;
using aip::test::plain_call;
using aip::test::text_event;

namespace {

aip_call_event event_of(std::uint16_t type) {
  aip_call_event e{};
  e.type = type;
  return e;
}

}  // namespace

TEST_CASE("session: a stream that finishes is ended exactly once") {
  Fixture f;
  f.plugin_does.begin = [&](aip_id id, const aip_request*, aip_error*) {
    const aip_event hello = text_event("hello");
    CHECK(f.host.emit(id, &hello, 1) == AIP_OK);
    return f.host.finish(id, nullptr);
  };

  auto session = f.begun();
  session->end();
  session->end();
  session.reset();

  CHECK(f.plugin_does.log == "begin end");
  CHECK(f.owner.log == "emit:1 finish");
  CHECK(f.handles().in_use() == 0);
}

TEST_CASE("session: a session that is let go of ends its stream") {
  Fixture f;
  auto session = f.begun();

  session.reset();

  CHECK(f.plugin_does.log == "begin end");
}

TEST_CASE("session: a refused begin owes no end") {
  Fixture f;
  f.plugin_does.begin = [](aip_id, const aip_request*, aip_error* e) {
    *e = error_of(AIP_E_INVALID, "no such model");
    return AIP_E_INVALID;
  };
  auto session = f.open();
  aip_request request{};
  PluginError error;

  const bool begun = session->begin(request, error).ok();
  session.reset();

  CHECK_FALSE(begun);
  CHECK(error.code == AIP_E_INVALID);
  CHECK(error.message == "no such model");
  CHECK(f.plugin_does.log == "begin");
}

TEST_CASE("session: nothing may be said after finish") {
  Fixture f;
  f.plugin_does.begin = [&](aip_id id, const aip_request*, aip_error*) {
    const aip_event hello = text_event("hello");
    const aip_call call = plain_call();
    aip_id out = 1;
    f.host.finish(id, nullptr);
    CHECK(f.host.emit(id, &hello, 1) == AIP_E_STATE);
    CHECK(f.host.finish(id, nullptr) == AIP_E_STATE);
    CHECK(f.host.call_start(id, &call, &out) == AIP_E_STATE);
    CHECK(out == 0);
    CHECK(f.host.timer_start(id, 1, 0, &out) == AIP_E_STATE);
    CHECK(f.host.respond(id, 200, nullptr, 0) == AIP_E_STATE);
    return AIP_OK;
  };

  auto session = f.begun();
  aip_call_event data = event_of(AIP_CALL_DATA);
  session->on_call(1, data);
  session->on_writable();
  session->cancel(AIP_CANCEL_CLIENT_GONE);
  session.reset();

  CHECK(f.owner.log == "finish");
  CHECK(f.plugin_does.log == "begin end");
  CHECK(f.figures().misbehaved == 5);
}

TEST_CASE("session: nothing may be said before begin") {
  Fixture f;
  auto session = f.open();
  const aip_event hello = text_event("hello");

  CHECK(f.host.emit(session->id(), &hello, 1) == AIP_E_STATE);
  CHECK(f.host.arena(session->id(), 16) == nullptr);
}

TEST_CASE("session: after cancel the plugin is refused everything but detached calls") {
  Fixture f;
  aip_id stream = 0;
  aip_id call_id = 0;
  f.plugin_does.begin = [&](aip_id id, const aip_request*, aip_error*) {
    stream = id;
    const aip_call call = plain_call();
    return f.host.call_start(id, &call, &call_id);
  };
  f.plugin_does.cancel = [&](std::uint32_t reason) {
    CHECK(reason == AIP_CANCEL_TIMEOUT);
    const aip_event hello = text_event("hello");
    aip_call call = plain_call();
    aip_id out = 0;
    CHECK(f.host.emit(stream, &hello, 1) == AIP_E_STATE);
    CHECK(f.host.call_start(stream, &call, &out) == AIP_E_STATE);
    CHECK(f.host.call_flow(call_id, 1) == AIP_E_STALE);
    call.flags = AIP_CALLF_DETACHED;
    CHECK(f.host.call_start(stream, &call, &out) == AIP_OK);
    CHECK(out == 0);
  };
  f.plugin_does.end = [&] {
    aip_call call = plain_call();
    call.flags = AIP_CALLF_DETACHED;
    aip_id out = 0;
    CHECK(f.host.call_start(stream, &call, &out) == AIP_OK);
  };

  auto session = f.begun();
  session->cancel(AIP_CANCEL_TIMEOUT);
  session->cancel(AIP_CANCEL_TIMEOUT);
  session.reset();

  CHECK(f.plugin_does.log == "begin cancel end");
  CHECK(f.owner.calls.size() == 3);
}

TEST_CASE("session: the handle of an ended stream is stale, for its successor too") {
  Fixture f;
  aip_id old = 0;
  {
    auto session = f.begun();
    old = session->id();
  }
  auto next = f.begun();
  const aip_event hello = text_event("hello");

  CHECK(old != next->id());
  CHECK(f.host.emit(old, &hello, 1) == AIP_E_STALE);
  CHECK(f.host.finish(old, nullptr) == AIP_E_STALE);
  CHECK(f.host.post(old, 1) == AIP_E_STALE);
  CHECK(f.host.arena(old, 1) == nullptr);
  CHECK(f.host.emit(0, &hello, 1) == AIP_E_STALE);
  CHECK(f.host.emit(UINT64_MAX, &hello, 1) == AIP_E_STALE);
  CHECK(f.host.emit(next->id(), &hello, 1) == AIP_OK);
}

TEST_CASE("session: a call's handle is stale once its last event came or it was cancelled") {
  Fixture f;
  aip_id first = 0;
  aip_id second = 0;
  f.plugin_does.begin = [&](aip_id id, const aip_request*, aip_error*) {
    const aip_call call = plain_call();
    CHECK(f.host.call_start(id, &call, &first) == AIP_OK);
    CHECK(f.host.call_start(id, &call, &second) == AIP_OK);
    CHECK(f.host.call_flow(first, 1) == AIP_OK);
    CHECK(f.host.call_cancel(second) == AIP_OK);
    CHECK(f.host.call_cancel(second) == AIP_E_STALE);
    CHECK(f.host.timer_cancel(first) == AIP_E_STALE);  // of another kind
    return AIP_OK;
  };
  f.plugin_does.on_call = [&](const aip_call_event* e) {
    CHECK(e->call == first);
    if (e->type == AIP_CALL_END) CHECK(f.host.call_flow(first, 0) == AIP_E_STALE);
    return AIP_OK;
  };

  auto session = f.begun();
  aip_call_event data = event_of(AIP_CALL_DATA);
  aip_call_event end = event_of(AIP_CALL_END);
  session->on_call(f.owner.calls.at(0), data);
  session->on_call(f.owner.calls.at(1), data);  // cancelled: nothing is delivered
  session->on_call(f.owner.calls.at(0), end);

  CHECK(f.plugin_does.log == "begin on_call on_call");
  CHECK(f.owner.log == "call call pause call_cancel");
}

TEST_CASE("session: a callback that fails ends the stream and is counted") {
  Fixture f;
  aip_id stream = 0;
  f.plugin_does.begin = [&](aip_id id, const aip_request*, aip_error*) {
    stream = id;
    const aip_call call = plain_call();
    aip_id out = 0;
    return f.host.call_start(id, &call, &out);
  };
  f.plugin_does.on_call = [](const aip_call_event*) { return AIP_E_UPSTREAM; };

  auto session = f.begun();
  aip_call_event data = event_of(AIP_CALL_DATA);
  const aip_status status = session->on_call(1, data);
  const aip_event hello = text_event("late");
  const aip_status late = f.host.emit(stream, &hello, 1);
  session.reset();

  CHECK(status == AIP_E_UPSTREAM);
  CHECK(late == AIP_E_STATE);
  CHECK(f.plugin_does.log == "begin on_call end");
  CHECK(f.figures().faults == 1);
}

TEST_CASE("session: an exception without a barrier becomes AIP_E_PANIC, wherever it is thrown") {
  Fixture f;
  f.plugin_does.on_wake = [](std::uint32_t, std::uint64_t) -> aip_status {
    throw std::runtime_error("inside");
  };
  f.plugin_does.end = [] { throw 42; };

  auto session = f.begun();
  const aip_status status = session->on_writable();
  session.reset();
  f.plugin_does.begin = [](aip_id, const aip_request*, aip_error*) -> aip_status { throw 1; };
  auto second = f.open();
  aip_request request{};
  PluginError error;
  const bool begun = second->begin(request, error).ok();

  CHECK(status == AIP_E_PANIC);
  CHECK_FALSE(begun);
  CHECK(error.code == AIP_E_PANIC);
  CHECK(f.figures().faults == 3);
  CHECK(f.plugin_does.log == "begin on_wake end begin");
}

TEST_CASE("session: the breadcrumb names the plugin and the callback while it runs") {
  Fixture f;
  std::string seen;
  f.plugin_does.begin = [&](aip_id, const aip_request*, aip_error*) {
    seen = std::string(aip::plugin::t_breadcrumb.plugin) + " " + aip::plugin::t_breadcrumb.callback;
    return AIP_OK;
  };

  auto session = f.begun();

  CHECK(seen == "rig begin");
  CHECK(aip::plugin::t_breadcrumb.plugin == nullptr);
}

TEST_CASE("session: select is pure and a wish of an unknown kind is not taken") {
  Fixture f;
  auto session = f.open();
  aip_request request{};
  aip_selection out{};
  out.how = AIP_SELECT_CLIENT;

  CHECK_FALSE(session->select(request, out));
  f.plugin_does.select = [&](const aip_request* r, aip_selection* wish) {
    const aip_event hello = text_event("hello");
    CHECK(f.host.emit(r->id, &hello, 1) == AIP_E_STATE);
    wish->how = AIP_SELECT_NAMED;
    wish->id = aip::plugin::span_of("7");
    return AIP_OK;
  };
  CHECK(session->select(request, out));
  CHECK(out.how == AIP_SELECT_NAMED);
  f.plugin_does.select = [](const aip_request*, aip_selection* wish) {
    wish->how = 99;
    return AIP_OK;
  };
  CHECK_FALSE(session->select(request, out));
  CHECK(out.how == AIP_SELECT_NAMED);
}

TEST_CASE("session: resolve is a stream of its own that ends by resolved()") {
  Fixture f;
  f.plugin_does.begin = [&](aip_id id, const aip_request*, aip_error*) {
    const aip_event hello = text_event("hello");
    CHECK(f.host.emit(id, &hello, 1) == AIP_E_STATE);
    CHECK(f.host.finish(id, nullptr) == AIP_E_STATE);
    const aip_header header{aip::plugin::span_of("cookie"), aip::plugin::span_of("a=b"), 0, 0};
    CHECK(f.host.resolved(id, &header, 1, 1000, nullptr) == AIP_OK);
    CHECK(f.host.resolved(id, &header, 1, 1000, nullptr) == AIP_E_STATE);
    return AIP_PENDING;
  };
  auto session = f.open();
  aip_request request{};
  PluginError error;

  CHECK(session->resolve(request, error).ok());
  session.reset();

  CHECK(f.owner.log == "resolved:1");
  CHECK(f.plugin_does.log == "resolve end");
}

TEST_CASE("session: finish with an error hands over owned words") {
  Fixture f;
  f.plugin_does.begin = [&](aip_id id, const aip_request*, aip_error*) {
    std::string words = "too many \xff requests";
    aip_error e = error_of(AIP_E_UPSTREAM, words);
    e.http_status = 429;
    e.flags = AIP_ERR_RATE;
    e.retry_after_ms = 7000;
    const aip_status status = f.host.finish(id, &e);
    words.assign(words.size(), 'X');
    return status;
  };

  auto session = f.begun();

  REQUIRE(f.owner.error);
  CHECK(f.owner.error->message == "too many ? requests");
  CHECK(f.owner.error->http_status == 429);
  CHECK(f.owner.error->flags == AIP_ERR_RATE);
  CHECK(f.owner.error->retry_after_ms == 7000);
}

TEST_CASE("session: back-pressure passes through emit, and writable comes as a wake") {
  Fixture f;
  std::uint32_t why = 0;
  f.owner.answer = AIP_BLOCKED;
  f.plugin_does.begin = [&](aip_id id, const aip_request*, aip_error*) {
    const aip_event hello = text_event("hello");
    CHECK(f.host.emit(id, &hello, 1) == AIP_BLOCKED);
    return AIP_OK;
  };
  f.plugin_does.on_wake = [&](std::uint32_t w, std::uint64_t) {
    why = w;
    return AIP_OK;
  };

  auto session = f.begun();
  session->on_writable();

  CHECK(why == AIP_WAKE_WRITABLE);
}

TEST_CASE("session: an unknown event is dropped and counted, a critical one refused") {
  Fixture f;
  f.plugin_does.begin = [&](aip_id id, const aip_request*, aip_error*) {
    aip_event events[2] = {text_event("hello"), text_event("new")};
    events[1].type = 999;
    CHECK(f.host.emit(id, events, 2) == AIP_OK);
    events[1].flags = AIP_EVF_CRITICAL;
    CHECK(f.host.emit(id, events, 2) == AIP_E_UNSUPPORTED);
    return AIP_OK;
  };

  auto session = f.begun();

  CHECK(f.owner.log == "emit:1");
  CHECK(f.figures().misbehaved == 2);
}

// ---- arena, secrets, capabilities --------------------------------------------------------------

TEST_CASE("session: the arena gives up to its limit and not one byte more") {
  Fixture f;
  auto session = f.begun();
  const std::size_t most = aip::limits::kPluginArenaBytesMax;

  CHECK(f.host.arena(session->id(), most + 1) == nullptr);
  CHECK(f.host.arena(session->id(), most) != nullptr);
  CHECK(f.host.arena(session->id(), 1) == nullptr);
}

TEST_CASE("session: capability and reveal answer for what is known") {
  Fixture f;
  auto session = f.begun();
  aip_span out{};

  CHECK(f.host.capability(session->id(), aip::plugin::span_of("known"), &out) == AIP_OK);
  CHECK(aip::plugin::view_of(out) == R"({"vision":true})");
  CHECK(f.host.capability(session->id(), aip::plugin::span_of("other"), &out) < 0);
  CHECK(f.host.reveal(session->id(), 1, &out) == AIP_OK);
  CHECK(aip::plugin::view_of(out) == "s3cret");
  CHECK(f.host.reveal(session->id(), 2, &out) < 0);
  CHECK(out.len == 0);
}

TEST_CASE("session: calls and timers are bounded: one below, at and above the limit") {
  Fixture f;
  auto session = f.begun();
  const aip_call call = plain_call();
  aip_id out = 0;
  std::size_t calls = 0;
  std::size_t timers = 0;

  while (f.host.call_start(session->id(), &call, &out) == AIP_OK) ++calls;
  while (f.host.timer_start(session->id(), 5, 0, &out) == AIP_OK) ++timers;

  CHECK(calls == aip::limits::kPluginCallsMax);
  CHECK(f.host.call_start(session->id(), &call, &out) == AIP_E_OVERFLOW);
  CHECK(timers == aip::limits::kPluginTimersMax);
  CHECK(f.host.timer_start(session->id(), 5, 0, &out) == AIP_E_OVERFLOW);
}

// ---- timers ------------------------------------------------------------------------------------

TEST_CASE("session: timers fire in the order of their deadlines, with their numbers") {
  Fixture f;
  std::string fired;
  f.plugin_does.begin = [&](aip_id id, const aip_request*, aip_error*) {
    aip_id out = 0;
    f.host.timer_start(id, 30, 3, &out);
    f.host.timer_start(id, 10, 1, &out);
    f.host.timer_start(id, 20, 2, &out);
    return AIP_OK;
  };
  f.plugin_does.on_wake = [&](std::uint32_t why, std::uint64_t user) {
    CHECK(why == AIP_WAKE_TIMER);
    fired += std::to_string(user);
    return AIP_OK;
  };

  auto session = f.begun();
  f.worker.advance_ms(9);
  CHECK(f.owner.session_events == 0);
  f.worker.advance_ms(11);
  CHECK(f.owner.session_events == 1);
  session->deliver_wakes();
  CHECK(fired == "12");
  f.worker.advance_ms(10);
  session->deliver_wakes();

  CHECK(fired == "123");
}

TEST_CASE("session: a cancelled timer never fires, and its handle is stale once it fired") {
  Fixture f;
  std::string fired;
  aip_id first = 0;
  aip_id second = 0;
  f.plugin_does.begin = [&](aip_id id, const aip_request*, aip_error*) {
    f.host.timer_start(id, 10, 1, &first);
    f.host.timer_start(id, 10, 2, &second);
    CHECK(f.host.timer_cancel(first) == AIP_OK);
    CHECK(f.host.timer_cancel(first) == AIP_E_STALE);
    return AIP_OK;
  };
  f.plugin_does.on_wake = [&](std::uint32_t, std::uint64_t user) {
    fired += std::to_string(user);
    CHECK(f.host.timer_cancel(second) == AIP_E_STALE);
    return AIP_OK;
  };

  auto session = f.begun();
  f.worker.advance_ms(10);
  session->deliver_wakes();

  CHECK(fired == "2");
}

TEST_CASE("session: a timer of 0 ms that sets itself again leaves the turn to others") {
  Fixture f;
  int fired = 0;
  aip_id stream = 0;
  f.plugin_does.begin = [&](aip_id id, const aip_request*, aip_error*) {
    stream = id;
    aip_id out = 0;
    return f.host.timer_start(id, 0, 0, &out);
  };
  f.plugin_does.on_wake = [&](std::uint32_t, std::uint64_t) {
    ++fired;
    aip_id out = 0;
    return f.host.timer_start(stream, 0, 0, &out);
  };

  auto session = f.begun();
  f.worker.turn();
  session->deliver_wakes();
  CHECK(fired == 1);
  f.worker.turn();
  session->deliver_wakes();

  CHECK(fired == 2);
}

TEST_CASE("session: no timer fires after the end") {
  Fixture f;
  f.plugin_does.begin = [&](aip_id id, const aip_request*, aip_error*) {
    aip_id out = 0;
    f.host.timer_start(id, 10, 1, &out);
    return f.host.finish(id, nullptr);
  };

  auto session = f.begun();
  session->end();
  f.worker.advance_ms(20);

  CHECK(f.owner.session_events == 0);
  CHECK(f.plugin_does.log == "begin end");
}

// ---- threads -----------------------------------------------------------------------------------

TEST_CASE("session: posts from another thread arrive on the worker, in order") {
  Fixture f;
  std::string came;
  f.plugin_does.on_wake = [&](std::uint32_t why, std::uint64_t user) {
    CHECK(why == AIP_WAKE_POST);
    came += std::to_string(user);
    return AIP_OK;
  };
  auto session = f.begun();
  const aip_id id = session->id();

  std::thread other([&] {
    for (std::uint64_t i = 1; i <= 5; ++i) CHECK(f.host.post(id, i) == AIP_OK);
  });
  other.join();
  CHECK(came.empty());
  f.worker.turn();
  session->deliver_wakes();

  CHECK(came == "12345");
}

TEST_CASE("session: a post to a stream that ends meanwhile is dropped") {
  Fixture f;
  auto session = f.begun();

  CHECK(f.host.post(session->id(), 1) == AIP_OK);
  session.reset();
  f.worker.turn();

  CHECK(f.plugin_does.log == "begin end");
}

TEST_CASE("session: many threads post while streams come and go") {
  Fixture f;
  std::atomic<aip_id> current{0};
  std::atomic<bool> stop{false};
  std::atomic<int> taken{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&] {
      while (!stop.load()) {
        if (f.host.post(current.load(), 7) == AIP_OK) ++taken;
        f.host.log(current.load(), AIP_LOG_DEBUG, aip::plugin::span_of("still here"));
        f.host.metric(current.load(), aip::plugin::span_of("posts"), 1);
      }
    });
  }

  for (int round = 0; round < 300 || taken.load() == 0; ++round) {
    auto session = f.begun();
    current = session->id();
    f.worker.turn();
    session->deliver_wakes();
    std::this_thread::yield();
  }
  stop = true;
  for (std::thread& t : threads) t.join();
  f.worker.turn();

  CHECK(f.handles().in_use() == 0);
}

TEST_CASE("session: posts are bounded: at the limit and one above") {
  Fixture f;
  auto session = f.begun();
  std::size_t posted = 0;

  while (f.host.post(session->id(), posted) == AIP_OK) ++posted;

  CHECK(posted == aip::limits::kPluginPostsMax);
  CHECK(f.host.post(session->id(), 0) == AIP_E_OVERFLOW);
}

TEST_CASE("session: a worker's function on another thread is refused and counted") {
  Fixture f;
  auto session = f.begun();
  const aip_id id = session->id();
  aip_status status = AIP_OK;

  std::thread other([&] {
    const aip_event hello = text_event("hello");
    status = f.host.emit(id, &hello, 1);
  });
  other.join();

  CHECK(status == AIP_E_STATE);
  CHECK(f.owner.log.empty());
  CHECK(f.figures().misbehaved == 1);
}

// ---- the rest of the table ---------------------------------------------------------------------

TEST_CASE("host table: the clock is the worker's inside a callback") {
  Fixture f;
  std::uint64_t inside = 0;
  std::uint64_t wall = 0;
  f.plugin_does.begin = [&](aip_id, const aip_request*, aip_error*) {
    inside = f.host.now_ns();
    wall = f.host.wall_ms();
    return AIP_OK;
  };

  auto session = f.begun();

  CHECK(inside == f.worker.now_ns());
  CHECK(wall == f.worker.wall_ms());
  CHECK(f.host.now_ns() != 0);
}

TEST_CASE("host table: every function is there, and the extension for JSON answers") {
  const aip_host& host = aip::plugin::host_table();
  CHECK(host.struct_size == sizeof(aip_host));
  CHECK(AIP_HAS(&host, aip_host, metric));
  CHECK(host.get_extension("aiproxy.unknown/1") == nullptr);
  CHECK(host.get_extension(nullptr) == nullptr);
  std::uint8_t bytes[16] = {};
  CHECK(host.random(bytes, sizeof bytes) == AIP_OK);
  CHECK(host.random(nullptr, 1) == AIP_E_INVALID);
}

TEST_CASE("scope: a plugin's own counters are kept, up to their limit") {
  Fixture f;
  auto session = f.begun();
  const std::size_t most = aip::plugin::Scope::kOwnMetricsMax;

  for (std::size_t i = 0; i < most; ++i) {
    CHECK(f.host.metric(session->id(), aip::plugin::span_of("m" + std::to_string(i)), 2) == AIP_OK);
  }
  CHECK(f.host.metric(session->id(), aip::plugin::span_of("m0"), 3) == AIP_OK);
  CHECK(f.host.metric(session->id(), aip::plugin::span_of("more"), 1) == AIP_E_OVERFLOW);

  CHECK(f.figures().own.at("m0") == 5);
  CHECK(f.figures().own.size() == most);
}

TEST_CASE("scope: a slow callback is counted and named") {
  aip::plugin::Scope scope("rig", "slow");

  scope.count_callback("on_call", aip::limits::kPluginSlowCallbackNs - 1);
  CHECK(scope.figures().slow == 0);
  scope.count_callback("on_call", aip::limits::kPluginSlowCallbackNs);

  CHECK(scope.figures().slow == 1);
  CHECK(scope.figures().slow_callback == "on_call");
  CHECK(scope.figures().callbacks == 2);
}

TEST_CASE("scope: only what runs on a worker counts as a callback") {
  aip::test::FakeWorker worker;
  aip::plugin::Scope scope("rig", "control");

  aip::plugin::cross(scope, nullptr, "create", [] { return AIP_OK; });
  CHECK(scope.figures().callbacks == 0);
  aip::plugin::cross(scope, &worker, "begin", [] { return AIP_OK; });

  CHECK(scope.figures().callbacks == 1);
}
