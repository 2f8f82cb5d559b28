#include "core/server/server.h"

#include <doctest/doctest.h>

#include "core/base/limits.h"
#include "tests/unit/server/rig.h"

using namespace aip;
using namespace aip::server;

TEST_CASE("server: at the cap a client is served, one above gets a 503, far above a reset") {
  config::Limits limits;
  limits.connections = 2;
  Rig rig({}, limits);
  std::vector<std::unique_ptr<test::Peer>> peers;
  for (std::uint32_t i = 0; i < 2 + limits::kOverflowConnectionsMax + 1; ++i) {
    peers.push_back(rig.connect());
    peers.back()->send(kGet);
    rig.loop.run();
  }
  CHECK(peers[1]->received().starts_with("HTTP/1.1 200 "));
  CHECK(peers[2]->received().starts_with("HTTP/1.1 503 "));
  CHECK(peers[2]->ended());
  CHECK(peers[peers.size() - 2]->received().starts_with("HTTP/1.1 503 "));
  CHECK(peers.back()->received().empty());
  CHECK(peers.back()->was_reset());
  CHECK(rig.server.counters().shed.get() == 1);

  // Another listener has its own cap, and places are given back.
  CHECK_FALSE(rig.connect(1)->gone());
  peers[0]->close();
  for (std::size_t i = 2; i < peers.size(); ++i) peers[i]->close();
  rig.loop.run();
  CHECK(rig.open() == 1);
  auto next = rig.connect();
  next->send(kGet);
  rig.loop.run();
  CHECK(next->received().starts_with("HTTP/1.1 200 "));
}

TEST_CASE("server: counts connections, requests and refusals by their code") {
  Rig rig;
  rig.exchange(std::string(kGet) + std::string(kGet) + "BAD\r\n\r\n");
  const Counters& counters = rig.server.counters();
  CHECK(counters.open.get() == 1);
  CHECK(counters.accepted.get() == 1);
  CHECK(counters.requests.get() == 2);
  CHECK(counters.refused[static_cast<std::size_t>(ErrorCode::CallerBadHttp)].get() == 1);
  CHECK(counters.refused[static_cast<std::size_t>(ErrorCode::CallerTimeout)].get() == 0);
}

TEST_CASE("server: draining ends idle connections now and the others after their answer") {
  Rig rig;
  rig.handler.act = {};
  rig.exchange(kGet);
  auto silent = rig.connect();
  auto typing = rig.connect();
  typing->send("GET /t HTTP/1.1\r\n");
  auto streaming = rig.connect();
  streaming->send(kGet);
  rig.loop.run();
  rig.request().send_stream_head();
  rig.loop.run();
  int empty = 0;

  rig.server.drain([&] { ++empty; });
  rig.loop.run();
  CHECK_FALSE(silent->ended());  // its request may be on the way
  CHECK_FALSE(typing->gone());
  CHECK_FALSE(rig.client().gone());

  typing->send("Host: h\r\n\r\n");
  rig.loop.run();
  rig.request().answer("typed");
  rig.handler.requests[0]->answer("waited");
  rig.handler.requests[1]->stream->end();
  rig.loop.advance_ms(limits::kFreshDrainMs);
  CHECK(silent->ended());
  CHECK(has(typing->received(), "connection: close\r\n"));
  CHECK(has(rig.client().received(), "connection: close\r\n"));
  CHECK(typing->ended());
  CHECK(rig.client().ended());
  CHECK(streaming->ended());  // its head had promised more; to end between requests is allowed
  CHECK(empty == 1);          // nobody was still sending, so nobody is waited for
  CHECK(rig.open() == 0);
}

TEST_CASE("server: who comes out of the queue while draining is served once, or has a second") {
  Rig rig;
  rig.handler.act = echo;
  int empty = 0;
  auto held = rig.connect();
  held->send("GET /h HTTP/1.1\r\n");
  rig.loop.run();
  rig.server.drain([&] { ++empty; });

  auto late = rig.connect();
  CHECK_FALSE(late->ended());
  late->send(kGet);
  rig.loop.run();
  CHECK(has(late->received(), "connection: close\r\n"));
  CHECK(late->ended());
  auto silent = rig.connect();
  rig.loop.advance_ms(limits::kFreshDrainMs - 1);
  CHECK_FALSE(silent->gone());
  rig.loop.advance_ms(1);
  CHECK(silent->ended());
  held->send("Host: h\r\n\r\n");
  rig.loop.run();
  CHECK(empty == 1);
}

TEST_CASE(
    "server: one listener's connections drain, another's go on, and it may be welcomed back") {
  Rig rig;
  auto first = rig.connect(0);
  auto second = rig.connect(1);
  for (auto* peer : {first.get(), second.get()}) peer->send(kGet);
  rig.loop.run();

  rig.server.drain_listener(1);
  rig.loop.run();
  CHECK(second->ended());
  CHECK_FALSE(first->gone());
  first->send(kGet);
  rig.loop.run();
  CHECK_FALSE(has(first->received(), "connection: close"));

  rig.server.welcome_listener(1);
  auto third = rig.connect(1);
  third->send(kGet);
  rig.loop.run();
  CHECK_FALSE(has(third->received(), "connection: close"));
}

TEST_CASE("server: other limits count from the next message on") {
  Rig rig;
  CHECK(
      has(rig.exchange("GET /" + std::string(500, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n"), " 200 "));
  config::Limits limits;
  limits.url_bytes = 400;
  rig.server.set_limits(limits);
  CHECK(
      has(rig.exchange("GET /" + std::string(500, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n"), " 414 "));
}

TEST_CASE("server: draining with nothing open is told at once") {
  Rig rig;
  int empty = 0;
  rig.server.drain([&] { ++empty; });
  CHECK(empty == 1);
}

TEST_CASE("server: a thousand connections of all kinds leave nothing behind") {
  Rig rig;
  for (int i = 0; i < 1000; ++i) {
    auto peer = rig.connect();
    peer->send(i % 3 == 0 ? kGet : i % 3 == 1 ? "GET / HTT" : "nonsense\r\n\r\n");
    if (i % 5 != 0) rig.loop.run();
    if (i % 2 == 0) {
      peer->close();
    } else {
      peer->reset();
    }
    rig.loop.run();
  }
  rig.loop.advance_ms(limits::kLingerMs);
  CHECK(rig.open() == 0);
  CHECK(rig.network.open_streams() == 0);
  CHECK(rig.loop.next_deadline_ns() == UINT64_MAX);
}

TEST_CASE("server: it may be destroyed in any state, and a request that runs is told") {
  const std::vector<std::string> wires{
      "",
      "GET / HT",
      std::string(kGet),
      post("hello"),
      "POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nhal",
      "BAD / HTTP/1.1\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
      std::string(kGet) + std::string(kGet)};
  const std::vector<Request::Act> acts{Request::Act(),
                                       echo,
                                       [](Request& r) { r.read(); },
                                       [](Request& r) {
                                         if (!r.stream->bytes_sent()) r.send_stream_head();
                                         r.stream->send_body("x");
                                       },
                                       [](Request& r) { r.stream->abort(); },
                                       [](Request& r) {
                                         if (r.turns == 1) r.answer("x");
                                       }};
  for (const std::string& wire : wires) {
    for (const Request::Act& act : acts) {
      for (std::size_t turns = 0; turns < 6; ++turns) {
        test::FakeLoop loop;
        test::MemoryNetwork network(loop);
        Handler handler(loop);
        handler.act = act;
        auto server = std::make_unique<Server>(loop, handler, config::Limits());
        test::MemoryPair pair = network.connect();
        server->accept(std::move(pair.near), "192.0.2.1", 0);
        const Bytes bytes = wire;
        pair.far->write({&bytes, 1});
        for (std::size_t i = 0; i < turns; ++i) loop.run_once();

        server.reset();
        for (const auto& request : handler.requests) {
          if (request->stream && act == nullptr) CHECK(request->failure() == "client_closed");
        }
        loop.run();
        handler.requests.clear();
        loop.run();
        CHECK(network.open_streams() == 1);
      }
    }
  }
}

TEST_CASE("server: a request's stream may outlive it and be let go of in any state") {
  Rig rig;
  rig.handler.act = {};
  rig.exchange(kGet);
  rig.client().reset();
  rig.loop.run();
  ClientStream& stream = *rig.request().stream;
  CHECK(rig.request().failure() == "client_closed");
  stream.send_head(200, {}, 2);
  stream.body_out().append("ok");
  stream.end();
  rig.loop.run();
  CHECK(rig.open() == 0);
  stream.want_body();
  stream.consume_body(0);
  stream.abort();
  CHECK(stream.body().empty());
  CHECK(stream.queued_bytes() == 0);
  rig.loop.run();
}
