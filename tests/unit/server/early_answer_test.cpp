// Answers that come before the request's body was read, and the ways in which a connection ends.
#include <doctest/doctest.h>

#include "core/base/limits.h"
#include "tests/unit/server/rig.h"

using namespace aip;
using namespace aip::server;

namespace {

void refuse(Request& request) {
  if (!request.stream) return;
  request.answer("no", 401);
  request.stream.reset();
}

std::string big_post(std::size_t length) {
  return "POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(length) + "\r\n\r\n";
}

}  // namespace

TEST_CASE("early answer: a body within the bound is thrown away and the connection kept") {
  for (const std::size_t length : {limits::kDrainBytesMax - 1, limits::kDrainBytesMax}) {
    Rig rig;
    rig.handler.act = refuse;
    const std::string got = rig.exchange(big_post(length));
    CHECK(got.starts_with("HTTP/1.1 401 "));
    CHECK_FALSE(has(got, "connection: close"));

    rig.client().send(std::string(length, 'x'));
    rig.loop.run();
    CHECK(rig.exchange(kGet).starts_with("HTTP/1.1 401 "));
    CHECK(rig.open() == 1);
  }
}

TEST_CASE("early answer: a body above the bound costs the connection, not the answer") {
  Rig rig;
  rig.handler.act = refuse;
  const std::string got = rig.exchange(big_post(limits::kDrainBytesMax + 1));
  CHECK(has(got, "connection: close"));
  CHECK(rig.client().ended());

  // All of what the client goes on to send is taken, so that no reset reaches it.
  for (int i = 0; i < 100; ++i) {
    rig.client().send(std::string(64 * 1024, 'x'));
    rig.loop.advance_ms(10);
  }
  CHECK_FALSE(rig.client().was_reset());
  rig.client().close();
  rig.loop.run();
  CHECK(rig.open() == 0);
}

TEST_CASE("early answer: a chunked body is thrown away up to the bound, then the connection ends") {
  Rig rig;
  rig.handler.act = refuse;
  const std::string head = "POST /p HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  CHECK(rig.exchange(head).starts_with("HTTP/1.1 401 "));
  CHECK(rig.exchange("5\r\nhello\r\n0\r\n\r\n" + std::string(kGet)).starts_with("HTTP/1.1 401 "));

  rig.exchange(head);
  const std::string chunk = "8000\r\n" + std::string(0x8000, 'x') + "\r\n";
  rig.exchange(chunk);
  rig.exchange(chunk);
  CHECK_FALSE(rig.client().ended());
  rig.exchange(chunk);
  CHECK(rig.client().ended());
}

TEST_CASE("early answer: a rest that is malformed is not read as a request") {
  Rig rig;
  rig.handler.act = refuse;
  rig.exchange("POST /p HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
  CHECK(rig.exchange("zz\r\n" + std::string(kGet)).empty());
  CHECK(rig.client().ended());
  CHECK(rig.handler.requests.size() == 1);
}

TEST_CASE("early answer: a rest that does not come ends the connection in bounded time") {
  Rig rig;
  rig.handler.act = refuse;
  rig.exchange(big_post(10));
  rig.loop.advance_ms(limits::kLingerMs - 1);
  CHECK_FALSE(rig.client().ended());
  rig.loop.advance_ms(1);
  CHECK(rig.client().ended());
  rig.loop.advance_ms(limits::kLingerMs);
  CHECK(rig.open() == 0);
}

TEST_CASE("closing: a request that was read whole leaves nothing to wait for") {
  for (const std::string& wire :
       {std::string("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"),
        std::string("POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n"
                    "Content-Length: 2\r\n\r\nok")}) {
    Rig rig;
    CHECK(rig.exchange(wire).starts_with("HTTP/1.1 200 "));
    CHECK(rig.client().ended());
    CHECK_FALSE(rig.client().was_reset());
    CHECK(rig.open() == 0);
  }
}

TEST_CASE("closing: where the client may still send, the socket waits for it, but not for ever") {
  const std::string_view wire = "GET / HTTP/1.1\r\nHost: h\r\nbroken\r\n\r\n";
  Rig polite;
  polite.exchange(wire);
  CHECK(polite.client().ended());
  CHECK(polite.open() == 1);
  polite.client().finish();
  polite.loop.run();
  CHECK(polite.open() == 0);

  Rig silent;
  silent.exchange(wire);
  silent.loop.advance_ms(limits::kLingerMs - 1);
  CHECK(silent.open() == 1);
  silent.loop.advance_ms(1);
  CHECK(silent.open() == 0);

  Rig drip;
  drip.exchange(wire);
  for (std::uint64_t ms = 0; ms < limits::kLingerMs; ms += 100) {
    drip.client().send("x");
    drip.loop.advance_ms(100);
  }
  CHECK(drip.open() == 0);
}

TEST_CASE("closing: a 413 outlives the rest of its body, however much of it comes in that time") {
  config::Limits limits;
  limits.body_bytes = 1'000;
  Rig rig({}, limits);
  const std::string head = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 40000000\r\n\r\n";
  CHECK(rig.exchange(head).starts_with("HTTP/1.1 413 "));
  for (int i = 0; i < 30; ++i) {
    rig.client().send(std::string(1'000'000, 'x'));
    rig.loop.advance_ms(10);
    REQUIRE_FALSE(rig.client().was_reset());
  }
  rig.client().finish();
  rig.loop.run();
  CHECK(rig.open() == 0);
}

TEST_CASE("closing: a long last answer may be read slowly, and is whole") {
  Rig rig;
  rig.handler.act = [](Request& request) {
    if (!request.stream) return;
    request.answer(std::string(1'000'000, 'x'));
    request.stream.reset();
  };
  rig.client().allow(0);
  rig.exchange("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  for (int i = 0; i < 100; ++i) {
    rig.client().allow(11'000);
    rig.loop.advance_ms(1'000);
  }
  CHECK(body_of(rig.client().received()).size() == 1'000'000);
  CHECK(rig.client().ended());
  CHECK_FALSE(rig.client().was_reset());
}

TEST_CASE(
    "cut: an answer that is let go of, aborted or too short is reset, and its bytes are sent") {
  const std::vector<std::function<void(Request&)>> ways{
      [](Request& r) { r.stream.reset(); },
      [](Request& r) { r.stream->abort(); },
      [](Request& r) { r.stream->end(); },
  };
  for (const auto& way : ways) {
    Rig rig;
    rig.handler.act = {};
    rig.exchange(std::string(kGet) + std::string(kGet));
    rig.request().stream->send_head(200, {}, 10);
    rig.request().stream->send_body("half");
    way(rig.request());
    rig.loop.run();

    CHECK(rig.client().was_reset());
    CHECK_FALSE(rig.client().ended());
    CHECK(rig.handler.requests.size() == 1);
    CHECK(rig.open() == 0);
  }
}

TEST_CASE("cut: an answer that says more than its length is cut at it") {
  Rig rig;
  rig.handler.act = {};
  rig.exchange(kGet);
  rig.request().stream->send_head(200, {}, 4);
  rig.request().stream->send_body("fives");
  rig.loop.run();
  CHECK(rig.client().was_reset());
  CHECK(rig.open() == 0);
  rig.request().stream->send_body("more");
  rig.request().stream->end();
  rig.loop.run();
}

TEST_CASE(
    "cut: what the client has not taken is waited for a little, then the reset comes anyway") {
  Rig rig({.capacity = 1000});
  rig.handler.act = {};
  rig.client().allow(0);
  rig.exchange(kGet);
  rig.client().stream().set_reading(false);
  rig.request().send_stream_head();
  rig.request().stream->send_body(std::string(5'000, 'x'));
  rig.request().stream->abort();
  rig.loop.advance_ms(limits::kLingerMs - 1);
  CHECK(rig.open() == 1);
  rig.loop.advance_ms(1);
  CHECK(rig.open() == 0);
}
