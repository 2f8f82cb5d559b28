// One request after another: bodies, framing, keep-alive, pipelining.
#include "core/server/connection.h"

#include <doctest/doctest.h>

#include "tests/support/split.h"
#include "tests/unit/server/rig.h"

using namespace aip;
using namespace aip::server;

namespace {

// The bodies of answers that stand one behind the other; empty if they do not.
std::vector<std::string> split_answers(std::string_view wire) {
  std::vector<std::string> bodies;
  while (!wire.empty()) {
    const std::size_t length_at = wire.find("content-length: ");
    const std::size_t head_end = wire.find("\r\n\r\n");
    if (!wire.starts_with("HTTP/1.1 200 OK\r\n") || length_at > head_end) return {};
    const std::size_t length = std::stoul(std::string(wire.substr(length_at + 16, 6)));
    bodies.emplace_back(wire.substr(head_end + 4, length));
    wire.remove_prefix(std::min(wire.size(), head_end + 4 + length));
  }
  return bodies;
}

}  // namespace

TEST_CASE("connection: three pipelined requests are answered one after the other, at every split") {
  const std::string wire =
      "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello"
      "GET /b HTTP/1.1\r\nHost: h\r\n\r\n"
      "POST /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3;x=y\r\nabc\r\n1\r\nd\r\n0\r\nX-Api-Key: t\r\n\r\n";
  test::in_every_split(wire, [](const auto& pieces) {
    Rig rig;
    const auto bodies = split_answers(rig.exchange(pieces));
    CHECK(bodies == std::vector<std::string>{"POST /a hello", "GET /b ", "POST /c abcd"});
    CHECK(rig.open() == 1);
  });
}

TEST_CASE("connection: it makes no difference how the network cuts both ways") {
  const std::string wire = post("hello") + std::string(kGet) + post("again");
  for (const std::size_t piece : {1U, 2U, 3U, 7U, 100U}) {
    Rig rig({.piece_bytes_max = piece, .capacity = 64});
    const auto bodies = split_answers(rig.exchange(wire));
    CHECK(bodies == std::vector<std::string>{"POST /p hello", "GET /a ", "POST /p again"});
  }
}

TEST_CASE("connection: the next request waits until the answer before it has ended") {
  Rig rig;
  rig.handler.act = {};
  rig.exchange(std::string(kGet) + std::string(kGet));
  CHECK(rig.handler.requests.size() == 1);

  rig.request().answer("one");
  CHECK(rig.handler.requests.size() == 1);  // not from within the handler's call
  rig.loop.run();
  CHECK(rig.handler.requests.size() == 2);
}

TEST_CASE("connection: an answer within on_request, with the stream let go of there, is whole") {
  Rig rig;
  rig.handler.at_once = [](std::unique_ptr<ClientStream> stream) {
    stream->send_head(200, {}, 2);
    stream->send_body("ok");
    stream->end();
    CHECK(stream->bytes_sent() > 2);
    stream->send_body("after the end");
  };
  CHECK(split_answers(rig.exchange(std::string(kGet) + std::string(kGet) + post("x"))) ==
        std::vector<std::string>{"ok", "ok", "ok"});
}

TEST_CASE("connection: an answer of unknown length is chunked, and ends an HTTP/1.0 connection") {
  Rig rig;
  rig.handler.act = [](Request& request) {
    request.send_stream_head();
    request.stream->send_body("one");
    request.stream->end();
    request.stream.reset();
  };
  CHECK(body_of(rig.exchange(kGet)) == "3\r\none\r\n0\r\n\r\n");

  const std::string old = rig.exchange("GET / HTTP/1.0\r\n\r\n");
  CHECK(has(old, "connection: close\r\n"));
  CHECK(body_of(old) == "one");
  CHECK(rig.client().ended());
}

TEST_CASE("connection: HTTP/1.0 stays only where it is asked for, HTTP/1.1 unless it is not") {
  Rig rig;
  CHECK(has(rig.exchange("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"),
            "connection: keep-alive\r\n"));
  CHECK_FALSE(rig.client().ended());
  CHECK_FALSE(has(rig.exchange(kGet), "connection:"));
  CHECK(has(rig.exchange("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\t\r\n\r\n"),
            "connection: close\r\n"));
  CHECK(rig.client().ended());
  CHECK(rig.exchange(kGet).empty());
  CHECK(rig.handler.requests.size() == 3);
}

TEST_CASE("connection: HEAD gets the head alone, and the next request is read right") {
  Rig rig;
  const std::string got = rig.exchange("HEAD /b HTTP/1.1\r\nHost: h\r\n\r\n" + std::string(kGet));
  CHECK(has(got, "content-length: 8\r\n"));
  CHECK(count(got, "HTTP/1.1 200") == 2);
  CHECK(has(got, "\r\n\r\nHTTP/1.1 200"));
}

TEST_CASE("connection: 100 Continue is sent once, when the handler wants the body") {
  const std::string head =
      "POST /p HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";
  Rig rig;
  CHECK(rig.exchange(head) == "HTTP/1.1 100 Continue\r\n\r\n");
  CHECK(split_answers(rig.exchange("ok")) == std::vector<std::string>{"POST /p ok"});

  // Not to a client that sends without waiting, nor to one of HTTP/1.0.
  CHECK(split_answers(rig.exchange(head + "ok")) == std::vector<std::string>{"POST /p ok"});
  CHECK_FALSE(has(rig.exchange("POST /p HTTP/1.0\r\nExpect: 100-continue\r\n"
                               "Content-Length: 2\r\n\r\n"),
                  "100 Continue"));
}

TEST_CASE("connection: a client that was not told to continue gets its answer and the end") {
  Rig rig;
  rig.handler.act = [](Request& request) {
    request.answer("no", 401);
    request.stream.reset();
  };
  const std::string got = rig.exchange(
      "POST /p HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  CHECK(got.starts_with("HTTP/1.1 401 "));
  CHECK(has(got, "connection: close\r\n"));
  CHECK(rig.client().ended());
}

TEST_CASE("connection: trailers are seen by nobody and change nothing") {
  const std::string head = "POST /p HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  int leaked = 0;
  for (const std::string field : {"Authorization: Bearer t", "Content-Length: 9", "Cookie: a=b",
                                  "x-api-key: k", "Connection: close"}) {
    Rig rig;
    const std::string got =
        rig.exchange(head + "1\r\nx\r\n0\r\n" + field + "\r\n\r\n" + std::string(kGet));
    const std::string name = field.substr(0, field.find(':'));
    for (const auto& request : rig.handler.requests) {
      if (request->body.size() > 1) ++leaked;
    }
    // Served as if they were not there, or refused where they look like framing.
    const bool refused = rig.handler.requests.size() == 1;
    if (refused ? name != "Content-Length"
                : split_answers(got) != std::vector<std::string>{"POST /p x", "GET /a "}) {
      MESSAGE(field, " -> ", got);
      ++leaked;
    }
  }
  CHECK(leaked == 0);
  std::printf("A10: trailers that changed what the server saw: %d of 5\n", leaked);
}

TEST_CASE("connection: bytes received are the head's, the body's and its framing's") {
  Rig rig;
  rig.handler.act = [](Request& request) { request.read(); };
  const std::string head = "POST /p HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  rig.exchange(head + "3\r\nabc\r\n");
  CHECK(rig.request().stream->bytes_received() == head.size() + 8);
  rig.exchange("0\r\n\r\n");
  CHECK(rig.request().stream->bytes_received() == head.size() + 13);
  CHECK(rig.request().stream->body_ended());
}

TEST_CASE("connection: a handler that does not want the body is not given it") {
  Rig rig;
  rig.handler.act = {};
  rig.exchange(post("hello"));
  CHECK(rig.request().stream->body().empty());
  CHECK_FALSE(rig.request().stream->body_ended());

  rig.request().stream->want_body();
  CHECK(rig.request().stream->body() == "hello");
  rig.request().stream->consume_body(2);
  CHECK(rig.request().stream->body() == "llo");
  CHECK_FALSE(rig.request().stream->body_ended());
  rig.request().stream->consume_body(3);
  CHECK(rig.request().stream->body_ended());
}

TEST_CASE("connection: what a turn brings to the client is one write") {
  Rig rig;
  rig.handler.act = {};
  rig.exchange(kGet);
  const std::uint64_t before = rig.network.writes();

  rig.request().send_stream_head();
  rig.request().stream->send_body("data: 1\n\n");
  rig.request().stream->body_out().append("data: 2\n\n");
  rig.loop.run();
  CHECK(rig.network.writes() == before + 1);
  CHECK(body_of(rig.client().take()) == "12\r\ndata: 1\n\ndata: 2\n\n\r\n");

  rig.request().stream->send_body("x");
  rig.request().stream->end();
  rig.loop.run();
  CHECK(rig.network.writes() == before + 2);
  CHECK(rig.client().take() == "1\r\nx\r\n0\r\n\r\n");
}

TEST_CASE("connection: every answer has a date") {
  Rig rig;
  CHECK(has(rig.exchange(kGet), "date: Mon, 24 Nov 2025 16:00:01 GMT\r\n"));
}
