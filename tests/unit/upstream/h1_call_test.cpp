// The answer's side of a call: what is told, what is pooled, what is not.
#include "core/upstream/h1_call.h"

#include <doctest/doctest.h>

#include <cstdio>
#include <map>

#include "core/base/random.h"
#include "tests/support/split.h"
#include "tests/unit/upstream/fakes.h"

using namespace aip;
using namespace aip::upstream;

TEST_CASE("h1_call: a request goes out in one write, and its answer is told in order") {
  Bench bench;
  const auto puller = bench.start(post("{}"));
  CHECK(bench.wire().sent ==
        "POST /v1/chat HTTP/1.1\r\nhost: api.test\r\naccept-encoding: identity\r\n"
        "content-length: 2\r\n\r\n{}");
  CHECK(bench.wire().writes == 1);
  CHECK(puller->call->request_sent());

  bench.arrive(kOk);

  CHECK(puller->status == 200);
  CHECK(puller->body == "ok");
  CHECK(puller->ended);
  CHECK(bench.client.pool().idle() == 1);
  CHECK_FALSE(bench.wire().closed);
}

TEST_CASE("h1_call: its connection is counted as long as it is open, in use or idle") {
  const char* const kEnds[] = {"kept", "closed", "broken", "given up"};
  for (const std::string end : kEnds) {
    CAPTURE(end);
    Bench bench;
    CHECK(bench.client.pool().open() == 0);
    auto puller = bench.start(get());
    CHECK(bench.client.pool().open() == 1);
    if (end == "kept") bench.arrive(kOk);
    if (end == "closed") {
      bench.arrive("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    }
    if (end == "broken") bench.arrive("what?\r\n\r\n");
    if (end == "given up") puller.reset();
    CHECK(bench.client.pool().open() == (end == "kept" ? 1 : 0));
    puller.reset();
    CHECK(bench.client.pool().open() == (end == "kept" ? 1 : 0));
  }
}

TEST_CASE("h1_call: every split of every kind of answer gives the same events") {
  struct Case {
    std::string_view bytes;
    int status;
    std::string_view body;
    bool pooled;
  };
  const Case cases[] = {
      {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 200, "hello", true},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n", 200,
       "hello", true},
      {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
       "HTTP/1.1 429 Too Many\r\nContent-Length: 1\r\n\r\nx",
       429, "x", true},
      {"HTTP/1.1 204 No Content\r\n\r\n", 204, "", true},
      {"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok", 200, "ok", false},
      {"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", 200, "ok", false},
      {"HTTP/1.1 500 Oh\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-Trailer: 1\r\n\r\n", 500, "",
       true},
  };
  for (const Case& c : cases) {
    CAPTURE(c.bytes);
    test::in_every_split(c.bytes, [&](const std::vector<std::string_view>& pieces) {
      for (const bool at_once : {false, true}) {
        Bench bench;
        const auto puller = bench.start(get());
        for (const std::string_view piece : pieces) {
          bench.wire().arrive(piece);
          if (!at_once) bench.loop.run();
        }
        bench.loop.run();
        REQUIRE(puller->ended);
        REQUIRE(puller->heads == 1);
        REQUIRE(puller->status == c.status);
        REQUIRE(puller->body == c.body);
        REQUIRE(bench.client.pool().idle() == (c.pooled ? 1 : 0));
        REQUIRE(bench.wire().closed == !c.pooled);
      }
    });
  }
}

TEST_CASE("h1_call: an answer until close ends with the connection, but not with a failure") {
  const std::string_view answer = "HTTP/1.1 200 OK\r\n\r\nall of it";
  {
    Bench bench;
    const auto puller = bench.start(get());
    bench.arrive(answer);
    CHECK_FALSE(puller->over());
    bench.wire().arrive_end();
    bench.loop.run();
    CHECK(puller->ended);
    CHECK(puller->body == "all of it");
    CHECK(bench.client.pool().idle() == 0);
  }
  {
    Bench bench;
    const auto puller = bench.start(get());
    bench.arrive(answer);
    bench.wire().arrive_failure();
    bench.loop.run();
    CHECK(puller->failed);
    CHECK(puller->call->error().code == ErrorCode::ProviderTruncated);
  }
}

TEST_CASE("h1_call: an answer to HEAD has no body, whatever it declares") {
  Bench bench;
  CallSpec spec = get();
  spec.method = "HEAD";
  const auto puller = bench.start(spec);

  bench.arrive("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n");

  CHECK(puller->ended);
  CHECK(bench.client.pool().idle() == 1);
}

TEST_CASE("h1_call: an answer that is cut anywhere is a failure, never an end, never pooled") {
  const std::string_view answers[] = {
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
  };
  int cuts = 0;
  int clean_ends = 0;
  int pooled = 0;
  for (const std::string_view answer : answers) {
    for (std::size_t n = 0; n < answer.size(); ++n) {
      for (const bool reset : {false, true}) {
        Bench bench;
        const auto puller = bench.start(get());
        bench.wire().arrive(answer.substr(0, n));
        if (reset) {
          bench.wire().arrive_failure();
        } else {
          bench.wire().arrive_end();
        }
        bench.loop.run();
        ++cuts;
        clean_ends += puller->ended ? 1 : 0;
        pooled += bench.wire().closed ? 0 : 1;
        CHECK(puller->failed);
        CHECK(puller->call->error().code == ErrorCode::ProviderTruncated);
      }
    }
  }
  CHECK(clean_ends == 0);
  CHECK(pooled == 0);
  std::printf("B: cut answers that ended cleanly: %d of %d; pooled: %d\n", clean_ends, cuts,
              pooled);
}

TEST_CASE("h1_call: bytes behind an answer close the connection") {
  Bench bench;
  const auto puller = bench.start(get());

  bench.arrive(std::string(kOk) + "HTTP/1.1 200 OK\r\n");

  CHECK(puller->ended);
  CHECK(puller->body == "ok");
  CHECK(bench.wire().closed);
  CHECK(bench.client.pool().idle() == 0);
}

TEST_CASE("h1_call: an answer behind which the connection ends is whole, but not pooled") {
  Bench bench;
  const auto puller = bench.start(get());
  bench.wire().pieces.emplace_back(kOk);

  bench.wire().arrive_end();
  bench.loop.run();

  CHECK(puller->ended);
  CHECK(bench.wire().closed);
}

TEST_CASE("h1_call: eight interim answers are skipped, a ninth is a failure") {
  for (const int n : {7, 8, 9}) {
    Bench bench;
    const auto puller = bench.start(get());
    for (int i = 0; i < n; ++i) bench.arrive("HTTP/1.1 102 Processing\r\n\r\n");
    bench.arrive(kOk);

    CHECK(puller->ended == (n <= 8));
    CHECK(puller->failed == (n > 8));
  }
}

TEST_CASE("h1_call: a head over its limit is too large") {
  Bench bench;
  CallSpec spec = get();
  spec.head_bytes_max = 1000;
  const auto puller = bench.start(spec);

  bench.arrive("HTTP/1.1 200 OK\r\nX: " + std::string(1000, 'x'));

  CHECK(puller->failed);
  CHECK(puller->call->error().code == ErrorCode::ProviderTooLarge);
  CHECK(bench.wire().closed);
}

TEST_CASE("h1_call: a call that failed stays failed, and its socket went at once") {
  Bench bench;
  const auto puller = bench.start(get());
  bench.arrive("nonsense\r\n\r\n");

  CHECK(puller->failed);
  CHECK(bench.wire().reset);
  CHECK(puller->call->next() == CallEvent::Failed);
  puller->call->send_body("x");
  puller->call->end_body();
  puller->call->set_reading(false);
  bench.loop.run();
  CHECK(puller->call->next() == CallEvent::Failed);
}

TEST_CASE("h1_call: what cannot be asked is told as the first event, not by start()") {
  Bench bench;
  Puller puller(bench.loop);
  for (const char* url : {"", "ftp://x/", "http://user@host/", "/relative", "http://"}) {
    CAPTURE(url);
    puller.failed = false;
    puller.call = bench.client.start(get(url), puller);
    CHECK_FALSE(puller.failed);
    bench.loop.run();
    CHECK(puller.failed);
    CHECK(puller.call->error().code == ErrorCode::GatewayPlugin);
  }
  CHECK(bench.transport.connects == 0);
}

TEST_CASE("h1_call: a connection that cannot be made is a failure with nothing sent") {
  Bench bench;
  bench.transport.at_once = false;
  const auto puller = bench.start(post("{}"));

  bench.transport.dials.front()->reach(DialPhase::Failed);
  bench.loop.run();

  CHECK(puller->failed);
  CHECK(puller->call->error().code == ErrorCode::ProviderConnect);
  CHECK_FALSE(puller->call->request_sent());
}

TEST_CASE("h1_call: set_reading(false) stops the socket, before and after it is there") {
  Bench bench;
  bench.transport.at_once = false;
  const auto puller = bench.start(get());
  puller->call->set_reading(false);
  bench.transport.dials.front()->reach(DialPhase::Ready);
  bench.loop.run();
  CHECK_FALSE(bench.wire().reading);

  puller->call->set_reading(true);
  CHECK(bench.wire().reading);
  bench.arrive(kOk);
  CHECK(puller->ended);
  CHECK(bench.wire().reading);
}

TEST_CASE("h1_call: body pieces are lent, not copied") {
  Bench bench;
  const auto puller = bench.start(get());
  puller->pulling = false;
  bench.arrive("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
  bench.arrive("hello");

  REQUIRE(puller->call->next() == CallEvent::Head);
  REQUIRE(puller->call->next() == CallEvent::Body);

  CHECK(puller->call->bytes().data() == bench.wire().pieces.front().data());
  CHECK(puller->call->next() == CallEvent::End);
}

TEST_CASE("h1_call: the counts tell what happened") {
  Bench bench;
  bench.transport.at_once = false;
  auto puller = bench.start(post("{}"));
  bench.loop.advance_ms(5);
  bench.transport.dials.front()->reach(DialPhase::Ready);
  bench.loop.run();
  bench.loop.advance_ms(7);
  bench.arrive(kOk);

  const CallStats& first = puller->call->stats();
  CHECK(first.dials == 1);
  CHECK_FALSE(first.reused);
  CHECK(first.connect_ns == 5'000'000);
  CHECK(first.first_byte_ns == 12'000'000);
  CHECK(first.bytes_received == kOk.size());
  CHECK(first.bytes_sent == bench.wire().sent.size());

  puller = bench.start(get());
  bench.arrive(kOk);
  CHECK(puller->call->stats().reused);
  CHECK(puller->call->stats().dials == 0);
}

TEST_CASE("h1_call: cancelling closes at once, in whatever phase") {
  for (int phase = 0; phase < 6; ++phase) {
    CAPTURE(phase);
    Bench bench;
    bench.transport.at_once = phase > 1;
    CallSpec spec = get();
    spec.upgrade = phase == 5;
    auto puller = bench.start(spec);
    if (phase == 1) bench.transport.dials.front()->reach(DialPhase::Handshaking);
    if (phase == 3) bench.arrive("HTTP/1.1 200 OK\r\nContent-");
    if (phase == 4) bench.arrive("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe");
    if (phase == 5) bench.arrive("HTTP/1.1 101 X\r\nUpgrade: websocket\r\n\r\n");
    bench.loop.run();

    puller.reset();

    if (phase <= 1) {
      CHECK(bench.transport.dials.empty());
      CHECK(bench.transport.wires.empty());
    } else {
      CHECK(bench.wire().closed);
      CHECK(bench.wire().reset);
    }
    bench.loop.advance_ms(3'000'000);  // no alarm of the dead
  }
}

TEST_CASE("h1_call: 10,000 requests of several identities never share a connection") {
  Bench bench;
  SeededRandom random(7);
  struct Running {
    std::unique_ptr<Puller> puller;
    Wire* wire;
  };
  std::vector<Running> running;
  std::map<Wire*, std::string> owner_of;
  int mismatches = 0;
  int reused = 0;
  const auto finish = [&](std::size_t at) {
    running[at].wire->arrive(kOk);
    bench.loop.run();
    REQUIRE(running[at].puller->ended);
    running.erase(running.begin() + static_cast<std::ptrdiff_t>(at));
  };
  for (int i = 0; i < 10'000; ++i) {
    const std::string tenant = random.below(2) == 0 ? "alice" : "bob";
    CallSpec spec = get(random.below(2) == 0 ? "http://a.test/" : "http://b.test/");
    spec.identity.credential = tenant;
    spec.identity.verify = random.below(4) != 0;
    spec.identity.ca_file = random.below(4) == 0 ? "ca.pem" : "";
    spec.headers.add("authorization", tenant);
    const std::string id =
        spec.url + tenant + (spec.identity.verify ? "v" : "-") + spec.identity.ca_file;
    std::map<Wire*, std::size_t> sent_before;
    for (const auto& wire : bench.transport.wires) sent_before[wire.get()] = wire->sent.size();
    Running now{bench.start(spec), nullptr};
    for (const auto& wire : bench.transport.wires) {
      if (wire->sent.size() != sent_before[wire.get()]) now.wire = wire.get();
    }
    REQUIRE(now.wire != nullptr);
    reused += now.puller->call->stats().reused ? 1 : 0;
    const auto [at, first] = owner_of.try_emplace(now.wire, id);
    if (!first && at->second != id) ++mismatches;
    running.push_back(std::move(now));
    while (running.size() > random.below(5)) {
      finish(random.below(static_cast<std::uint32_t>(running.size())));
    }
  }

  CHECK(mismatches == 0);
  CHECK(reused > 5'000);
  std::printf("E3: requests on another identity's connection: %d of 10000 (%d reused)\n",
              mismatches, reused);
}
