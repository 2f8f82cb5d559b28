// What is held for clients that are slow to take or to be read from, and what a silent one costs.
#include <doctest/doctest.h>

#include <malloc.h>

#include "core/base/limits.h"
#include "tests/unit/server/rig.h"

using namespace aip;
using namespace aip::server;

namespace {

constexpr std::size_t kHigh = limits::kStreamBufferBytesMax;

}  // namespace

TEST_CASE("back-pressure: 20 MB for a client that reads 1 KB/s are held back at the mark") {
  Rig rig({.capacity = 64 * 1024});
  std::uint64_t produced = 0;
  std::size_t most = 0;
  rig.handler.act = [&](Request& request) {
    if (!request.stream) return;
    if (produced == 0) request.send_stream_head();
    while (produced < 20'000'000 && request.stream->queued_bytes() <= kHigh) {
      request.stream->body_out().append(1000, 'x');
      produced += 1000;
    }
    most = std::max(most, request.stream->queued_bytes());
  };
  rig.client().allow(0);
  rig.exchange(kGet);
  for (int second = 0; second < 600; ++second) {
    rig.client().allow(1024);
    rig.loop.advance_ms(1000);
  }
  CHECK(rig.request().failure().empty());
  CHECK(most <= kHigh + 2000);
  const std::uint64_t held = produced - rig.client().received_total();
  // The server's own share, the pipe, and what a client that does not read has in its buffer.
  CHECK(held <= 2 * kHigh + 2 * 64 * 1024 + 8 * 1024);
  std::printf("C1: client at 1 KB/s: the server held %zu KiB at most; on the way in all %llu KiB\n",
              most / 1024, static_cast<unsigned long long>(held / 1024));
}

TEST_CASE("back-pressure: the handler is woken when the client has taken what waited") {
  Rig rig({.capacity = 1000});
  rig.handler.act = {};
  rig.client().stream().set_reading(false);
  rig.exchange(kGet);
  rig.request().send_stream_head();
  rig.request().stream->send_body(std::string(10'000, 'x'));
  rig.loop.run();
  CHECK(rig.request().stream->queued_bytes() > 8'000);
  const int before = rig.request().turns;

  rig.client().stream().set_reading(true);
  rig.loop.run();
  CHECK(rig.request().stream->queued_bytes() == 0);
  CHECK(rig.request().turns > before);
}

// One turn's output above the mark, all taken at once: no later event of the stream tells of room.
TEST_CASE("back-pressure: the handler is woken when the socket takes all at once") {
  for (const std::size_t size :
       {limits::kStreamBufferBytesLow, limits::kStreamBufferBytesMax + 1}) {
    Rig rig({.capacity = 1'000'000});
    rig.handler.act = {};
    rig.exchange(kGet);
    rig.request().send_stream_head();
    rig.request().stream->send_body(std::string(size, 'x'));
    const int before = rig.request().turns;
    rig.loop.run();
    CHECK(rig.request().stream->queued_bytes() == 0);
    CHECK(rig.request().turns == before + 1);
  }
}

TEST_CASE("back-pressure: an upload that nobody takes stops at the stream's bound") {
  Rig rig({.capacity = 64 * 1024});
  rig.handler.act = {};
  config::Limits limits;
  rig.exchange("POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 20000000\r\n\r\n");
  std::size_t sent = 0;
  for (int i = 0; i < 300; ++i) {
    if (rig.client().stream().queued_bytes() == 0) {
      rig.client().send(std::string(10'000, 'x'));
      sent += 10'000;
    }
    rig.loop.run();
  }
  CHECK(sent <= kHigh + 2 * 64 * 1024 + 20'000);
  std::size_t taken = 0;
  rig.request().stream->want_body();
  while (taken < 100'000) {
    taken += rig.request().stream->body().size();
    rig.request().stream->consume_body(rig.request().stream->body().size());
    rig.loop.run();
  }
  rig.loop.run();
  CHECK(rig.client().stream().queued_bytes() == 0);
  std::printf("C3: upload that nobody reads: %zu KiB taken from the client\n", sent / 1024);
}

TEST_CASE(
    "back-pressure: a client that asks on and on but takes nothing is not answered on and on") {
  Rig rig({.capacity = 1000});
  rig.handler.act = [](Request& request) {
    if (!request.stream) return;
    request.answer(std::string(10'000, 'x'));
    request.stream.reset();
  };
  rig.client().stream().set_reading(false);
  std::string wire;
  for (int i = 0; i < 1000; ++i) wire += kGet;
  rig.client().send(wire);
  rig.loop.run();
  CHECK(rig.handler.requests.size() <= limits::kStreamBufferBytesLow / 10'000 + 2);

  rig.client().stream().set_reading(true);
  rig.loop.run();
  CHECK(rig.handler.requests.size() == 1000);
  CHECK(count(rig.client().received(), "HTTP/1.1 200") == 1000);
}

TEST_CASE(
    "back-pressure: a client that takes nothing for too long is gone, one that drips is not") {
  Rig rig({.capacity = 1000});
  rig.handler.act = {};
  rig.client().stream().set_reading(false);
  rig.exchange(kGet);
  rig.request().send_stream_head();
  rig.request().stream->send_body(std::string(10'000, 'x'));
  rig.loop.advance_ms(limits::kWriteStallMs - 1);
  CHECK(rig.request().failure().empty());
  rig.client().stream().set_reading(true);
  rig.loop.run_once();
  rig.client().stream().set_reading(false);
  rig.loop.advance_ms(limits::kWriteStallMs - 1);
  CHECK(rig.request().failure().empty());
  rig.loop.advance_ms(1 + limits::kWriteStallMs);
  CHECK(rig.request().failure() == "client_closed");
  rig.request().stream.reset();
  rig.loop.advance_ms(limits::kLingerMs);
  CHECK(rig.open() == 0);
}

TEST_CASE("memory: an idle connection costs little") {
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  constexpr std::size_t kConnections = 1000;
  Rig rig;
  // The streams in memory are no part of what is measured.
  std::vector<test::MemoryPair> pairs;
  for (std::size_t i = 0; i < kConnections; ++i) pairs.push_back(rig.network.connect());
  const auto in_use = [] { return mallinfo2().uordblks; };

  const std::size_t before = in_use();
  for (auto& pair : pairs) rig.server.accept(std::move(pair.near), "192.0.2.1", 0);
  rig.loop.run();
  const std::size_t fresh = (in_use() - before) / kConnections;
  const Bytes wire = kGet;
  for (auto& pair : pairs) {
    pair.far->write({&wire, 1});
    rig.loop.run();
    pair.far->consume(pair.far->readable().size());
  }
  rig.handler.requests.clear();
  rig.handler.requests.shrink_to_fit();
  const std::size_t idle = (in_use() - before) / kConnections;
  CHECK(rig.open() == kConnections);
  CHECK(fresh <= 1024);
  CHECK(idle <= 2048);
  std::printf("memory: a connection costs the server %zu bytes when new, %zu when idle again\n",
              fresh, idle);
#endif
}
