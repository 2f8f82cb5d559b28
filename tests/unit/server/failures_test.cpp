// Clients that break the protocol, come too slowly, or leave.
#include <doctest/doctest.h>

#include "core/base/limits.h"
#include "tests/support/split.h"
#include "tests/unit/server/rig.h"

using namespace aip;
using namespace aip::server;

TEST_CASE("refusal: a malformed head is answered, told once, and the connection's end") {
  const std::string bad = "GET /x HTTP/1.1\r\n\r\n" + std::string(kGet);
  test::in_every_split(bad, [](const auto& pieces) {
    Rig rig;
    const std::string got = rig.exchange(pieces);
    CHECK(got.starts_with("HTTP/1.1 400 Bad Request\r\n"));
    CHECK(has(got, "content-type: application/json\r\n"));
    CHECK(has(got, "connection: close\r\n"));
    CHECK(body_of(got).starts_with("/x: "));
    CHECK(count(got, "HTTP/1.1") == 1);
    CHECK(rig.client().ended());
    CHECK_FALSE(rig.client().was_reset());
    CHECK(rig.handler.requests.empty());
    CHECK(rig.handler.refused == Names{"caller_bad_http"});
  });
}

TEST_CASE("refusal: a good request before the bad one is served, nothing behind it is") {
  Rig rig;
  const std::string got =
      rig.exchange(std::string(kGet) + "BAD / HTTP/1.1\r\nHost: h\r\n\r\n" + std::string(kGet));
  CHECK(count(got, "HTTP/1.1 200") == 1);
  CHECK(count(got, "HTTP/1.1 400") == 1);
  CHECK(count(got, "HTTP/1.1") == 2);
}

TEST_CASE("refusal: limits one below, at and one above") {
  config::Limits limits;
  limits.head_bytes = 1000;
  limits.header_fields = 5;
  limits.url_bytes = 100;
  limits.body_bytes = 50;
  const auto status = [&](const std::string& wire) {
    Rig rig({}, limits);
    return rig.exchange(wire).substr(9, 3);
  };
  const std::string frame = "GET / HTTP/1.1\r\nHost: h\r\nX: \r\n\r\n";
  const std::string url_frame = " HTTP/1.1\r\nHost: h\r\n\r\n";
  int wrong = 0;
  for (const int over : {-1, 0, 1}) {
    const auto at = [over](int limit) { return static_cast<std::size_t>(limit + over); };
    std::string fields;
    for (std::size_t i = 1; i < at(5); ++i) fields += "F: 1\r\n";
    const std::string value(at(1000) - frame.size(), 'x');
    wrong += status("GET / HTTP/1.1\r\nHost: h\r\nX: " + value + "\r\n\r\n") !=
             (over > 0 ? "431" : "200");
    wrong +=
        status("GET / HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n") != (over > 0 ? "431" : "200");
    wrong +=
        status("GET /" + std::string(at(100) - 1, 'u') + url_frame) != (over > 0 ? "414" : "200");
    wrong += status(post(std::string(at(50), 'b'))) != (over > 0 ? "413" : "200");
  }
  CHECK(wrong == 0);
  std::printf("A8: boundary errors of the server's limits: %d of 12\n", wrong);
}

TEST_CASE("refusal: a chunked body over the limit is told to the request that runs") {
  config::Limits limits;
  limits.body_bytes = 50;
  for (const std::size_t size : {50U, 51U}) {
    Rig rig({}, limits);
    rig.handler.act = [](Request& r) { r.read(); };
    char line[16];
    std::snprintf(line, sizeof line, "%zx\r\n", size);
    rig.exchange("POST /p HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" +
                 std::string(line) + std::string(size, 'b') + "\r\n0\r\n\r\n");
    CHECK(rig.request().failure() == (size > 50 ? "caller_body_too_large" : ""));
    CHECK(rig.request().stream->body_ended() == (size <= 50));
  }
}

TEST_CASE("refusal: an expectation that we do not know is a 417, for HEAD without a body") {
  Rig rig;
  const std::string got = rig.exchange("GET /e HTTP/1.1\r\nHost: h\r\nExpect: the-moon\r\n\r\n");
  CHECK(got.starts_with("HTTP/1.1 417 "));
  CHECK(body_of(got).starts_with("/e: "));
  CHECK(rig.handler.refused == Names{"caller_expectation"});
  CHECK(rig.server.requests() == 0);

  Rig head;
  CHECK(body_of(head.exchange("HEAD / HTTP/1.1\r\nHost: h\r\nExpect: the-moon\r\n\r\n")).empty());
}

TEST_CASE("body: a malformed one fails the request, which may still answer") {
  Rig rig;
  rig.handler.act = [](Request& request) {
    if (!request.stream) return;
    request.read();
    if (request.stream->failure() == nullptr) return;
    request.answer("bad body", 400);
    request.stream.reset();
  };
  const std::string got =
      rig.exchange("POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n" +
                   std::string(kGet));
  CHECK(got.starts_with("HTTP/1.1 400 "));
  CHECK(has(got, "connection: close\r\n"));
  CHECK(count(got, "HTTP/1.1") == 1);
  CHECK(rig.client().ended());
}

TEST_CASE("head deadline: absolute from the first byte, however it drips") {
  Rig rig;
  rig.exchange(kGet);
  rig.loop.advance_ms(30'000);
  const std::string drip = "GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(100, 'x');
  std::size_t sent = 0;
  for (; sent < drip.size() && rig.handler.refused.empty(); ++sent) {
    rig.client().send(std::string_view(drip).substr(sent, 1));
    rig.loop.advance_ms(500);
  }
  CHECK(sent == 20);
  CHECK(rig.client().take().starts_with("HTTP/1.1 408 "));
  CHECK(rig.handler.refused == Names{"caller_timeout"});
}

TEST_CASE("head deadline: one below, at, and in time") {
  Rig rig;
  static_cast<void>(rig.client());
  rig.loop.advance_ms(9'000);
  rig.client().send("GET ");
  rig.loop.advance_ms(999);
  CHECK(rig.client().received().empty());  // counted from accept for the first head
  rig.loop.advance_ms(1);
  CHECK(rig.client().received().starts_with("HTTP/1.1 408 "));

  Rig good;
  static_cast<void>(good.client());
  good.loop.advance_ms(9'999);
  CHECK(good.exchange(kGet).starts_with("HTTP/1.1 200 "));
}

TEST_CASE("head deadline: who says nothing at all is closed in silence") {
  Rig rig;
  static_cast<void>(rig.client());
  rig.loop.advance_ms(10'000);
  CHECK(rig.client().ended());
  CHECK(rig.client().received().empty());
  CHECK(rig.handler.refused.empty());
}

TEST_CASE("keep-alive deadline: one below and at, in silence") {
  Rig rig;
  rig.exchange(kGet);
  rig.loop.advance_ms(74'999);
  CHECK(rig.open() == 1);
  rig.loop.advance_ms(1);
  CHECK(rig.open() == 0);
  CHECK(rig.client().ended());
  CHECK(rig.client().received().empty());
}

TEST_CASE("body deadline: moved by body bytes, not by framing, and only while they are wanted") {
  Rig rig;
  rig.handler.act = [](Request& r) { r.read(); };
  rig.exchange("POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
  rig.loop.advance_ms(29'999);
  rig.exchange("1\r\nx\r\n");
  rig.loop.advance_ms(29'999);
  CHECK(rig.request().failure().empty());
  rig.exchange("1;ext");
  rig.loop.advance_ms(1);
  CHECK(rig.request().failure() == "caller_timeout");

  Rig unwanted;
  unwanted.handler.act = {};
  unwanted.exchange("POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhe");
  unwanted.loop.advance_ms(300'000);
  CHECK(unwanted.request().failure().empty());
  unwanted.request().stream->want_body();
  unwanted.loop.advance_ms(300'000);  // its own reader is the slow one
  CHECK(unwanted.request().failure().empty());
  unwanted.request().read();
  unwanted.loop.advance_ms(29'999);
  CHECK(unwanted.request().failure().empty());
  unwanted.loop.advance_ms(1);
  CHECK(unwanted.request().failure() == "caller_timeout");
}

TEST_CASE("client gone: an end or a reset is told at once while a request runs") {
  const std::vector<std::function<void(test::Peer&)>> ways{
      [](test::Peer& p) { p.finish(); },
      [](test::Peer& p) { p.close(); },
      [](test::Peer& p) { p.reset(); },
  };
  for (const auto& way : ways) {
    for (const bool head_sent : {false, true}) {
      Rig rig;
      rig.handler.act = {};
      rig.exchange(post("unread"));
      if (head_sent) rig.request().send_stream_head();
      rig.loop.run();
      const std::uint64_t then = rig.loop.now_ns();
      way(rig.client());
      rig.loop.run();
      CHECK(rig.request().failure() == "client_closed");
      CHECK(rig.loop.now_ns() == then);
      rig.request().stream->abort();
      rig.loop.run();
      CHECK(rig.open() == 0);
    }
  }
}

TEST_CASE("client gone: pipelined requests and an end in one piece are answered by who is quick") {
  Rig rig;
  rig.handler.at_once = [](std::unique_ptr<ClientStream> stream) {
    stream->send_head(200, {}, 2);
    stream->send_body("ok");
    stream->end();
  };
  rig.client().send(std::string(kGet) + std::string(kGet));
  rig.client().finish();
  rig.loop.run();
  CHECK(count(rig.client().received(), "HTTP/1.1 200") == 2);
  CHECK(rig.open() == 0);
}

TEST_CASE("client gone: within a head or between requests nobody is told") {
  for (const std::string_view wire : {"", "GET / HT", "GET / HTTP/1.1\r\nHost: h\r\n"}) {
    Rig rig;
    rig.exchange(wire);
    rig.client().finish();
    rig.loop.run();
    CHECK(rig.open() == 0);
    CHECK(rig.handler.refused.empty());
    CHECK(rig.handler.requests.empty());
  }
}
