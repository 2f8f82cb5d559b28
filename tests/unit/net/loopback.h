// loopback.h - two ends of a real connection on 127.0.0.1, and a loop that runs until an event.
#pragma once

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "core/net/connector.h"
#include "core/net/listener.h"
#include "core/net/loop.h"
#include "core/net/tcp_stream.h"

namespace aip::net {

// Turns until `done`; the alarm is only a guard against a test that would hang.
class Patience final : private Wakeable {
 public:
  explicit Patience(Loop& loop) : loop_(loop), alarm_(loop, *this) {
    alarm_.set(loop.now_ns() + 20'000'000'000ULL);
  }
  template <class Done>
  bool run_until(const Done& done) {
    while (!done() && !over_) loop_.run_once();
    return done();
  }

 private:
  void advance() noexcept override { over_ = alarm_.take_fired(); }
  Loop& loop_;
  Alarm alarm_;
  bool over_ = false;
};

template <class Done>
bool run_until(Loop& loop, const Done& done) {
  return Patience(loop).run_until(done);
}

class Waiter final : public Wakeable {
 public:
  int woken = 0;

 private:
  void advance() noexcept override { ++woken; }
};

// Owns one end; keeps what arrives unless told not to read.
class End final : public StreamOwner, private Wakeable {
 public:
  End(Loop& loop, std::unique_ptr<ByteStream> carrier) : stream(std::move(carrier)), loop_(loop) {
    stream->set_owner(this);
    loop_.wake(*this);
  }
  void on_stream_event() noexcept override {
    ++events;
    loop_.wake(*this);
  }
  void send(Bytes bytes) {
    const Bytes pieces[] = {bytes};
    stream->write(pieces);
  }
  [[nodiscard]] TcpStream& tcp() { return static_cast<TcpStream&>(*stream); }

  std::unique_ptr<ByteStream> stream;
  std::string received;
  bool taking = true;
  int events = 0;
  std::function<void(End&)> then;  // runs in each advance()

 private:
  void advance() noexcept override {
    while (stream && taking && !stream->readable().empty()) {
      const Bytes bytes = stream->readable();
      received.append(bytes);
      stream->consume(bytes.size());
    }
    if (then) then(*this);
  }
  Loop& loop_;
};

class Acceptor final : public AcceptOwner {
 public:
  explicit Acceptor(Loop& loop, const char* host = "127.0.0.1")
      : loop_(loop), listener(loop, listen_socket(host, 0, ReusePort::No).value(), *this) {}
  void on_accept(std::unique_ptr<ByteStream> stream, std::string_view from) noexcept override {
    ++accepted;
    peer = std::string(from);
    if (keep) ends.push_back(std::make_unique<End>(loop_, std::move(stream)));
  }
  [[nodiscard]] Address address() const {
    return parse_address("127.0.0.1", listener.port()).value();
  }

 private:
  Loop& loop_;

 public:
  Listener listener;
  int accepted = 0;
  bool keep = true;
  std::string peer;
  std::vector<std::unique_ptr<End>> ends;
};

// Until its end, the process can open no further descriptor.
class NoDescriptors final {
 public:
  NoDescriptors() {
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &old_) == 0);
    const int first_free = ::dup(0);
    REQUIRE(first_free >= 0);
    ::close(first_free);
    rlimit few = old_;
    few.rlim_cur = static_cast<rlim_t>(first_free);
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &few) == 0);
  }
  ~NoDescriptors() { ::setrlimit(RLIMIT_NOFILE, &old_); }
  NoDescriptors(const NoDescriptors&) = delete;
  NoDescriptors& operator=(const NoDescriptors&) = delete;

 private:
  rlimit old_{};
};

inline std::unique_ptr<ByteStream> connect(Loop& loop, const Address& to) {
  Waiter waiter;
  Connector connector(loop, {to}, waiter);
  REQUIRE(run_until(loop, [&] { return connector.state() != Connector::State::Connecting; }));
  REQUIRE(connector.state() == Connector::State::Connected);
  return connector.take();
}

// A connected pair: `a` dialled, `b` accepted.
struct Pair {
  explicit Pair(Loop& loop) {
    Acceptor acceptor(loop);
    a = std::make_unique<End>(loop, connect(loop, acceptor.address()));
    REQUIRE(run_until(loop, [&] { return !acceptor.ends.empty(); }));
    b = std::move(acceptor.ends.front());
  }
  std::unique_ptr<End> a, b;
};

}  // namespace aip::net
