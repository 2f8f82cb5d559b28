#include <doctest/doctest.h>

#include "tests/unit/server/rig.h"

using namespace aip;
using namespace aip::server;

namespace {

constexpr std::string_view kUpgrade =
    "GET /ws HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";

void grant(Request& request) {
  http::Headers headers;
  headers.add("upgrade", "websocket");
  request.stream->send_head(101, headers, ClientStream::kUnknownLength);
  request.stream->become_tunnel();
}

}  // namespace

TEST_CASE("tunnel: after a 101 bytes pass as they are, both ways") {
  Rig rig({.piece_bytes_max = 3});
  rig.handler.act = {};
  rig.exchange(kUpgrade);
  grant(rig.request());
  rig.loop.run();
  const std::string head = rig.client().take();
  CHECK(head.starts_with("HTTP/1.1 101 Switching Protocols\r\n"));
  CHECK(has(head, "connection: upgrade\r\n"));
  CHECK_FALSE(has(head, "transfer-encoding"));
  CHECK_FALSE(has(head, "content-length"));

  rig.exchange("GET / HTTP/1.1\r\n\r\n");
  rig.request().read();
  CHECK(rig.request().body == "GET / HTTP/1.1\r\n\r\n");
  rig.request().stream->send_body("raw");
  rig.loop.run();
  CHECK(rig.client().take() == "raw");
}

TEST_CASE("tunnel: no idle deadline of the server's ends it") {
  Rig rig;
  rig.handler.act = {};
  rig.exchange(kUpgrade);
  grant(rig.request());
  rig.loop.advance_ms(3'600'000);
  CHECK(rig.request().failure().empty());
  CHECK(rig.open() == 1);
}

TEST_CASE("tunnel: the client's end is told once every byte before it was taken") {
  Rig rig;
  rig.handler.act = {};
  rig.exchange(kUpgrade);
  grant(rig.request());
  rig.loop.run();
  rig.client().send("last words");
  rig.client().finish();
  rig.loop.run();
  CHECK(rig.request().failure().empty());
  CHECK_FALSE(rig.request().stream->body_ended());

  rig.request().read();
  CHECK(rig.request().body == "last words");
  CHECK(rig.request().stream->body_ended());
  rig.loop.run();
  CHECK(rig.request().failure() == "client_closed");
}

TEST_CASE("tunnel: end() sends what is left and our end, and nothing more is read") {
  Rig rig;
  rig.handler.act = {};
  rig.exchange(kUpgrade);
  grant(rig.request());
  rig.request().stream->send_body("bye");
  rig.request().stream->end();
  rig.loop.run();
  CHECK(body_of(rig.client().received()) == "bye");
  CHECK(rig.client().ended());
  CHECK_FALSE(rig.client().was_reset());
  rig.exchange(kGet);
  CHECK(rig.handler.requests.size() == 1);
}

TEST_CASE("tunnel: bytes behind an upgrade that is not granted yet are a 400, not a tunnel") {
  Rig rig;
  rig.handler.act = {};
  rig.exchange(std::string(kUpgrade) + "smuggled");
  grant(rig.request());
  rig.request().stream->send_body("never");
  rig.loop.run();
  CHECK(rig.request().failure() == "caller_bad_http");
  const std::string got = rig.client().take();
  CHECK(got.starts_with("HTTP/1.1 400 "));
  CHECK_FALSE(has(got, "never"));
  CHECK(rig.client().ended());
  CHECK(rig.handler.refused.empty());  // the request is told, and has its own record
}

TEST_CASE("tunnel: an upgrade that nobody grants is an ordinary request") {
  Rig rig;
  const std::string got = rig.exchange(std::string(kUpgrade) + std::string(kGet));
  CHECK(count(got, "HTTP/1.1 200") == 2);
}
