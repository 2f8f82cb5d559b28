// fakes.h - the far side of a call, played by the test: wires in place of sockets.
#pragma once

#include <doctest/doctest.h>

#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/base/stream.h"
#include "core/upstream/client.h"
#include "core/upstream/transport.h"
#include "tests/support/fake_loop.h"

namespace aip::upstream {

// One connection as the peer sees it; it outlives the stream, so that its end can be looked at.
struct Wire {
  // What this side did.
  std::string sent;     // and the peer has taken
  std::string queued;   // written, but not taken
  int writes = 0;       // calls of write()
  bool closed = false;  // destroyed or closed
  bool reset = false;   // by a reset
  bool shut = false;    // the end was sent
  bool reading = true;
  // What the peer does.
  std::size_t takes = SIZE_MAX;  // how many bytes it still takes
  std::deque<std::string> pieces;
  StreamState state = StreamState::Open;
  StreamOwner* owner = nullptr;

  void tell() const {
    if (owner != nullptr) owner->on_stream_event();
  }
  void arrive(Bytes bytes) {
    if (!bytes.empty()) pieces.emplace_back(bytes);
    tell();
  }
  void arrive_end() {
    state = StreamState::Ended;
    tell();
  }
  void arrive_failure() {
    state = StreamState::Failed;
    tell();
  }
  // The peer takes `n` bytes more.
  void take(std::size_t n) {
    takes += n;
    move();
    tell();
  }
  void move() {
    const std::size_t n = std::min(takes, queued.size());
    sent += queued.substr(0, n);
    queued.erase(0, n);
    if (takes != SIZE_MAX) takes -= n;
  }
};

class FakeStream final : public ByteStream {
 public:
  explicit FakeStream(std::shared_ptr<Wire> wire) : wire_(std::move(wire)) {}
  ~FakeStream() override {
    wire_->closed = true;
    wire_->owner = nullptr;
  }
  void set_owner(StreamOwner* owner) noexcept override { wire_->owner = owner; }
  [[nodiscard]] Bytes readable() const noexcept override {
    return wire_->pieces.empty() ? Bytes() : Bytes(wire_->pieces.front());
  }
  void consume(std::size_t n) noexcept override {
    if (n == 0) return;
    std::string& piece = wire_->pieces.front();
    REQUIRE(n <= piece.size());
    piece.erase(0, n);
    if (piece.empty()) wire_->pieces.pop_front();
  }
  [[nodiscard]] StreamState state() const noexcept override { return wire_->state; }
  [[nodiscard]] const Error& error() const noexcept override { return error_; }
  void set_reading(bool on) noexcept override { wire_->reading = on; }
  void write(std::span<const Bytes> pieces) noexcept override {
    ++wire_->writes;
    for (const Bytes piece : pieces) wire_->queued.append(piece);
    wire_->move();
  }
  [[nodiscard]] std::size_t queued_bytes() const noexcept override { return wire_->queued.size(); }
  void shutdown() noexcept override { wire_->shut = true; }
  void close(bool reset) noexcept override {
    wire_->closed = true;
    wire_->reset = reset;
  }

 private:
  std::shared_ptr<Wire> wire_;
  Error error_{ErrorCode::ProviderTruncated, "connection reset"};
};

class FakeTransport final : public Transport {
 public:
  struct FakeDial final : Dial {
    FakeDial(FakeTransport& t, DialOwner& o, Endpoint e)
        : transport(t), owner(o), endpoint(std::move(e)) {
      transport.dials.push_back(this);
    }
    ~FakeDial() override {
      std::erase(transport.dials, this);
      ++transport.dials_gone;
    }
    void reach(DialPhase to) {
      now = to;
      owner.on_dial_event();
    }
    [[nodiscard]] DialPhase phase() const noexcept override { return now; }
    [[nodiscard]] const Error& error() const noexcept override { return failure; }
    [[nodiscard]] std::unique_ptr<ByteStream> take() override {
      transport.wires.push_back(std::make_shared<Wire>());
      transport.wires.back()->takes = transport.wire_takes;
      return std::make_unique<FakeStream>(transport.wires.back());
    }

    FakeTransport& transport;
    DialOwner& owner;
    Endpoint endpoint;
    DialPhase now = DialPhase::Connecting;
    Error failure{ErrorCode::ProviderConnect, "refused"};
  };

  std::unique_ptr<Dial> connect(const Endpoint& endpoint, DialOwner& owner) override {
    ++connects;
    auto dial = std::make_unique<FakeDial>(*this, owner, endpoint);
    if (at_once) dial->reach(DialPhase::Ready);
    return dial;
  }

  bool at_once = true;
  std::size_t wire_takes = SIZE_MAX;  // how much a new peer takes
  int connects = 0;
  int dials_gone = 0;
  std::vector<FakeDial*> dials;  // those that live
  std::vector<std::shared_ptr<Wire>> wires;
};

// Pulls whatever comes and writes it down: "H200 B(hello) E", or "F".
class Puller final : public CallOwner, public Wakeable {
 public:
  explicit Puller(Scheduler& scheduler) : scheduler_(scheduler) {}
  void on_call_event() noexcept override {
    ++told;
    scheduler_.wake(*this);
  }
  [[nodiscard]] bool over() const { return ended || failed; }

  std::unique_ptr<Call> call;
  std::string body;
  int status = 0;
  int heads = 0;
  bool ended = false;
  bool failed = false;
  bool pulling = true;
  int told = 0;

 private:
  void advance() noexcept override {
    while (call && pulling && !over()) {
      switch (call->next()) {
        case CallEvent::None:
          return;
        case CallEvent::Head:
          ++heads;
          status = call->head().status;
          break;
        case CallEvent::Body:
          body.append(call->bytes());
          break;
        case CallEvent::End:
          ended = true;
          break;
        case CallEvent::Failed:
          failed = true;
          break;
      }
    }
  }
  Scheduler& scheduler_;
};

inline CallSpec get(std::string url = "http://api.test/v1/models") {
  CallSpec spec;
  spec.method = "GET";
  spec.url = std::move(url);
  return spec;
}

inline CallSpec post(std::string body, std::string url = "http://api.test/v1/chat") {
  CallSpec spec;
  spec.method = "POST";
  spec.url = std::move(url);
  spec.body = std::move(body);
  return spec;
}

inline constexpr std::string_view kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

// A client on a fake clock, and one call at a time in front of it.
struct Bench {
  explicit Bench(const PoolLimits& limits = {}) : client(loop, transport, limits) {}
  [[nodiscard]] std::unique_ptr<Puller> start(CallSpec spec) {
    auto puller = std::make_unique<Puller>(loop);
    puller->call = client.start(std::move(spec), *puller);
    loop.run();
    return puller;
  }
  [[nodiscard]] Wire& wire() { return *transport.wires.back(); }
  void arrive(Bytes bytes) {
    wire().arrive(bytes);
    loop.run();
  }

  test::FakeLoop loop;
  FakeTransport transport;
  Client client;
};

}  // namespace aip::upstream
