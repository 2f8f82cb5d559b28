// The client's end of a WebSocket: what a server may send, what it may not, and what we answer.
#include "core/http/websocket.h"

#include <doctest/doctest.h>

#include <cstdio>

#include "tests/support/split.h"
#include "tests/support/websocket_frames.h"

using namespace aip;
using namespace aip::test;
using http::MessageKind;
using http::WebSocket;

namespace {

constexpr std::size_t kMessageMax = 1000;

// "text(hello) close(1000 bye)", and behind "|" what this side wrote.
std::string story(const Pieces& pieces, std::size_t message_max = kMessageMax) {
  SeededRandom random(1);
  WebSocket socket(random, message_max);
  std::string out;
  bool over = false;
  for (const Bytes piece : pieces) {
    const Fenced fenced(piece);
    Bytes input = fenced.view();
    for (WebSocket::Event event; !over;) {
      event = socket.next(input);
      socket.answer_ping();
      if (event == WebSocket::Event::NeedMore) {
        CHECK(input.empty());
        break;
      }
      if (event == WebSocket::Event::Message) {
        out += socket.kind() == MessageKind::Text ? "text(" : "binary(";
        out += std::string(socket.message()) + ") ";
      } else if (event == WebSocket::Event::Closed) {
        out += "close(" + std::to_string(socket.close_code()) + " " +
               std::string(socket.close_reason()) + ") ";
        over = true;
      } else {
        out += "failed(" + std::string(traits(socket.error().code).name) + ") ";
        over = true;
      }
    }
  }
  out += "|";
  for (const Frame& f : frames_of(socket.output())) {
    CHECK(f.masked);
    CHECK(f.fin);
    out += " " + std::to_string(f.opcode) + ":";
    if (f.opcode == kClose && f.payload.size() >= 2) {
      out += std::to_string(static_cast<unsigned char>(f.payload[0]) << 8 |
                            static_cast<unsigned char>(f.payload[1])) +
             f.payload.substr(2);
    } else {
      out += f.payload;
    }
  }
  return out;
}

std::string told(const std::string& bytes) {
  return feed_in_every_split(bytes, [](const Pieces& pieces) { return story(pieces); });
}

}  // namespace

TEST_CASE("websocket: messages come whole, however they are framed and cut") {
  CHECK(told(frame(kText, "hello")) == "text(hello) |");
  CHECK(told(frame(kBinary, "\x01\xff")) == "binary(\x01\xff) |");
  CHECK(told(frame(kText, "")) == "text() |");
  CHECK(told(frame(kText, "hel", part()) + frame(kContinuation, "", part()) +
             frame(kContinuation, "lo")) == "text(hello) |");
  CHECK(told(frame(kText, std::string(300, 'a'))) == "text(" + std::string(300, 'a') + ") |");
  CHECK(told(frame(kText, "a") + frame(kBinary, "b") + frame(kText, "c")) ==
        "text(a) binary(b) text(c) |");
}

TEST_CASE("websocket: a character may be cut by a fragment, but not by the end of a text") {
  CHECK(told(frame(kText, "\xc3", part()) + frame(kContinuation, "\xa4")) == "text(\xc3\xa4) |");
  CHECK(told(frame(kText, "\xc3")) == "failed(provider_protocol) | 8:1007");
  CHECK(told(frame(kBinary, "\xc3")) == "binary(\xc3) |");
}

TEST_CASE("websocket: pings are answered with their payload, also within a message") {
  CHECK(told(frame(kPing, "are you there")) == "| 10:are you there");
  CHECK(told(frame(kPing, "")) == "| 10:");
  CHECK(told(frame(kText, "he", part()) + frame(kPing, "x") + frame(kContinuation, "y")) ==
        "text(hey) | 10:x");
  CHECK(told(frame(kPong, "unasked") + frame(kText, "a")) == "text(a) |");
}

TEST_CASE("websocket: of many pings that nobody could answer only the latest is answered") {
  SeededRandom random(1);
  WebSocket socket(random, kMessageMax);
  std::string flood;
  for (int i = 0; i < 10'000; ++i) flood += frame(kPing, std::to_string(i));
  Bytes input = flood;

  CHECK(socket.next(input) == WebSocket::Event::NeedMore);
  CHECK(socket.queued_bytes() == 0);
  socket.answer_ping();
  socket.answer_ping();

  const std::vector<Frame> frames = frames_of(socket.output());
  REQUIRE(frames.size() == 1);
  CHECK(frames[0].payload == "9999");
}

TEST_CASE("websocket: a Close is told with code and reason, and answered in kind") {
  CHECK(told(frame(kClose, close_payload(1000, "bye"))) == "close(1000 bye) | 8:1000");
  CHECK(told(frame(kClose, close_payload(1001))) == "close(1001 ) | 8:1001");
  CHECK(told(frame(kClose, close_payload(4999, "\xc3\xa4"))) == "close(4999 \xc3\xa4) | 8:4999");
  CHECK(told(frame(kClose, "")) == "close(1005 ) | 8:");
  // What stands behind it is never read.
  CHECK(told(frame(kClose, close_payload(1000)) + frame(kText, "more")) == "close(1000 ) | 8:1000");
}

TEST_CASE("F1: every violation of RFC 6455 ends the connection with the code that it asks for") {
  struct Case {
    const char* what;
    std::string bytes;
    int code;
  };
  std::vector<Case> cases;
  for (int rsv = 1; rsv < 8; ++rsv) {
    FrameLook look;
    look.rsv = rsv;
    cases.push_back({"reserved bits", frame(kText, "a", look), 1002});
    cases.push_back({"reserved bits of a ping", frame(kPing, "a", look), 1002});
  }
  for (const int opcode : {3, 4, 5, 6, 7, 11, 12, 13, 14, 15}) {
    cases.push_back({"a reserved opcode", frame(opcode, "a"), 1002});
  }
  FrameLook masked;
  masked.masked = true;
  for (const int opcode : {kText, kBinary, kPing, kPong, kClose}) {
    cases.push_back({"a masked frame", frame(opcode, close_payload(1000), masked), 1002});
  }
  for (const int opcode : {kPing, kPong, kClose}) {
    cases.push_back({"a control frame of 126 bytes", frame(opcode, std::string(126, 'a')), 1002});
    cases.push_back({"a control frame in parts", frame(opcode, "", part()), 1002});
    FrameLook wide;
    wide.length_bytes = 2;
    cases.push_back({"a wide control frame", frame(opcode, "a", wide), 1002});
  }
  FrameLook two, eight, negative;
  two.length_bytes = 2;
  eight.length_bytes = 8;
  negative.announced = std::uint64_t{1} << 63;
  cases.push_back({"a length of 2 bytes for 125", frame(kText, std::string(125, 'a'), two), 1002});
  cases.push_back(
      {"a length of 8 bytes for 200", frame(kText, std::string(200, 'a'), eight), 1002});
  cases.push_back({"a length with the top bit", frame(kText, "a", negative), 1002});
  cases.push_back({"a continuation of nothing", frame(kContinuation, "a"), 1002});
  cases.push_back(
      {"one behind a whole message", frame(kText, "a") + frame(kContinuation, "b"), 1002});
  cases.push_back({"a text within a text", frame(kText, "a", part()) + frame(kText, "b"), 1002});
  cases.push_back(
      {"a binary within a text", frame(kText, "a", part()) + frame(kBinary, "b"), 1002});
  cases.push_back({"half a close code", frame(kClose, "\x03"), 1002});
  for (const int code : {0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535}) {
    cases.push_back({"a close code", frame(kClose, close_payload(code)), 1002});
  }
  for (const Bytes bad : {Bytes("\xff"), Bytes("\xc0\xaf"), Bytes("\xed\xa0\x80"),
                          Bytes("\xf4\x90\x80\x80"), Bytes("\xe2\x82"), Bytes("a\x80")}) {
    cases.push_back({"a text that is not UTF-8", frame(kText, bad), 1007});
    cases.push_back({"a reason that is not UTF-8", frame(kClose, close_payload(1000, bad)), 1007});
  }
  cases.push_back({"a message over the limit", frame(kText, std::string(1001, 'a')), 1009});
  cases.push_back(
      {"fragments over the limit",
       frame(kBinary, std::string(600, 'a'), part()) + frame(kContinuation, std::string(401, 'a')),
       1009});

  std::size_t wrong = 0;
  for (const Case& c : cases) {
    CAPTURE(c.what);
    const std::string seen = told(c.bytes + frame(kText, "never read"));
    const std::string end = " | 8:" + std::to_string(c.code);
    const bool right = seen.ends_with(end) && seen.find("never read") == std::string::npos &&
                       seen.find("failed(") != std::string::npos;
    CAPTURE(seen);
    CHECK(right);
    wrong += right ? 0 : 1;
  }
  std::printf("F1: violations of RFC 6455 by a server that went unnoticed: %zu of %zu\n", wrong,
              cases.size());
}

TEST_CASE(
    "websocket: a message may be as large as the limit and not larger, in one frame or many") {
  const auto of_size = [](std::size_t n) { return story({frame(kText, std::string(n, 'a'))}); };
  CHECK(of_size(kMessageMax - 1).starts_with("text("));
  CHECK(of_size(kMessageMax).starts_with("text("));
  CHECK(of_size(kMessageMax + 1).starts_with("failed(provider_too_large)"));
  const std::string half = frame(kText, std::string(500, 'a'), part());
  CHECK(story({half + frame(kContinuation, std::string(500, 'b'))}).starts_with("text("));
  CHECK(story({half + frame(kContinuation, std::string(501, 'b'))})
            .starts_with("failed(provider_too_large)"));
}

TEST_CASE("websocket: a size that is only announced is refused before it comes") {
  FrameLook look;
  look.announced = kMessageMax + 1;
  CHECK(story({frame(kText, "a", look)}).starts_with("failed(provider_too_large)"));
}

TEST_CASE("websocket: a message of endless empty fragments ends at the limit") {
  const auto fragments = [](std::uint32_t n) {
    std::string bytes = frame(kText, "", part());
    for (std::uint32_t i = 2; i < n; ++i) bytes += frame(kContinuation, "", part());
    return story({bytes + frame(kContinuation, "")});
  };
  CHECK(fragments(WebSocket::kFragmentsMax - 1) == "text() |");
  CHECK(fragments(WebSocket::kFragmentsMax) == "text() |");
  CHECK(fragments(WebSocket::kFragmentsMax + 1) == "failed(provider_too_large) | 8:1009");
}

TEST_CASE("websocket: what is sent is masked, by another mask each time, and whole") {
  SeededRandom random(7);
  WebSocket socket(random, kMessageMax);
  const std::string long_text(70'000, 'x');
  const Bytes hello[] = {"hel", "", "lo"}, big[] = {long_text}, nothing[] = {""};
  socket.send(MessageKind::Text, hello);
  const std::string first = socket.output();
  socket.send(MessageKind::Text, hello);
  CHECK(socket.output().substr(first.size()) != first);
  socket.send(MessageKind::Binary, big);
  socket.send(MessageKind::Text, nothing);
  socket.send(MessageKind::Text, {});
  socket.close(1001, "gone");
  socket.send(MessageKind::Text, hello);  // behind a Close nothing is written
  socket.close(1000);

  const std::vector<Frame> frames = frames_of(socket.output());
  REQUIRE(frames.size() == 6);
  CHECK(frames[0].payload == "hello");
  CHECK(frames[1].payload == "hello");
  CHECK((frames[2].opcode == kBinary && frames[2].payload == long_text));
  CHECK((frames[3].opcode == kText && frames[3].payload.empty()));
  CHECK((frames[4].opcode == kText && frames[4].payload.empty()));
  CHECK((frames[5].opcode == kClose && frames[5].payload == close_payload(1001, "gone")));
  for (const Frame& f : frames) CHECK(f.masked);
}

TEST_CASE("websocket: a Close that answers ours is told and not answered again") {
  SeededRandom random(1);
  WebSocket socket(random, kMessageMax);
  socket.close(1000);
  const std::string bytes = frame(kText, "late") + frame(kClose, close_payload(1000));
  Bytes input = bytes;

  CHECK(socket.next(input) == WebSocket::Event::Message);
  CHECK(socket.next(input) == WebSocket::Event::Closed);
  CHECK(frames_of(socket.output()).size() == 1);
}
