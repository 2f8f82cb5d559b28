#include "core/http/decoders.h"

#include <doctest/doctest.h>

#include <chrono>
#include <cstdio>

#include "tests/support/split.h"

using namespace aip;
using namespace aip::test;

namespace {

constexpr std::size_t kRoomy = 1024 * 1024;

// Every event as "name|data" lines; what came after the last one; the error.
std::string decode(http::Decoder& decoder, const Pieces& pieces) {
  std::string out;
  const auto show = [&out](const http::Event& event) {
    out += std::string(event.name) + "|" + std::string(event.data) + (event.last ? "|last" : "") +
           "\n";
  };
  for (const Bytes piece : pieces) {
    const Fenced fenced(piece);
    Bytes input = fenced.view();
    while (true) {
      Result<std::optional<http::Event>> next = decoder.next(input);
      if (!next) return out + std::string(traits(next.error().code).name) + "\n";
      if (!*next) break;
      show(**next);
    }
    CHECK(input.empty());
  }
  if (const std::optional<http::Event> open = decoder.finish()) show(*open);
  return out;
}

std::string sse(Bytes text, std::size_t event_bytes_max = kRoomy) {
  return feed_in_every_split(text, [event_bytes_max](const Pieces& pieces) {
    return decode(*http::make_sse_decoder(event_bytes_max), pieces);
  });
}

}  // namespace

TEST_CASE("sse: an event ends at an empty line, whatever ends its lines") {
  CHECK(sse("data: a\n\ndata: b\r\n\r\ndata: c\r\rdata: d\n\r\n") == "|a\n|b\n|c\n|d\n");
  CHECK(sse("event: x\ndata: a\n\n") == "x|a\n");
  CHECK(sse("data: a\r\nevent: y\r\n\r\ndata: b\r\n\r\n") == "y|a\n|b\n");
}

TEST_CASE("sse: a CR at the end of a piece ends the line without waiting for the LF") {
  const auto decoder = http::make_sse_decoder(kRoomy);
  Bytes input = "data: a\r\n\r";
  REQUIRE(decoder->next(input).value().has_value());
  Bytes rest = "\ndata: b\n\n";
  const auto next = decoder->next(rest);
  REQUIRE(next.value().has_value());
  CHECK(next.value()->data == "b");
  CHECK(next.value()->raw == "\ndata: b\n\n");
}

TEST_CASE("sse: data lines join with LF; one leading blank is taken off, a tab is kept") {
  CHECK(sse("data: a\ndata:b\ndata:  c\ndata:\td\n\n") == "|a\nb\n c\n\td\n");
  CHECK(sse("data\n\n") == "|\n");
  CHECK(sse("data:\n\n") == "|\n");
  CHECK(sse("data\ndata\n\n") == "|\n\n");
  CHECK(sse("data:a\ndata\ndata\n\n") == "|a\n\n\n");
}

TEST_CASE("sse: one BOM at the start is dropped, a second one spoils its line") {
  CHECK(sse("\xef\xbb\xbf"
            "data: a\n\n") == "|a\n");
  CHECK(sse("\xef\xbb\xbf\xef\xbb\xbf"
            "data: 1\n\ndata: 2\n\n") == ":|\n|2\n");
  CHECK(sse("\xef\xbb"
            "data: 1\n\ndata: 2\n\n") == ":|\n|2\n");
  CHECK(sse("data: 1\n\xef\xbb\xbf"
            "data: 2\n\n") == "|1\n");
}

TEST_CASE("sse: names are exact; what is none of ours is skipped") {
  CHECK(sse("Data: a\ndata : a\n data: a\nda-ta: a\ndatax: a\nid: 7\nretry: 1\nfoo\n\n") == ":|\n");
  CHECK(sse(Bytes("\0data: a\ndata\0: b\ndata: c\n\n", 27)) == "|c\n");
  CHECK(sse(Bytes("data: a\0b\n\n", 11)) == std::string("|a\0b\n", 5));
  CHECK(sse("event: x\nevent:\ndata: a\n\n") == "|a\n");
  CHECK(sse("event: x\nevent\ndata: a\n\n") == "|a\n");
  CHECK(sse("event: \ndata: a\n\n") == "|a\n");
}

TEST_CASE("sse: an empty line without data is a sign of life, and names no other event") {
  CHECK(sse("event: x\n\ndata: a\n\n\n\r\n") == ":|\n|a\n:|\n:|\n");
}

TEST_CASE("sse: a comment between events is told at once, one inside an event is skipped") {
  CHECK(sse(": OPENROUTER PROCESSING\n\n:\n\ndata: a\n: ping\ndata: b\r\n:c\r\ndata: d\r\n\r\n: "
            "e\r") == ":| OPENROUTER PROCESSING\n:|\n:|\n:|\n|a\nb\nd\n:| e\n");
}

TEST_CASE("sse: mixed line ends and long comments between them") {
  const std::string longest(2048, 'x');
  const std::string text = "data:1\r:\0\n:" + longest + "\ndata:2\n:" + longest +
                           "\r\ndata:3\n:" + longest + "\rdata:4\n\n";
  std::string data;
  const auto decoder = http::make_sse_decoder(kRoomy);
  for (const Bytes piece : cut_every(text, 1)) {
    Bytes input = piece;
    while (true) {
      const auto next = decoder->next(input);
      REQUIRE(next.ok());
      if (!next.value()) break;
      if (next.value()->name.empty()) data += next.value()->data;
    }
  }
  CHECK(data == "1\n2\n3\n4");
}

TEST_CASE("sse: what stands at the end without an empty line is told as the last event") {
  CHECK(sse("event:done\ndata:{}") == "done|{}|last\n");
  CHECK(sse("event:done\ndata:{}\n") == "done|{}|last\n");
  CHECK(sse("data: a\n\ndata: b\r\n") == "|a\n|b|last\n");
  CHECK(sse("data: a\n: cut comm") == "|a|last\n");
  CHECK(sse("data: a\n\nevent: x") == "|a\n");
  CHECK(sse("") == "");
  CHECK(sse("\xef") == "");
}

TEST_CASE("sse: the raw bytes of all events add up to the stream") {
  const std::string text =
      "event: a\nid: 1\ndata: {\"x\":1}\n\n: c\r\n\r\n\n\rdata: b\r\n: in\r\ndata: c\r\n\r\nid: "
      "2\r\r"
      ":\rdata: d\n\n";
  const auto raw = [](const Pieces& pieces) {
    const auto decoder = http::make_sse_decoder(kRoomy);
    std::string out;
    for (const Bytes piece : pieces) {
      const Fenced fenced(piece);
      Bytes input = fenced.view();
      while (true) {
        const auto next = decoder->next(input);
        REQUIRE(next.ok());
        if (!next.value()) break;
        out += next.value()->raw;
      }
    }
    return out;
  };
  CHECK(feed_in_every_split(text, raw) == text);
}

TEST_CASE("sse: an event that lies whole in one input is not copied") {
  const auto decoder = http::make_sse_decoder(kRoomy);
  const std::string text = ": c\ndata: a\n\nevent: e\ndata: b\n\n";
  Bytes input = text;
  for (const char* wanted : {" c", "a", "b"}) {
    const auto next = decoder->next(input);
    REQUIRE(next.value().has_value());
    CHECK(next.value()->data == wanted);
    CHECK(next.value()->data.data() >= text.data());
    CHECK(next.value()->data.data() < text.data() + text.size());
  }
}

TEST_CASE("sse: the limit is exact, one below, at and one above it") {
  // "data:" + x + LF + LF
  const auto event = [](std::size_t size) { return "data:" + std::string(size - 7, 'x') + "\n\n"; };
  const std::string seen = "|" + std::string(33, 'x') + "\n";
  CHECK(sse(event(39), 40) == "|" + std::string(32, 'x') + "\n");
  CHECK(sse(event(40), 40) == seen);
  CHECK(sse(event(41), 40) == "provider_too_large\n");
  CHECK(sse("data: a\n\n" + event(41), 40) == "|a\n" + std::string("provider_too_large\n"));
  CHECK(sse(std::string(40, 'x'), 40) == "");
  CHECK(sse(std::string(41, 'x'), 40) == "provider_too_large\n");
  CHECK(sse(":" + std::string(38, 'x') + "\n", 40) == ":|" + std::string(38, 'x') + "\n");
  CHECK(sse(":" + std::string(39, 'x') + "\n", 40) == "provider_too_large\n");
  CHECK(sse("data:1\r\n" + std::string("data:") + std::string(25, 'x') + "\r\n\r\n", 41) ==
        "|1\n" + std::string(25, 'x') + "\n");
  CHECK(sse("data:1\r\n" + std::string("data:") + std::string(26, 'x') + "\r\n\r\n", 41) ==
        "provider_too_large\n");
}

TEST_CASE("B9: floods end at the event limit, in linear time") {
  constexpr std::size_t kFlood = 2 * 1024 * 1024;
  struct Flood {
    const char* name;
    std::string text;
    std::size_t piece;
    bool ends;  // over the limit
  };
  std::string lines, comments;
  while (lines.size() < kFlood) lines += "data:x\n";
  while (comments.size() < kFlood) comments += ":\r";
  const Flood floods[] = {{"no line end", std::string(kFlood, 'x'), 65536, true},
                          {"no line end, byte by byte", std::string(kFlood, 'x'), 1, true},
                          {"data without an empty line", lines, 65536, true},
                          {"data, byte by byte", lines, 1, true},
                          {"comments", comments, 65536, false},
                          {"comments, byte by byte", comments, 1, false},
                          {"empty lines", std::string(kFlood, '\r'), 65536, false}};
  for (const Flood& flood : floods) {
    const auto decoder = http::make_sse_decoder(1024 * 1024);
    const auto start = std::chrono::steady_clock::now();
    std::size_t taken = 0;
    bool failed = false;
    for (std::size_t at = 0; at < flood.text.size() && !failed; at += flood.piece) {
      Bytes input = Bytes(flood.text).substr(at, flood.piece);
      while (true) {
        const auto next = decoder->next(input);
        failed = !next.ok();
        if (failed || !next.value()) break;
      }
      taken = at;
    }
    const std::chrono::duration<double, std::milli> spent =
        std::chrono::steady_clock::now() - start;
    CAPTURE(flood.name);
    CHECK(failed == flood.ends);
    if (flood.ends) CHECK(taken <= 1024 * 1024 + flood.piece);
    std::printf("B9: %s: %s after %zu KiB, %.0f ms\n", flood.name,
                failed ? "provider_too_large" : "all read", taken / 1024, spent.count());
  }
}

TEST_CASE("sse: an error is final") {
  const auto decoder = http::make_sse_decoder(8);
  Bytes input = "data: too long\n\n";
  CHECK_FALSE(decoder->next(input).ok());
  Bytes more = "data: a\n\n";
  CHECK_FALSE(decoder->next(more).ok());
  CHECK_FALSE(decoder->finish().has_value());
}

TEST_CASE("ndjson: lines of LF or CR LF, empty ones skipped, the last one without an end") {
  const auto run = [](const Pieces& pieces) {
    return decode(*http::make_ndjson_decoder(16), pieces);
  };
  CHECK(feed_in_every_split("{\"a\":1}\n\r\n\n{\"b\":2}\r\n{\"c\":3}", run) ==
        "|{\"a\":1}\n|{\"b\":2}\n|{\"c\":3}|last\n");
  CHECK(feed_in_every_split(std::string(16, 'x') + "\n", run) == "|" + std::string(16, 'x') + "\n");
  CHECK(feed_in_every_split(std::string(15, 'x') + "\n", run) == "|" + std::string(15, 'x') + "\n");
  CHECK(feed_in_every_split(std::string(17, 'x') + "\n", run) == "provider_too_large\n");
  CHECK(feed_in_every_split("\r", run) == "");
}

TEST_CASE("delimiter: records end with their byte and nothing else") {
  const auto run = [](const Pieces& pieces) {
    return decode(*http::make_delimiter_decoder('\x1e', 64), pieces);
  };
  CHECK(feed_in_every_split("{}\x1e{\"type\":1}\r\n\x1e\x1e{\"type\":3", run) ==
        "|{}\n|{\"type\":1}\r\n\n|{\"type\":3|last\n");
}
