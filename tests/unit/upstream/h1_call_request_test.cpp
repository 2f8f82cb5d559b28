// The request's side of a call: bodies, back-pressure, stale connections, tunnels.
#include <doctest/doctest.h>

#include <cstdio>

#include "core/upstream/h1_call.h"
#include "tests/unit/upstream/fakes.h"

using namespace aip;
using namespace aip::upstream;

namespace {

std::string body_of(const std::string& sent) {
  return sent.substr(sent.find("\r\n\r\n") + 4);
}

CallSpec streamed(std::int64_t length) {
  CallSpec spec = post("");
  spec.body_streams = true;
  spec.body_length = length;
  return spec;
}

// One request was served, so the next finds a connection in the pool.
void warm(Bench& bench) {
  const auto first = bench.start(get());
  bench.arrive(kOk);
  REQUIRE(bench.client.pool().idle() == 1);
}

}  // namespace

TEST_CASE("h1_call: a streamed body is chunked, and a turn's pieces leave in one write") {
  Bench bench;
  const auto puller = bench.start(streamed(-1));
  const int writes = bench.wire().writes;
  puller->call->send_body("hello");
  puller->call->send_body("");
  puller->call->send_body("0123456789abcdef");
  puller->call->end_body();
  bench.loop.run();

  CHECK(bench.wire().writes == writes + 1);
  CHECK(body_of(bench.wire().sent) == "5\r\nhello\r\n10\r\n0123456789abcdef\r\n0\r\n\r\n");
  bench.arrive(kOk);
  CHECK(bench.client.pool().idle() == 1);
}

TEST_CASE("h1_call: a streamed body of known length goes as it is") {
  Bench bench;
  const auto puller = bench.start(streamed(6));
  puller->call->send_body("abc");
  bench.loop.run();
  puller->call->send_body("def");
  puller->call->end_body();
  bench.loop.run();

  CHECK(body_of(bench.wire().sent) == "abcdef");
}

TEST_CASE("h1_call: a body of another length than was said never reaches a pool") {
  for (const Bytes body : {Bytes("abcde"), Bytes("abcdefg")}) {
    Bench bench;
    const auto puller = bench.start(streamed(6));
    puller->call->send_body(body);
    puller->call->end_body();
    bench.loop.run();

    CHECK(puller->failed);
    CHECK(bench.wire().closed);
    CHECK(bench.wire().sent.find("abcdefg") == std::string::npos);
  }
}

TEST_CASE("h1_call: what is sent while dialling waits and goes with the head") {
  Bench bench;
  bench.transport.at_once = false;
  const auto puller = bench.start(streamed(-1));
  puller->call->send_body("abc");
  bench.loop.run();
  CHECK(puller->call->queued_bytes() > 0);
  CHECK_FALSE(puller->call->request_sent());

  bench.transport.dials.front()->reach(DialPhase::Ready);
  bench.loop.run();

  CHECK(bench.wire().writes == 1);
  CHECK(body_of(bench.wire().sent) == "3\r\nabc\r\n");
}

TEST_CASE("h1_call: an upload to a peer that takes nothing is held back") {
  Bench bench;
  bench.transport.wire_takes = 0;
  const auto puller = bench.start(streamed(-1));
  const std::string piece(16 * 1024, 'x');
  std::size_t taken = 0;
  const auto upload = [&] {
    while (puller->call->queued_bytes() < limits::kStreamBufferBytesMax) {
      puller->call->send_body(piece);
      taken += piece.size();
    }
    bench.loop.run();
  };

  upload();
  const std::size_t held = puller->call->queued_bytes();
  CHECK(held <= limits::kStreamBufferBytesMax + 2 * piece.size());
  const int told = puller->told;
  bench.wire().take(100'000);
  bench.loop.run();
  CHECK(puller->told > told);  // the owner hears that there is room
  upload();

  CHECK(puller->call->queued_bytes() <= limits::kStreamBufferBytesMax + 2 * piece.size());
  CHECK(taken <= limits::kStreamBufferBytesMax + 100'000 + 2 * piece.size());
  std::printf("C3: an upload to a peer that takes nothing holds %zu KiB\n", held / 1024);
}

// A socket that takes all at once tells nothing later. An owner stops at the bound, so one that has
// filled it exactly must hear of room as well.
TEST_CASE("h1_call: who has filled the output is told of room, however quickly it was taken") {
  for (const std::size_t size :
       {limits::kStreamOutputBytesMax, limits::kStreamOutputBytesMax + 1}) {
    CAPTURE(size);
    Bench bench;
    const auto puller = bench.start(streamed(10'000'000));
    bench.loop.run();
    const int told = puller->told;
    puller->call->send_body(std::string(size, 'x'));
    bench.loop.run();
    CHECK(puller->call->queued_bytes() == 0);
    CHECK(puller->told > told);
  }
}

TEST_CASE("h1_call: a large whole body is sent in slices, so its copy is bounded") {
  Bench bench;
  bench.transport.wire_takes = 0;
  std::string body(10'000'000, 'x');
  for (std::size_t i = 0; i < body.size(); i += 1000) body[i] = static_cast<char>('a' + i % 26);
  const auto puller = bench.start(post(body));
  Wire& wire = bench.wire();
  std::size_t most = 0;
  for (int i = 0; i < 2000 && wire.sent.size() < body.size(); ++i) {
    wire.take(50'000);
    bench.loop.run();
    most = std::max(most, wire.queued.size());
  }
  wire.take(1'000'000);
  bench.loop.run();

  CHECK(most <= limits::kStreamBufferBytesMax + limits::kStreamBufferBytesLow);
  CHECK(body_of(wire.sent) == body);
  bench.arrive(kOk);
  CHECK(puller->ended);
  CHECK(bench.client.pool().idle() == 1);
}

TEST_CASE("h1_call: an answer before the request has gone whole is told, but not pooled") {
  Bench bench;
  const auto puller = bench.start(streamed(-1));
  puller->call->send_body("abc");
  bench.loop.run();

  bench.arrive("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno");

  CHECK(puller->ended);
  CHECK(puller->status == 413);
  CHECK(bench.wire().closed);
  puller->call->send_body("more");
  puller->call->end_body();
  bench.loop.run();
}

TEST_CASE("h1_call: a stale pooled connection costs one fresh one, and the client nothing") {
  for (const bool reset : {false, true}) {
    Bench bench;
    warm(bench);
    const auto puller = bench.start(post("{}"));
    Wire& stale = bench.wire();
    if (reset) {
      stale.arrive_failure();
    } else {
      stale.arrive_end();
    }
    bench.loop.run();

    CHECK_FALSE(puller->over());
    CHECK(stale.closed);
    CHECK(bench.transport.connects == 2);
    CHECK(bench.wire().sent.ends_with("{}"));
    bench.arrive(kOk);
    CHECK(puller->ended);
    CHECK(puller->body == "ok");
    CHECK(puller->call->stats().dials == 1);
  }
}

TEST_CASE("h1_call: a fresh connection that ends without an answer is not tried again") {
  Bench bench;
  warm(bench);
  const auto puller = bench.start(post("{}"));
  bench.wire().arrive_end();
  bench.loop.run();
  bench.wire().arrive_end();
  bench.loop.run();

  CHECK(puller->failed);
  CHECK(puller->call->error().code == ErrorCode::ProviderTruncated);
  CHECK(bench.transport.connects == 2);
}

TEST_CASE("h1_call: what has begun to be answered is never sent again") {
  Bench bench;
  warm(bench);
  const auto puller = bench.start(post("{}"));
  bench.arrive("H");
  bench.wire().arrive_end();
  bench.loop.run();

  CHECK(puller->failed);
  CHECK(bench.transport.connects == 1);
}

TEST_CASE("h1_call: a peer that ends late has taken the request, so it is not sent again") {
  for (const bool replayable : {false, true}) {
    Bench bench;
    warm(bench);
    CallSpec spec = post("{}");
    spec.replayable = replayable;
    const auto puller = bench.start(spec);
    bench.loop.advance_ms(H1Call::kStaleMs);
    bench.wire().arrive_end();
    bench.loop.run();

    CHECK(puller->failed == !replayable);
    CHECK(bench.transport.connects == (replayable ? 2 : 1));
  }
}

TEST_CASE("h1_call: a body that streamed away is not sent again") {
  Bench bench;
  warm(bench);
  const auto puller = bench.start(streamed(-1));
  puller->call->send_body("abc");
  bench.loop.run();
  bench.wire().arrive_end();
  bench.loop.run();

  CHECK(puller->failed);
  CHECK(bench.transport.connects == 1);
}

TEST_CASE("h1_call: after a stale connection, a dial that fails counts as nothing sent") {
  Bench bench;
  warm(bench);
  bench.transport.at_once = false;
  const auto puller = bench.start(post("{}"));
  bench.wire().arrive_end();
  bench.loop.run();
  bench.transport.dials.front()->reach(DialPhase::Failed);
  bench.loop.run();

  CHECK(puller->failed);
  CHECK_FALSE(puller->call->request_sent());
}

TEST_CASE("h1_call: an upgrade becomes a tunnel, with what came behind 101") {
  Bench bench;
  CallSpec spec = get();
  spec.upgrade = true;
  spec.body_streams = true;
  const auto puller = bench.start(spec);
  puller->call->end_body();  // a GET has no body; the tunnel is not meant
  puller->call->send_body("early");
  bench.loop.run();
  CHECK(body_of(bench.wire().sent).empty());  // nothing passes before 101

  bench.arrive("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\nfirst");
  CHECK(puller->status == 101);
  CHECK(puller->body == "first");
  CHECK(body_of(bench.wire().sent) == "early");
  puller->call->send_body("HTTP/1.1 is not spoken any more");
  bench.arrive("\r\nraw");
  CHECK(puller->body == "first\r\nraw");
  CHECK(body_of(bench.wire().sent) == "earlyHTTP/1.1 is not spoken any more");
  CHECK_FALSE(bench.wire().shut);

  puller->call->end_body();
  bench.loop.run();
  CHECK(bench.wire().shut);
  bench.wire().arrive_end();
  bench.loop.run();
  CHECK(puller->ended);
  CHECK(bench.wire().closed);
  CHECK(bench.client.pool().idle() == 0);
}

TEST_CASE("h1_call: an upgrade that is declined is an ordinary answer") {
  Bench bench;
  CallSpec spec = get();
  spec.upgrade = true;
  const auto puller = bench.start(spec);
  puller->call->send_body("early");

  bench.arrive(kOk);

  CHECK(puller->ended);
  CHECK(puller->status == 200);
  CHECK(bench.wire().sent.find("early") == std::string::npos);
}

TEST_CASE("h1_call: a tunnel that breaks is a failure") {
  Bench bench;
  CallSpec spec = get();
  spec.upgrade = true;
  const auto puller = bench.start(spec);
  bench.arrive("HTTP/1.1 101 X\r\nUpgrade: websocket\r\n\r\n");

  bench.wire().arrive_failure();
  bench.loop.run();

  CHECK(puller->failed);
}
