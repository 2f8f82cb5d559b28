#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "core/server/server.h"
#include "tests/support/fake_loop.h"
#include "tests/support/memory_stream.h"
#include "tests/support/split.h"

using namespace aip;
using namespace aip::server;

namespace {

// Answers with the method, the target and the body, once the body has ended.
class Echo final : public RequestHandler {
 public:
  explicit Echo(Scheduler& scheduler) : scheduler_(scheduler) {}

  void on_request(std::unique_ptr<ClientStream> stream) override {
    ++requests;
    auto one = std::make_unique<One>(*this, std::move(stream));
    running.push_back(std::move(one));
  }
  void on_refused(const Error& error, std::string_view) override {
    refused.push_back(std::string(traits(error.code).name));
  }
  std::string refusal_body(const Error& error, std::string_view) override {
    return "{\"error\":\"" + std::string(error.public_text()) + "\"}";
  }

  struct One final : ClientOwner, Wakeable {
    One(Echo& e, std::unique_ptr<ClientStream> s) : echo(e), stream(std::move(s)) {
      stream->set_owner(this);
      echo.scheduler_.wake(*this);
    }
    void on_client_event() noexcept override { echo.scheduler_.wake(*this); }
    void advance() noexcept override {
      if (done) return;
      if (stream->failure() != nullptr) {
        echo.failures.push_back(std::string(traits(stream->failure()->code).name));
        stream.reset();
        done = true;
        return;
      }
      if (echo.hold) return;
      stream->want_body();
      while (!stream->body().empty()) {
        body.append(stream->body());
        stream->consume_body(stream->body().size());
      }
      if (!stream->body_ended()) return;
      const std::string text = stream->head().method + " " + stream->head().target + " " + body;
      http::Headers headers;
      stream->send_head(
          200, headers,
          echo.chunked ? ClientStream::kUnknownLength : static_cast<std::int64_t>(text.size()));
      stream->send_body(text);
      stream->end();
      stream.reset();
      done = true;
    }
    Echo& echo;
    std::unique_ptr<ClientStream> stream;
    std::string body;
    bool done = false;
  };

  Scheduler& scheduler_;
  std::vector<std::unique_ptr<One>> running;
  std::vector<std::string> refused, failures;
  int requests = 0;
  bool chunked = false;
  bool hold = false;
};

struct Rig {
  explicit Rig(test::MemoryOptions options = {}, config::Limits limits = {})
      : server(loop, echo, limits) {
    auto [a, b] = test::MemoryStream::pair(loop, options);
    client = std::move(a);
    server.accept(std::move(b), "peer", 0);
    loop.run();
  }
  ~Rig() {
    echo.running.clear();
    loop.run();
  }
  // Status lines and bodies, without the fields.
  std::string exchange(const std::vector<std::string_view>& pieces) {
    for (const std::string_view piece : pieces) {
      client->send(piece);
      loop.run();
    }
    return client->take();
  }
  test::FakeLoop loop;
  Echo echo{loop};
  Server server;
  std::unique_ptr<test::MemoryStream> client;
};

std::size_t count(const std::string& text, std::string_view what) {
  std::size_t n = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++n;
  return n;
}

}  // namespace

TEST_CASE("connection: three pipelined requests are answered in order, at every split") {
  const std::string wire =
      "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello"
      "GET /b HTTP/1.1\r\nHost: h\r\n\r\n"
      "POST /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
  test::in_every_split(wire, [](const auto& pieces) {
    Rig rig;
    const std::string got = rig.exchange(pieces);
    CHECK(count(got, "HTTP/1.1 200 OK") == 3);
    const auto a = got.find("POST /a hello");
    const auto b = got.find("GET /b ");
    const auto c = got.find("POST /c abc");
    CHECK((a < b && b < c && c != std::string::npos));
    CHECK(rig.server.open_connections() == 1);
  });
}

TEST_CASE(
    "connection: an answer of unknown length is chunked, and for HTTP/1.0 ends the connection") {
  Rig rig;
  rig.echo.chunked = true;
  CHECK(rig.exchange({"GET /b HTTP/1.1\r\nHost: h\r\n\r\n"})
            .find("\r\n\r\n7\r\nGET /b \r\n0\r\n\r\n") != std::string::npos);

  const std::string old = rig.exchange({"GET /b HTTP/1.0\r\nHost: h\r\n\r\n"});
  CHECK(old.ends_with("\r\n\r\nGET /b "));
  CHECK(old.find("connection: close") != std::string::npos);
  CHECK(rig.client->state() == StreamState::Ended);
}

TEST_CASE("connection: HEAD gets the head alone") {
  Rig rig;
  const std::string got = rig.exchange({"HEAD /b HTTP/1.1\r\nHost: h\r\n\r\n"});
  CHECK(got.find("content-length: 8") != std::string::npos);
  CHECK(got.ends_with("\r\n\r\n"));
}

TEST_CASE("connection: 100 Continue is sent when the handler wants the body") {
  Rig rig;
  const std::string first = rig.exchange(
      {"POST /a HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"});
  CHECK(first == "HTTP/1.1 100 Continue\r\n\r\n");
  CHECK(rig.exchange({"ok"}).find("POST /a ok") != std::string::npos);
}

TEST_CASE("connection: another expectation is refused with 417") {
  Rig rig;
  CHECK(rig.exchange({"GET / HTTP/1.1\r\nHost: h\r\nExpect: the-moon\r\n\r\n"})
            .starts_with("HTTP/1.1 417 "));
}

TEST_CASE("connection: a malformed head is answered, counted and the connection's end") {
  Rig rig;
  const std::string got = rig.exchange({"GET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n"});
  CHECK(got.starts_with("HTTP/1.1 400 "));
  CHECK(count(got, "HTTP/1.1") == 1);
  CHECK(rig.echo.requests == 0);
  CHECK(rig.echo.refused == std::vector<std::string>{"caller_bad_http"});
  rig.loop.advance_ms(3'000);
  CHECK(rig.server.open_connections() == 0);
}

TEST_CASE("connection: a malformed body fails the request that runs") {
  Rig rig;
  rig.exchange({"POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"});
  CHECK(rig.echo.failures == std::vector<std::string>{"caller_bad_http"});
}

TEST_CASE("connection: a client that leaves is told to the running request at once") {
  Rig rig;
  rig.echo.hold = true;
  rig.exchange({"GET /a HTTP/1.1\r\nHost: h\r\n\r\n"});
  rig.client->close(false);
  rig.loop.run();
  CHECK(rig.echo.failures == std::vector<std::string>{"client_closed"});
  rig.loop.advance_ms(3'000);
  CHECK(rig.server.open_connections() == 0);
}

TEST_CASE("connection: a head that drips is cut at its absolute deadline") {
  Rig rig;
  const std::string wire = "GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(100, 'x');
  std::size_t sent = 0;
  for (; sent < wire.size() && rig.echo.refused.empty(); ++sent) {
    rig.client->send(std::string_view(wire).substr(sent, 1));
    rig.loop.advance_ms(500);
  }
  CHECK(sent == 20);
  CHECK(rig.client->take().starts_with("HTTP/1.1 408 "));
}

TEST_CASE("connection: an idle one ends in silence, one below and at its deadline") {
  Rig rig;
  rig.exchange({"GET /a HTTP/1.1\r\nHost: h\r\n\r\n"});
  rig.loop.advance_ms(74'999);
  CHECK(rig.server.open_connections() == 1);
  rig.loop.advance_ms(1);
  CHECK(rig.server.open_connections() == 0);
  CHECK(rig.client->take().empty());
}

TEST_CASE("connection: a body that stops is told as a time-out") {
  Rig rig;
  rig.exchange({"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhe"});
  rig.loop.advance_ms(29'000);
  rig.exchange({"l"});
  rig.loop.advance_ms(29'000);
  CHECK(rig.echo.failures.empty());
  rig.loop.advance_ms(31'000);
  CHECK(rig.echo.failures == std::vector<std::string>{"caller_timeout"});
}

TEST_CASE("server: one connection above the cap gets a 503") {
  config::Limits limits;
  limits.connections = 2;
  Rig rig({}, limits);
  std::vector<std::unique_ptr<test::MemoryStream>> more;
  for (int i = 0; i < 2; ++i) {
    auto [a, b] = test::MemoryStream::pair(rig.loop);
    more.push_back(std::move(a));
    rig.server.accept(std::move(b), "peer", 0);
    more.back()->send("GET /x HTTP/1.1\r\nHost: h\r\n\r\n");
    rig.loop.run();
  }
  CHECK(more[0]->take().starts_with("HTTP/1.1 200 "));
  CHECK(more[1]->take().starts_with("HTTP/1.1 503 "));
}

TEST_CASE("server: draining ends idle connections now and the others after their answer") {
  Rig rig;
  rig.echo.hold = true;
  rig.exchange({"GET /a HTTP/1.1\r\nHost: h\r\n\r\n"});
  auto [idle, far] = test::MemoryStream::pair(rig.loop);
  rig.server.accept(std::move(far), "peer", 0);
  rig.loop.run();
  bool empty = false;

  rig.server.drain([&] { empty = true; });
  rig.loop.run();
  CHECK(idle->state() == StreamState::Ended);
  CHECK_FALSE(empty);

  rig.echo.hold = false;
  rig.loop.wake(*rig.echo.running[0]);
  rig.loop.run();
  CHECK(rig.client->take().find("connection: close") != std::string::npos);
  rig.client->close(false);
  rig.loop.advance_ms(3'000);
  CHECK(empty);
}

TEST_CASE("server: a thousand connections leave nothing behind") {
  const int before = test::MemoryStream::open_streams();
  {
    Rig rig;
    for (int i = 0; i < 1000; ++i) {
      auto [a, b] = test::MemoryStream::pair(rig.loop);
      rig.server.accept(std::move(b), "peer", 0);
      a->send("GET /x HTTP/1.1\r\nHost: h\r\n\r\n");
      rig.loop.run();
      a->close(i % 2 == 0);
      rig.loop.advance_ms(3'000);
    }
    CHECK(rig.server.open_connections() == 0);  // the rig's own was idle for too long
  }
  CHECK(test::MemoryStream::open_streams() == before);
}
