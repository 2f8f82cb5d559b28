// Which timer ends which stall, on a clock that the test moves.
#include "core/upstream/deadlines.h"

#include <doctest/doctest.h>

#include <cstdio>
#include <functional>

#include "tests/unit/upstream/fakes.h"

using namespace aip;
using namespace aip::upstream;

namespace {

Timeouts timeouts() {
  Timeouts t;
  t.connect_ms = 1'000;
  t.tls_ms = 2'000;
  t.first_byte_ms = 3'000;
  t.idle_ms = 4'000;
  t.total_ms = 20'000;
  return t;
}

CallSpec timed(CallSpec spec) {
  spec.timeouts = timeouts();
  return spec;
}

constexpr Bytes kHead = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
constexpr Bytes kChunk = "1\r\nx\r\n";

// Time passes in steps, and at each the peer does something, until the call is over.
std::uint64_t ms_until_over(Bench& bench, Puller& puller, std::uint64_t step_ms,
                            const std::function<void()>& each) {
  const std::uint64_t start = bench.loop.now_ns();
  for (int i = 0; i < 100'000 && !puller.over(); ++i) {
    each();
    bench.loop.advance_ms(step_ms);
  }
  return (bench.loop.now_ns() - start) / 1'000'000;
}

}  // namespace

TEST_CASE("h1_call: six stalls, each ended by the timer of its own name, to the millisecond") {
  struct Stall {
    const char* what;
    ErrorCode code;
    std::uint64_t ms;
    std::function<void(Bench&)> begin;
    std::function<void(Bench&)> each;
  };
  const auto nothing = [](Bench&) {};
  const auto ready = [](Bench& b) {
    b.transport.dials.front()->reach(DialPhase::Ready);
    b.loop.run();
  };
  const Stall stalls[] = {
      {"nobody accepts", ErrorCode::ProviderTimeoutConnect, 1'000, nothing, nothing},
      {"the handshake stalls", ErrorCode::ProviderTimeoutTls, 2'000,
       [](Bench& b) {
         b.transport.dials.front()->reach(DialPhase::Handshaking);
         b.loop.run();
       },
       nothing},
      {"the head drips", ErrorCode::ProviderTimeoutFirstByte, 3'000,
       [&](Bench& b) {
         ready(b);
         b.arrive("HTTP/1.1 200 OK\r\nX: ");
       },
       [](Bench& b) { b.wire().arrive("x"); }},
      {"a head, and no token", ErrorCode::ProviderTimeoutIdle, 4'000,
       [&](Bench& b) {
         ready(b);
         b.arrive(kHead);
       },
       nothing},
      {"a token, and then nothing", ErrorCode::ProviderTimeoutIdle, 4'000,
       [&](Bench& b) {
         ready(b);
         b.arrive(kHead);
         b.arrive(kChunk);
       },
       nothing},
      {"bytes for ever", ErrorCode::ProviderTimeoutTotal, 20'000,
       [&](Bench& b) {
         ready(b);
         b.arrive(kHead);
       },
       [](Bench& b) { b.wire().arrive(kChunk); }},
  };
  int right = 0;
  for (const Stall& stall : stalls) {
    CAPTURE(stall.what);
    Bench bench;
    bench.transport.at_once = false;
    const auto puller = bench.start(timed(post("{}")));
    stall.begin(bench);

    const std::uint64_t ms = ms_until_over(bench, *puller, 1, [&] { stall.each(bench); });

    REQUIRE(puller->failed);
    CHECK(puller->call->error().code == stall.code);
    CHECK(ms == stall.ms);
    right += puller->call->error().code == stall.code && ms == stall.ms ? 1 : 0;
    CHECK(bench.transport.dials.empty());
    for (const auto& wire : bench.transport.wires) CHECK(wire->closed);
  }
  std::printf("B5: right timer: %d of 6; worst error 0 ms\n", right);
}

TEST_CASE("h1_call: the total time counts from the start, whatever the phase") {
  Bench bench;
  bench.transport.at_once = false;
  CallSpec spec = timed(get());
  spec.timeouts.total_ms = 500;
  const auto puller = bench.start(spec);

  const std::uint64_t ms = ms_until_over(bench, *puller, 1, [] {});

  CHECK(puller->call->error().code == ErrorCode::ProviderTimeoutTotal);
  CHECK(ms == 500);
}

TEST_CASE("h1_call: chunks cost no timer: the alarm stays where it is") {
  Bench bench;
  const auto puller = bench.start(timed(get()));
  bench.arrive(kHead);
  bench.loop.advance_ms(3'000);  // the deadlines of earlier phases ring once, and are gone
  const std::uint64_t alarm = bench.loop.next_deadline_ns();

  for (int i = 0; i < 900; ++i) {
    bench.arrive(kChunk);
    bench.loop.advance_ms(1);
  }

  CHECK(bench.loop.next_deadline_ns() == alarm);
  CHECK(puller->body.size() == 900);
}

TEST_CASE("h1_call: a slow owner is not the peer's fault") {
  Bench bench;
  const auto puller = bench.start(timed(get()));
  bench.arrive(kHead);
  puller->pulling = false;
  bench.arrive(kChunk);
  bench.loop.advance_ms(10'000);
  CHECK(puller->call->next() == CallEvent::Body);
  CHECK(puller->call->next() == CallEvent::None);

  puller->call->set_reading(false);
  bench.loop.advance_ms(5'000);
  puller->call->set_reading(true);
  bench.loop.advance_ms(3'999);
  CHECK(puller->call->next() == CallEvent::None);
  bench.loop.advance_ms(1);
  CHECK(puller->call->next() == CallEvent::Failed);
  CHECK(puller->call->error().code == ErrorCode::ProviderTimeoutIdle);
}

TEST_CASE("h1_call: a long upload that moves is not timed out, one that stops is") {
  Bench bench;
  CallSpec spec = timed(post(std::string(1'000'000, 'x')));
  spec.timeouts.total_ms = 1'000'000;
  bench.transport.wire_takes = 0;
  const auto puller = bench.start(spec);

  for (int i = 0; i < 20; ++i) {
    bench.wire().take(100);
    bench.loop.advance_ms(2'000);
  }
  CHECK_FALSE(puller->over());

  const std::uint64_t ms = ms_until_over(bench, *puller, 1, [] {});
  CHECK(puller->call->error().code == ErrorCode::ProviderTimeoutFirstByte);
  CHECK(ms == 1'000);
}

TEST_CASE("h1_call: an owner that still uploads does not let the answer's timer run") {
  Bench bench;
  CallSpec spec = timed(post(""));
  spec.body_streams = true;
  const auto puller = bench.start(spec);

  bench.loop.advance_ms(10'000);
  CHECK_FALSE(puller->over());
  puller->call->end_body();
  const std::uint64_t ms = ms_until_over(bench, *puller, 1, [] {});

  CHECK(puller->call->error().code == ErrorCode::ProviderTimeoutFirstByte);
  CHECK(ms == 3'000);
}

TEST_CASE("h1_call: a tunnel has no total time, and bytes either way keep it") {
  Bench bench;
  CallSpec spec = timed(get());
  spec.upgrade = true;
  const auto puller = bench.start(spec);
  bench.arrive("HTTP/1.1 101 X\r\nUpgrade: websocket\r\n\r\n");

  for (int i = 0; i < 10; ++i) {
    bench.arrive("ping");
    bench.loop.advance_ms(3'000);
    puller->call->send_body("pong");
    bench.loop.advance_ms(3'000);
  }
  CHECK_FALSE(puller->over());

  const std::uint64_t ms = ms_until_over(bench, *puller, 1, [] {});
  CHECK(puller->call->error().code == ErrorCode::ProviderTimeoutIdle);
  CHECK(ms == 1'000);
}
