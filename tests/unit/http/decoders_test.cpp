#include "core/http/decoders.h"

#include <doctest/doctest.h>

#include <string>

#include "tests/support/split.h"

using namespace aip;
using namespace aip::http;

namespace {

std::string read(Decoder& decoder, const std::vector<std::string_view>& pieces) {
  std::string log;
  const auto show = [&log](const Event& e) {
    log += std::string(e.name) + "=" + std::string(e.data) + (e.last ? "$" : "") + ";";
  };
  for (Bytes input : pieces) {
    for (;;) {
      auto event = decoder.next(input);
      if (!event) return log + "!";
      if (!*event) break;
      show(**event);
    }
  }
  if (const auto event = decoder.finish()) show(*event);
  return log;
}

void check_sse(std::string_view wire, std::string_view expected) {
  CAPTURE(wire);
  test::in_every_split(wire, [&](const auto& pieces) {
    const auto decoder = make_sse_decoder(1 << 20);
    CHECK(read(*decoder, pieces) == expected);
  });
}

}  // namespace

TEST_CASE("sse_decoder: line ends of every kind, split anywhere") {
  check_sse("data: a\n\ndata: b\r\n\r\ndata: c\r\rdata: d\n\n", "=a;=b;=c;=d;");
  check_sse("event: x\r\ndata: 1\r\ndata: 2\r\n\r\n", "x=1\n2;");
}

TEST_CASE("sse_decoder: one leading blank goes, a tab stays, unknown fields are skipped") {
  check_sse("data:a\n\ndata:  b\n\ndata:\tc\n\nData: d\n\n data: e\n\nid: 1\ndata: f\n\n",
            "=a;= b;=\tc;:=;:=;=f;");
}

TEST_CASE("sse_decoder: comments show, a BOM goes once, empty lines mean nothing") {
  check_sse(
      "\xEF\xBB\xBF"
      "data: a\n\n\n\n: ping\n\ndata\n\n",
      "=a;:=ping;=;");
}

TEST_CASE("sse_decoder: what the end of the body leaves open is told with a mark") {
  check_sse("data: a\n\ndata: b", "=a;=b$;");
  check_sse("data: a\n\ndata: b\n", "=a;=b$;");
  check_sse("data: a\n\n: half", "=a;");
}

TEST_CASE("sse_decoder: raw pieces add up to the stream") {
  const std::string wire = "data: a\n\nevent: b\ndata: c\n\n: x\n\ndata: [DONE]\n\n";
  test::in_every_split(wire, [&](const auto& pieces) {
    const auto decoder = make_sse_decoder(1 << 20);
    std::string raw;
    for (Bytes input : pieces) {
      for (;;) {
        auto event = decoder->next(input);
        REQUIRE(event.ok());
        if (!*event) break;
        raw += (*event)->raw;
      }
    }
    CHECK(raw == wire);
  });
}

TEST_CASE("sse_decoder: an event one below, at and one above the limit") {
  const auto size = [](std::size_t n) { return "data: " + std::string(n - 8, 'x') + "\n\n"; };
  for (const std::size_t n : {99u, 100u, 101u}) {
    const std::string wire = size(n);
    test::in_every_split(wire, [&](const auto& pieces) {
      const auto decoder = make_sse_decoder(100);
      CHECK((read(*decoder, pieces).find('!') != std::string::npos) == (n > 100));
    });
  }
}

TEST_CASE("ndjson_decoder: lines with and without CR, the last one without an end") {
  test::in_every_split("{\"a\":1}\r\n\n{\"b\":2}\n{\"c\":3}", [&](const auto& pieces) {
    const auto decoder = make_ndjson_decoder(100);
    CHECK(read(*decoder, pieces) == "={\"a\":1};={\"b\":2};={\"c\":3}$;");
  });
}

TEST_CASE("delimiter_decoder: records of SignalR end with 0x1e") {
  test::in_every_split("{}\x1e{\"type\":6}\x1e", [&](const auto& pieces) {
    const auto decoder = make_delimiter_decoder('\x1e', 100);
    CHECK(read(*decoder, pieces) == "={};={\"type\":6};");
  });
}
