#include "core/net/tcp_stream.h"

#include <malloc.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "core/base/limits.h"
#include "tests/support/descriptors.h"
#include "tests/unit/net/loopback.h"

using namespace aip;
using namespace aip::net;

namespace {

std::string pattern(std::size_t n) {
  std::string bytes(n, '\0');
  for (std::size_t i = 0; i < n; ++i) bytes[i] = static_cast<char>((i * 31 + i / 251) & 0xff);
  return bytes;
}

// Sends a long text in bounded pieces: never more is queued than one piece above the low mark.
void feed(End& end, const std::string& text, std::size_t piece) {
  std::size_t sent = 0;
  end.then = [&text, piece, sent](End& self) mutable {
    while (sent < text.size() && self.stream->queued_bytes() <= limits::kStreamBufferBytesLow) {
      self.send(Bytes(text).substr(sent, piece));
      sent += piece;
    }
  };
  end.on_stream_event();
}

}  // namespace

TEST_CASE("tcp_stream: an echo comes back") {
  Loop loop;
  Pair pair(loop);
  pair.b->then = [](End& self) {
    if (!self.received.empty()) self.send(std::exchange(self.received, {}));
  };

  pair.a->send("hello");

  CHECK(run_until(loop, [&] { return pair.a->received == "hello"; }));
}

TEST_CASE("tcp_stream: several pieces arrive as one text") {
  Loop loop;
  Pair pair(loop);
  std::vector<std::string> texts;
  std::vector<Bytes> pieces;
  std::string expected;
  for (int i = 0; i < 100; ++i) texts.push_back(std::to_string(i) + ",");
  for (const std::string& text : texts) {
    pieces.emplace_back(text);
    pieces.emplace_back();
    expected += text;
  }

  pair.a->stream->write(pieces);

  CHECK(run_until(loop, [&] { return pair.b->received.size() >= expected.size(); }));
  CHECK(pair.b->received == expected);
}

TEST_CASE("tcp_stream: 10 MB go both ways at once and arrive whole") {
  Loop loop;
  Pair pair(loop);
  const std::string there = pattern(10'000'000);
  const std::string back = pattern(10'000'001);

  feed(*pair.a, there, 50'000);
  feed(*pair.b, back, 70'001);

  CHECK(run_until(loop, [&] {
    return pair.b->received.size() >= there.size() && pair.a->received.size() >= back.size();
  }));
  CHECK(pair.b->received == there);
  CHECK(pair.a->received == back);
}

TEST_CASE("tcp_stream: one write of 10 MB is kept, counted and sent whole") {
  Loop loop;
  Pair pair(loop);
  const std::string text = pattern(10'000'000);

  pair.a->send(text);

  CHECK(pair.a->stream->queued_bytes() > 1'000'000);
  CHECK(run_until(loop, [&] { return pair.b->received.size() == text.size(); }));
  CHECK(pair.b->received == text);
  CHECK(run_until(loop, [&] { return pair.a->stream->queued_bytes() == 0; }));
}

TEST_CASE("tcp_stream: a reader that takes nothing holds its writer within bounds") {
  Loop loop;
  Pair pair(loop);
  pair.b->taking = false;
  std::size_t sent = 0;
  const std::string piece = pattern(64 * 1024);
  pair.a->then = [&](End& self) {
    while (self.stream->queued_bytes() <= limits::kStreamBufferBytesLow) {
      self.send(piece);
      sent += piece.size();
    }
  };
  pair.a->on_stream_event();

  // Held: the reader's stream is full and the writer has not been told of room for 100 turns.
  Waiter idle;
  Alarm tick(loop, idle);
  std::size_t before = 0;
  int same = 0;
  REQUIRE(run_until(loop, [&] {
    if (!tick.armed()) tick.set(loop.now_ns() + 2'000'000);
    same = sent == before ? same + 1 : 0;
    before = sent;
    return same >= 100;
  }));

  // A slab in front leaves the rest in the string; together they are what is kept.
  std::size_t kept = 0;
  std::string taken;
  pair.b->stream->set_reading(false);
  while (!pair.b->stream->readable().empty()) {
    const Bytes bytes = pair.b->stream->readable();
    kept += bytes.size();
    taken.append(bytes);
    pair.b->stream->consume(bytes.size());
  }
  CHECK(kept == limits::kStreamInputBytesMax);
  CHECK(pair.a->stream->queued_bytes() <= limits::kStreamBufferBytesLow + piece.size());
  std::printf("C1: a stalled reader keeps %zu KiB, its writer %zu KiB, the kernel %zu KiB\n",
              kept / 1024, pair.a->stream->queued_bytes() / 1024,
              (sent - kept - pair.a->stream->queued_bytes()) / 1024);

  // And it goes on from where it stopped.
  pair.a->then = nullptr;
  pair.b->taking = true;
  pair.b->received = taken;
  pair.b->stream->set_reading(true);
  CHECK(run_until(loop, [&] { return pair.b->received.size() == sent; }));
}

TEST_CASE("tcp_stream: set_reading(false) leaves everything to the kernel") {
  Loop loop;
  Pair pair(loop);
  pair.b->stream->set_reading(false);
  pair.a->send("one");
  pair.b->events = 0;
  bool settled = false;
  Pair other(loop);  // its round trip stands for time
  other.b->then = [&](End& self) { settled = !self.received.empty(); };
  other.a->send("x");
  REQUIRE(run_until(loop, [&] { return settled; }));

  CHECK(pair.b->events == 0);
  CHECK(pair.b->stream->readable().empty());

  pair.b->stream->set_reading(true);
  CHECK(run_until(loop, [&] { return pair.b->received == "one"; }));
}

TEST_CASE("tcp_stream: the peer's end is told after its bytes, and the other way stays open") {
  Loop loop;
  Pair pair(loop);
  pair.b->taking = false;
  pair.a->send("question");
  pair.a->stream->shutdown();

  REQUIRE(run_until(loop, [&] { return pair.b->stream->state() == StreamState::Ended; }));
  CHECK(pair.b->stream->readable() == "question");

  pair.b->send("answer");
  CHECK(run_until(loop, [&] { return pair.a->received == "answer"; }));
  CHECK(pair.a->stream->state() == StreamState::Open);
}

TEST_CASE("tcp_stream: an end that is asked for comes behind everything that is queued") {
  Loop loop;
  Pair pair(loop);
  const std::string text = pattern(5'000'000);
  pair.a->send(text);
  pair.a->send("last");
  pair.a->stream->shutdown();
  pair.a->send("too late");

  REQUIRE(run_until(loop, [&] { return pair.b->stream->state() == StreamState::Ended; }));
  CHECK(run_until(loop, [&] { return pair.b->received.size() >= text.size() + 4; }));
  CHECK(pair.b->received == text + "last");
}

TEST_CASE("tcp_stream: a peer that resets is seen as failed, under the code of this side") {
  Loop loop;
  Pair pair(loop);
  pair.a->stream->close(true);

  REQUIRE(run_until(loop, [&] { return pair.b->stream->state() == StreamState::Failed; }));
  CHECK(pair.b->stream->error().code == ErrorCode::CallerGone);
  CHECK_FALSE(pair.b->stream->error().detail.empty());
}

TEST_CASE("tcp_stream: a reset is sent even when the end was sent before") {
  Loop loop;
  Pair pair(loop);
  pair.a->stream->shutdown();
  REQUIRE(run_until(loop, [&] { return pair.b->stream->state() == StreamState::Ended; }));
  pair.a->stream->close(true);

  // The reader has ended; only writing can tell it now.
  pair.b->then = [](End& self) {
    if (self.stream->state() != StreamState::Failed) self.send("x");
  };
  CHECK(run_until(loop, [&] {
    pair.b->on_stream_event();
    return pair.b->stream->state() == StreamState::Failed;
  }));
}

TEST_CASE("tcp_stream: the answer of a peer that closed early is read before the failure is told") {
  Loop loop;
  Pair pair(loop);
  pair.b->taking = false;
  pair.a->taking = false;
  const std::string piece(100'000, 'x');
  pair.a->send(piece);
  REQUIRE(run_until(loop, [&] { return !pair.b->stream->readable().empty(); }));
  pair.b->send("413 too large");
  pair.b->stream->close(false);  // with bytes unread: the kernel answers with a reset

  REQUIRE(run_until(loop, [&] {
    pair.a->send(piece);
    return pair.a->stream->state() != StreamState::Open;
  }));
  CHECK(pair.a->stream->readable() == "413 too large");
  CHECK(pair.a->stream->state() == StreamState::Failed);
}

TEST_CASE("tcp_stream: it may be destroyed in advance(), with writes under way") {
  Loop loop;
  Pair pair(loop);
  pair.b->taking = false;
  pair.b->stream->set_reading(false);
  pair.a->send(pattern(8'000'000));
  REQUIRE(pair.a->stream->queued_bytes() > 0);
  pair.a->then = [](End& self) { self.stream.reset(); };
  pair.a->on_stream_event();

  REQUIRE(run_until(loop, [&] { return !pair.a->stream; }));
  pair.b->taking = true;
  pair.b->stream->set_reading(true);
  CHECK(run_until(loop, [&] { return pair.b->stream->state() != StreamState::Open; }));
}

TEST_CASE("tcp_stream: after close() nothing is written, read or told") {
  Loop loop;
  Pair pair(loop);
  pair.a->stream->close(false);
  pair.a->events = 0;
  pair.a->send("x");
  pair.a->stream->shutdown();
  pair.a->stream->set_reading(false);
  pair.a->stream->set_reading(true);
  pair.a->stream->close(true);

  CHECK(run_until(loop, [&] { return pair.b->stream->state() == StreamState::Ended; }));
  CHECK(pair.b->received.empty());
  CHECK(pair.a->events == 0);
  CHECK(pair.a->stream->queued_bytes() == 0);
}

TEST_CASE("tcp_stream: both ends have no delay and a short unsent queue") {
  Loop loop;
  Pair pair(loop);
  for (End* end : {pair.a.get(), pair.b.get()}) {
    int value = 0;
    socklen_t size = sizeof value;
    REQUIRE(::getsockopt(end->tcp().fd(), IPPROTO_TCP, TCP_NODELAY, &value, &size) == 0);
    CHECK(value != 0);
    REQUIRE(::getsockopt(end->tcp().fd(), IPPROTO_TCP, TCP_NOTSENT_LOWAT, &value, &size) == 0);
    CHECK(value == limits::kSocketUnsentBytesMax);
  }
}

TEST_CASE("tcp_stream: 1,000 connections opened and closed leave no descriptor") {
  Loop loop;
  Acceptor acceptor(loop);
  { const std::unique_ptr<ByteStream> first = connect(loop, acceptor.address()); }
  REQUIRE(run_until(loop, [&] { return acceptor.accepted == 1; }));
  acceptor.ends.clear();
  const std::size_t before = aip::test::open_descriptors();

  for (int i = 0; i < 1000; ++i) {
    End end(loop, connect(loop, acceptor.address()));
    REQUIRE(run_until(loop, [&] { return !acceptor.ends.empty(); }));
    end.send("x");
    if (i % 3 == 0) acceptor.ends.front()->stream->close(true);
    acceptor.ends.clear();
    if (i % 2 == 0) {
      REQUIRE(run_until(loop, [&] { return end.stream->state() != StreamState::Open; }));
    }
  }

  CHECK(aip::test::open_descriptors() == before);
  std::printf("net: descriptors after 1,000 connections: %+td\n",
              static_cast<std::ptrdiff_t>(aip::test::open_descriptors()) -
                  static_cast<std::ptrdiff_t>(before));
}

TEST_CASE("tcp_stream: an idle stream that has been used costs less than 1 KB") {
  constexpr std::size_t kStreams = 500;
  Loop loop;
  struct Keeper final : AcceptOwner {
    void on_accept(std::unique_ptr<ByteStream> stream, std::string_view) noexcept override {
      streams.push_back(std::move(stream));
    }
    std::vector<std::unique_ptr<ByteStream>> streams;
  } keeper;
  Listener listener(loop, listen_socket("127.0.0.1", 0, ReusePort::No).value(), keeper);
  const Address to = parse_address("127.0.0.1", listener.port()).value();
  keeper.streams.reserve(2 * kStreams);
  std::vector<std::unique_ptr<ByteStream>> clients;
  clients.reserve(kStreams);
  clients.push_back(connect(loop, to));
  const std::size_t before = ::mallinfo2().uordblks;

  for (std::size_t i = 1; i < kStreams; ++i) clients.push_back(connect(loop, to));
  REQUIRE(run_until(loop, [&] { return keeper.streams.size() == kStreams; }));
  const Bytes text = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  for (const auto& client : clients) client->write(std::span(&text, 1));
  for (const auto& stream : keeper.streams) {
    REQUIRE(run_until(loop, [&] { return stream->readable() == text; }));
    stream->consume(text.size());
  }

  const std::size_t each = (::mallinfo2().uordblks - before) / (2 * kStreams);
  std::printf("net: an idle stream costs %zu bytes\n", each);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  CHECK(each < 1024);
#endif
}
