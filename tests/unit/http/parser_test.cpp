#include "core/http/parser.h"

#include <doctest/doctest.h>

#include "tests/support/http_story.h"
#include "tests/support/split.h"

using namespace aip;
using namespace aip::test;

namespace {

std::string requests(Bytes text) {
  return feed_in_every_split(text, [](const Pieces& p) { return read_requests(p).text; });
}
std::string answer(Bytes text, Then then = Then::StaysOpen, const Question& question = {}) {
  return feed_in_every_split(text,
                             [&](const Pieces& p) { return read_answer(p, then, question).text; });
}

}  // namespace

TEST_CASE("parser: the build's llhttp is the strict one") {
  CHECK(http::self_test().ok());
}

TEST_CASE("request: a head without a body, its parts and its fields") {
  CHECK(requests("GET /v1/models?a=b&c HTTP/1.1\r\nHost: a\r\nX-One:  two \t\r\nEmpty:\r\n\r\n") ==
        "head GET /v1/models?a=b&c 1.1 none keep [Host=a] [X-One=two] [Empty=]\nbody \nend\n");
}

TEST_CASE("request: a body with a length, then the next request on the same connection") {
  CHECK(requests("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"
                 "GET /2 HTTP/1.1\r\nHost: b\r\nConnection: close\r\n\r\n") ==
        "head POST / 1.1 length 5 keep [Host=a] [Content-Length=5]\nbody hello\nend\n"
        "head GET /2 1.1 none close [Host=b] [Connection=close]\nbody \nend\n");
}

TEST_CASE("request: chunks with extensions and trailers; neither is seen above") {
  CHECK(requests("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n"
                 "5;a=1;b=\"x;\\\" y\"\r\nhello\r\n1\r\n!\r\n000\r\nAuthorization: x\r\n\r\n") ==
        "head POST / 1.1 chunked keep [Host=a] [Transfer-Encoding=Chunked]\nbody hello!\nend\n");
}

TEST_CASE("request: a name with an underscore is dropped, and frames nothing") {
  CHECK(requests("POST / HTTP/1.1\r\nHost: a\r\nContent_Length: 5\r\nsession_id: 1\r\n\r\n") ==
        "head POST / 1.1 none keep [Host=a]\nbody \nend\n");
}

TEST_CASE("request: keep-alive is decided by us") {
  const auto kept = [](std::string_view version, std::string_view connection) {
    const std::string text =
        "GET / HTTP/" + std::string(version) + "\r\nHost: a\r\n" + std::string(connection) + "\r\n";
    return requests(text).find(" keep ") != std::string::npos;
  };
  CHECK(kept("1.1", ""));
  CHECK(kept("1.1", "Connection: keep-alive\r\n"));
  CHECK_FALSE(kept("1.1", "Connection: close\t\r\n"));
  CHECK_FALSE(kept("1.1", "Connection: Keep-Alive , CLOSE\r\n"));
  CHECK_FALSE(kept("1.1", "Connection: keep-alive\r\nConnection: close\r\n"));
  CHECK_FALSE(kept("1.0", ""));
  CHECK(kept("1.0", "Connection: keep-alive\r\n"));
  CHECK_FALSE(kept("1.0", "Connection: keep-alive, close\r\n"));
}

TEST_CASE("request: nothing is read behind a request that closes") {
  const std::string text =
      "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n";
  CHECK(requests(text) ==
        "head GET / 1.1 none close [Host=a] [Connection=close]\nbody \nend\n\n"
        "failed caller_bad_http\n");
}

TEST_CASE("request: a WebSocket upgrade is told; another upgrade is ignored") {
  CHECK(requests("GET /ws HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\n"
                 "Upgrade: WebSocket\r\n\r\n")
            .find("keep websocket") != std::string::npos);
  CHECK(requests("POST / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\n"
                 "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\nContent-Length: 2\r\n\r\nhi")
            .find("body hi\nend") != std::string::npos);
}

TEST_CASE("request: idle() until the first byte of a message, blank lines aside") {
  http::RequestParser parser;
  Bytes blank = "\r\n";
  CHECK(parser.next(blank).event == http::ParseEvent::NeedMore);
  CHECK(parser.idle());
  Bytes more = "G";
  CHECK(parser.next(more).event == http::ParseEvent::NeedMore);
  CHECK_FALSE(parser.idle());
  Bytes rest = "ET / HTTP/1.1\r\nHost: a\r\n\r\n";
  CHECK(parser.next(rest).event == http::ParseEvent::Head);
  CHECK(parser.next(rest).event == http::ParseEvent::End);
  CHECK_FALSE(parser.idle());
  parser.reset();
  CHECK(parser.idle());
}

TEST_CASE("request: without a body, End need not be asked for before reset()") {
  http::RequestParser parser;
  Bytes input =
      "GET / HTTP/1.1\r\nHost: a\r\n\r\nPOST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n";
  REQUIRE(parser.next(input).event == http::ParseEvent::Head);
  parser.reset();
  REQUIRE(parser.next(input).event == http::ParseEvent::Head);
  CHECK(parser.head().framing == http::Framing::None);
  parser.reset();
  CHECK(parser.idle());
}

TEST_CASE("request: body bytes point into the input") {
  http::RequestParser parser;
  const std::string text = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello";
  Bytes input = text;
  REQUIRE(parser.next(input).event == http::ParseEvent::Head);
  const http::Parsed body = parser.next(input);
  CHECK(body.event == http::ParseEvent::Body);
  CHECK(body.body.data() == text.data() + text.size() - 5);
}

TEST_CASE("request: what was understood of a refused head is there for the error's shape") {
  http::RequestParser parser;
  Bytes input = "POST /v1/messages HTTP/1.1\r\nbad header\r\n";
  CHECK(parser.next(input).event == http::ParseEvent::Failed);
  CHECK(parser.head().path == "/v1/messages");
  CHECK(parser.error().code == ErrorCode::CallerBadHttp);
}

TEST_CASE("answer: a length, chunks, and the peer's end each end a body") {
  CHECK(answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi") ==
        "head 200 1.1 length 2 keep [Content-Length=2]\nbody hi\nend\n");
  CHECK(answer("HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n") ==
        "head 200 1.1 chunked keep [Transfer-Encoding=chunked]\nbody hi\nend\n");
  CHECK(answer("HTTP/1.1 200 \r\n\r\nhi", Then::Ends) ==
        "head 200 1.1 until close close\nbody hi\nend\n");
}

TEST_CASE("answer: HEAD, 204, 304 and a tunnel have no body, and swallow nothing") {
  CHECK(answer("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", Then::StaysOpen, {"HEAD"}) ==
        "head 200 1.1 none keep [Content-Length=5]\nbody \nend\n");
  CHECK(answer("HTTP/1.1 204 No\r\n\r\n") == "head 204 1.1 none keep\nbody \nend\n");
  CHECK(answer("HTTP/1.1 304 Same\r\nContent-Length: 5\r\n\r\nxxxxx") ==
        "head 304 1.1 none keep [Content-Length=5]\nbody \nend\nleft 5\n");
  CHECK(answer("HTTP/1.1 200 Established\r\n\r\nraw", Then::StaysOpen, {"CONNECT"}) ==
        "head 200 1.1 none close\nbody \nend\nleft 3\n");
  CHECK(answer("HTTP/1.1 407 No\r\nContent-Length: 2\r\n\r\nhi", Then::StaysOpen, {"CONNECT"}) ==
        "head 407 1.1 length 2 keep [Content-Length=2]\nbody hi\nend\n");
  CHECK(answer("HTTP/1.1 101 Go\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\nraw",
               Then::StaysOpen, {"GET", true}) ==
        "head 101 1.1 none close [Upgrade=websocket] [Connection=upgrade]\nbody \nend\nleft 3\n");
}

TEST_CASE("answer: every end of the peer before the message's is a truncation") {
  for (const std::string_view text :
       {"", "HTTP/1.1 200 OK\r\nContent-", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nhi",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n",
        "HTTP/1.1 100 Continue\r\n\r\n"}) {
    const std::string story = answer(text, Then::Ends);
    CAPTURE(story);
    CHECK(story.ends_with("failed provider_truncated\n"));
  }
}

TEST_CASE("B3: eight interim answers pass, the ninth ends it") {
  const auto with_interims = [](int n) {
    std::string text;
    for (int i = 0; i < n; ++i) text += "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n";
    return text + "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
  };
  const Story eight = read_answer({with_interims(8)}, Then::StaysOpen);
  CHECK(eight.interims == 8);
  CHECK(eight.ends == 1);
  const Story nine = read_answer(cut_every(with_interims(9), 7), Then::StaysOpen);
  CHECK(nine.interims == 8);
  CHECK(nine.ends == 0);
  CHECK(nine.code == ErrorCode::ProviderProtocol);
  std::printf("B3: interim answers passed of 100,000: %d\n",
              read_answer({with_interims(100'000)}, Then::StaysOpen).interims);
  CHECK(answer(with_interims(2))
            .ends_with("head 200 1.1 none keep [Content-Length=0]\nbody \nend\n"));
}

TEST_CASE("answer: a blank line between an interim answer and the next head is passed over") {
  CHECK(answer("HTTP/1.1 100 Continue\r\n\r\n\r\nHTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n") ==
        "interim 100 1.1 none keep\nhead 404 1.1 none keep [Content-Length=0]\nbody \nend\n");
}

TEST_CASE("answer: a parser serves one answer after another") {
  http::ResponseParser parser;
  const std::string text =
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\naHTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n";
  Bytes input = text;
  parser.expect("GET", false);
  CHECK(parser.next(input).event == http::ParseEvent::Head);
  CHECK(parser.next(input).body == "a");
  CHECK(parser.next(input).event == http::ParseEvent::End);
  CHECK(parser.next(input).event == http::ParseEvent::End);  // takes nothing until reset()
  parser.reset();
  parser.expect("GET", false);
  CHECK(parser.next(input).event == http::ParseEvent::Head);
  CHECK(parser.head().status == 404);
  CHECK(parser.next(input).event == http::ParseEvent::End);
}
