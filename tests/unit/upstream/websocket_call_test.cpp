// The life of one WebSocket: refused, opened by liars, closed from either side, cut, held back.
#include "core/upstream/websocket_call.h"

#include <doctest/doctest.h>

#include "core/http/websocket_handshake.h"
#include "tests/support/split.h"
#include "tests/support/websocket_frames.h"
#include "tests/unit/upstream/fakes.h"

using namespace aip;
using namespace aip::test;
using namespace aip::upstream;

namespace {

// Pulls whatever comes and writes it down.
class Listener final : public CallOwner, public Wakeable {
 public:
  explicit Listener(Scheduler& scheduler) : scheduler_(scheduler) {}
  void on_call_event() noexcept override { scheduler_.wake(*this); }

  std::unique_ptr<WebSocketCall> call;
  std::string seen;
  bool pulling = true;

 private:
  void advance() noexcept override {
    while (pulling && !over_) {
      switch (call->next()) {
        case CallEvent::None:
          return;
        case CallEvent::Head:
          seen += call->open() ? "open " : std::to_string(call->head().status) + " ";
          break;
        case CallEvent::Body:
          seen += "(" + std::string(call->bytes()) + ") ";
          break;
        case CallEvent::End:
          over_ = true;
          seen += "end ";
          if (call->open()) {
            seen += std::to_string(call->close_code()) + " " + std::string(call->bytes());
          }
          break;
        case CallEvent::Failed:
          over_ = true;
          seen += "failed " + std::string(traits(call->error().code).name) + " " +
                  std::to_string(call->close_code());
          break;
      }
    }
  }
  Scheduler& scheduler_;
  bool over_ = false;
};

struct Rig {
  Bench bench;
  SeededRandom random{1};
  Listener listener{bench.loop};

  Rig()
      : Rig([] {
          WebSocketSpec spec;
          spec.call.url = "ws://hub.test/chat";
          return spec;
        }()) {}
  explicit Rig(WebSocketSpec spec) {
    listener.call = std::make_unique<WebSocketCall>(bench.loop, random, bench.client,
                                                    std::move(spec), listener);
    bench.loop.run();
  }
  WebSocketCall& call() { return *listener.call; }
  // What the client has written behind its request.
  std::vector<Frame> frames() {
    const std::string& sent = bench.wire().sent;
    return frames_of(Bytes(sent).substr(sent.find("\r\n\r\n") + 4));
  }
  std::string accept() {
    const std::string& sent = bench.wire().sent;
    const std::size_t at = sent.find("sec-websocket-key: ");
    REQUIRE(at != std::string::npos);
    return http::websocket_accept(sent.substr(at + 19, 24));
  }
  std::string switching() {
    return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           "Sec-WebSocket-Accept: " +
           accept() + "\r\n\r\n";
  }
  void open() { bench.arrive(switching()); }
  Sent send(Bytes text) { return call().send(http::MessageKind::Text, {&text, 1}); }
  void pass_ms(std::uint64_t ms) {
    bench.loop.advance_ms(ms);
    bench.loop.run();
  }
};

}  // namespace

TEST_CASE("websocket_call: the upgrade is a GET with a key, no extension and no body") {
  WebSocketSpec spec;
  spec.call.url = "wss://hub.test/chat?x=1";
  spec.call.method = "POST";
  spec.call.body = "none of it";
  spec.call.headers.add("origin", "https://www.test");
  spec.call.headers.add("cookie", "_U=1");
  Rig rig(std::move(spec));

  const std::string& sent = rig.bench.wire().sent;
  CHECK(sent.starts_with("GET /chat?x=1 HTTP/1.1\r\nhost: hub.test\r\n"));
  CHECK(sent.find("origin: https://www.test\r\ncookie: _U=1\r\n") != std::string::npos);
  CHECK(sent.find("sec-websocket-version: 13\r\n") != std::string::npos);
  CHECK(sent.find("connection: upgrade\r\nupgrade: websocket\r\n") != std::string::npos);
  CHECK(sent.find("extensions") == std::string::npos);
  CHECK(sent.ends_with("\r\n\r\n"));
}

TEST_CASE("websocket_call: what the server sends is told the same at every split") {
  Rig first;
  const std::string bytes = first.switching() + frame(kText, "he", part()) + frame(kPing, "p") +
                            frame(kContinuation, "llo") + frame(kBinary, "b") +
                            frame(kClose, close_payload(1000, "bye"));

  const std::string seen = feed_in_every_split(bytes, [&](const Pieces& pieces) {
    Rig rig;  // the same seed, so the same key
    for (const Bytes piece : pieces) rig.bench.arrive(piece);
    CHECK(rig.listener.seen == "open (hello) (b) ");
    rig.bench.wire().arrive_end();
    rig.bench.loop.run();
    std::string out = rig.listener.seen + "|";
    for (const Frame& f : rig.frames()) out += std::to_string(f.opcode) + f.payload;
    return out;
  });

  CHECK(seen == "open (hello) (b) end 1000 bye|10p8" + close_payload(1000));
}

TEST_CASE("websocket_call: an upgrade that is refused is an ordinary answer") {
  Rig rig;
  rig.bench.arrive("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");
  CHECK(rig.listener.seen == "403 (no) end ");
  CHECK(rig.send("late") == Sent::Closed);
  CHECK_FALSE(rig.call().worth_leaving());

  // A 200 is no consent either, whatever stands behind it.
  Rig other;
  other.bench.arrive("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n" + frame(kText, "hi"));
  CHECK(other.listener.seen == "200 (" + frame(kText, "hi") + ") end ");
}

TEST_CASE("websocket_call: a 101 that does not prove itself opens nothing") {
  const char* const kLies[] = {
      "HTTP/1.1 101 S\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
      "HTTP/1.1 101 S\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n",
      "HTTP/1.1 101 S\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n",
      "HTTP/1.1 101 S\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nContent-Length: 5\r\n\r\n",
  };
  for (const char* lie : kLies) {
    Rig rig;
    rig.send("secret");
    rig.bench.arrive(std::string(lie) + frame(kText, "hi"));
    CHECK(rig.listener.seen == "failed provider_protocol 1006");
    CHECK(rig.frames().empty());
  }
  for (const char* extra :
       {"Sec-WebSocket-Extensions: permessage-deflate\r\n", "Sec-WebSocket-Protocol: chat\r\n"}) {
    Rig rig;
    std::string bytes = rig.switching();
    bytes.insert(bytes.size() - 2, extra);
    rig.bench.arrive(bytes);
    CHECK(rig.listener.seen == "failed provider_protocol 1006");
  }
}

TEST_CASE("websocket_call: messages that are sent before it is open go out behind the 101") {
  Rig rig;
  CHECK(rig.send("early") == Sent::Ok);
  CHECK(rig.frames().empty());

  rig.open();

  REQUIRE(rig.frames().size() == 1);
  CHECK(rig.frames()[0].payload == "early");
}

TEST_CASE("websocket_call: a Close of ours is sent once, answered, and told with the peer's code") {
  Rig rig;
  rig.open();
  rig.call().close(1001, "done");
  rig.call().close(1000);
  CHECK(rig.send("late") == Sent::Closed);
  rig.bench.arrive(frame(kText, "in flight") + frame(kClose, close_payload(1001)));
  rig.bench.wire().arrive_end();
  rig.bench.loop.run();

  CHECK(rig.listener.seen == "open (in flight) end 1001 ");
  REQUIRE(rig.frames().size() == 1);
  CHECK(rig.frames()[0].payload == close_payload(1001, "done"));
}

TEST_CASE("F6: a peer that never answers our Close is cut by the timer, and so is one that stays") {
  Rig silent;
  silent.open();
  silent.call().close(1000);
  silent.pass_ms(WebSocketCall::kCloseMs - 1);
  CHECK(silent.listener.seen == "open ");
  silent.pass_ms(1);
  CHECK(silent.listener.seen == "open failed provider_timeout_idle 1006");

  Rig stays;
  stays.open();
  stays.bench.arrive(frame(kClose, close_payload(1000)));
  CHECK(stays.bench.wire().shut);
  stays.pass_ms(WebSocketCall::kCloseMs - 1);
  CHECK(stays.listener.seen == "open ");
  stays.pass_ms(1);
  CHECK(stays.listener.seen == "open end 1000 ");
}

TEST_CASE("websocket_call: an end without a Close is a cut") {
  Rig ended;
  ended.open();
  ended.bench.arrive(frame(kText, "a"));
  ended.bench.wire().arrive_end();
  ended.bench.loop.run();
  CHECK(ended.listener.seen == "open (a) failed provider_truncated 1006");

  Rig reset;
  reset.open();
  reset.bench.wire().arrive_failure();
  reset.bench.loop.run();
  CHECK(reset.listener.seen == "open failed provider_truncated 1006");
}

TEST_CASE("websocket_call: a peer that breaks the protocol is told the code before the end") {
  Rig rig;
  rig.open();
  rig.bench.arrive(frame(kText, "\xff") + frame(kText, "more"));

  CHECK(rig.listener.seen == "open failed provider_protocol 1007");
  REQUIRE(rig.frames().size() == 1);
  CHECK(rig.frames()[0].payload == close_payload(1007));
  CHECK(rig.bench.wire().shut);
  CHECK(rig.call().worth_leaving());
}

TEST_CASE("F4: a slow peer holds the sender back, and room is told when it has come") {
  Rig rig;
  rig.open();
  rig.bench.wire().takes = 0;
  const std::string kilobyte(1024, 'x');
  std::size_t taken = 0;
  while (rig.send(kilobyte) == Sent::Ok) ++taken;
  CHECK(taken * 1024 <= WebSocketCall::kSendBytesMax);
  CHECK_FALSE(rig.call().has_room());
  // One more of the largest size is taken, and then no more.
  CHECK(rig.send(std::string(limits::kEventBytesMax - 4096, 'x')) == Sent::Full);
  CHECK(rig.send(kilobyte + kilobyte + kilobyte + kilobyte) == Sent::Refused);

  rig.bench.loop.run();
  rig.bench.wire().take(SIZE_MAX / 2);
  rig.bench.loop.run();

  CHECK(rig.call().has_room());
  CHECK(rig.frames().size() == taken + 2);
}

TEST_CASE("websocket_call: a peer that sends pings and takes nothing makes nothing grow") {
  Rig rig;
  rig.open();
  rig.bench.wire().takes = 0;
  const std::string ping = frame(kPing, std::string(125, 'p'));
  for (int i = 0; i < 10'000; ++i) rig.bench.arrive(ping);
  CHECK(rig.call().queued_bytes() <= WebSocketCall::kSendBytesMax + 1024);
}

TEST_CASE(
    "websocket_call: silence either way ends it after the idle time, and the whole has a bound") {
  WebSocketSpec spec;
  spec.call.url = "ws://hub.test/";
  spec.call.timeouts.idle_ms = 1'000;
  Rig idle(spec);
  idle.open();
  idle.pass_ms(900);
  idle.bench.arrive(frame(kPing, ""));
  idle.pass_ms(900);
  CHECK(idle.listener.seen == "open ");
  idle.pass_ms(200);
  CHECK(idle.listener.seen == "open failed provider_timeout_idle 1006");

  spec.total_ms = 1'500;
  Rig whole(spec);
  whole.open();
  for (int i = 0; i < 3; ++i) {
    whole.bench.arrive(frame(kPing, ""));
    whole.pass_ms(500);
  }
  CHECK(whole.listener.seen == "open failed provider_timeout_total 1006");
}

TEST_CASE("websocket_call: a peer that floods and takes nothing of what waits for it is idle") {
  WebSocketSpec spec;
  spec.call.url = "ws://hub.test/";
  spec.call.timeouts.idle_ms = 1'000;
  for (const bool takes : {false, true}) {
    Rig rig(spec);
    rig.open();
    rig.bench.wire().takes = 0;
    // What is written meanwhile is no sign of life either.
    for (int i = 0; i < 10; ++i) {
      rig.send("is anybody there?");
      rig.bench.arrive(frame(kPing, ""));
      rig.pass_ms(300);
      if (takes) rig.bench.wire().take(1);
    }
    CHECK(rig.listener.seen == (takes ? "open " : "open failed provider_timeout_idle 1006"));
  }
}

TEST_CASE("websocket_call: who is not interested any more leaves politely") {
  Rig rig;
  rig.open();
  Listener other(rig.bench.loop);
  other.call = std::move(rig.listener.call);
  REQUIRE(other.call->worth_leaving());

  other.call->leave(other);
  rig.bench.loop.run();
  CHECK(rig.frames().back().payload == close_payload(1000));
  rig.bench.arrive(frame(kText, "late") + frame(kClose, close_payload(1000)));
  rig.bench.wire().arrive_end();
  rig.bench.loop.run();

  CHECK(other.seen == "end 1000 ");
  CHECK(rig.listener.seen == "open ");
}

TEST_CASE("websocket_call: a call that is dropped closes its socket at once") {
  Rig rig;
  rig.open();
  rig.listener.pulling = false;
  rig.listener.call.reset();
  CHECK(rig.bench.wire().closed);
  CHECK(rig.bench.wire().reset);
}
