#include <doctest/doctest.h>

#include <string>

#include "core/http/parser.h"
#include "tests/support/split.h"

using namespace aip;
using namespace aip::http;

namespace {

// What the parser made of the pieces: "POST /x [body] | GET /y [] |", or "... !caller_bad_http".
std::string read(const std::vector<std::string_view>& pieces) {
  RequestParser parser;
  std::string log;
  std::string body;
  for (Bytes input : pieces) {
    for (;;) {
      const Parsed p = parser.next(input);
      if (p.event == ParseEvent::NeedMore) break;
      if (p.event == ParseEvent::Head) log += parser.head().method + " " + parser.head().target;
      if (p.event == ParseEvent::Body) body += p.body;
      if (p.event == ParseEvent::Failed)
        return log + "!" + std::string(traits(parser.error().code).name);
      if (p.event == ParseEvent::End) {
        log += " [" + body + "] | ";
        body.clear();
        parser.reset();
        if (input.empty()) break;
      }
    }
  }
  return log;
}

}  // namespace

TEST_CASE("request_parser: three pipelined requests are the same at every split") {
  const std::string wire =
      "POST /v1/x?a=b HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"
      "GET / HTTP/1.1\r\nHost: a:80\r\n\r\n"
      "POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
      "chunked\r\n\r\n3;x=1\r\nabc\r\n2\r\nde\r\n0\r\nT: v\r\n\r\n";
  test::in_every_split(wire, [](const auto& pieces) {
    CHECK(read(pieces) == "POST /v1/x?a=b [hello] | GET / [] | POST /c [abcde] | ");
  });
}

TEST_CASE("request_parser: what smuggles is refused at every split") {
  for (const std::string wire :
       {"GET / HTTP/1.1\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
        "GET / HTTP/1.1\r\n: x\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
        "GET //x HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /a/../b HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /a/%2e%2E/b HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /a%2fb HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/2.0\r\nHost: a\r\n\r\n",
        "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\nContent-Length: 5\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nConnection: content-length\r\nContent-Length: 1\r\n\r\nx"}) {
    CAPTURE(wire);
    test::in_every_split(wire, [&](const auto& pieces) {
      const std::string got = read(pieces);
      CHECK(got.find("!caller_bad_http") != std::string::npos);
    });
  }
}

TEST_CASE("request_parser: bad chunk framing is refused") {
  const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const std::string body :
       {"0x5\r\nhello\r\n0\r\n\r\n", "5\nhello\r\n0\r\n\r\n", "5\r\nhelloXX0\r\n\r\n",
        "1000000000000\r\n", "5 \r\nhello\r\n0\r\n\r\n", "\r\n", "0\r\nbad trailer\r\n\r\n"}) {
    CAPTURE(body);
    CHECK(read({head, body}).find('!') != std::string::npos);
  }
}
