// The whole way over real sockets on 127.0.0.1: look-up, connect, proxy, HTTP, pool.
#include <doctest/doctest.h>

#include <cstdio>

#include "core/net/connector.h"
#include "core/net/listener.h"
#include "core/net/loop.h"
#include "core/tls/stream.h"
#include "core/upstream/client.h"
#include "core/upstream/net_transport.h"
#include "tests/support/certs.h"

using namespace aip;
using namespace aip::upstream;
using namespace std::string_literals;

namespace {

// A server whose behaviour is a function from what one connection has sent to what it gets.
class Peer final : public net::AcceptOwner {
 public:
  using Script = std::function<std::string(std::string& received)>;
  Peer(net::Loop& loop, Script script, const tls::ServerContext* tls = nullptr)
      : loop_(loop),
        script_(std::move(script)),
        tls_(tls),
        listener_(loop, net::listen_socket("127.0.0.1", 0, net::ReusePort::No).value(), *this) {}

  struct Connection final : StreamOwner, Wakeable {
    Connection(Peer& p, std::unique_ptr<ByteStream> s) : peer(p), stream(std::move(s)) {
      stream->set_owner(this);
      peer.loop_.wake(*this);
    }
    void on_stream_event() noexcept override { peer.loop_.wake(*this); }
    void advance() noexcept override {
      while (!stream->readable().empty()) {
        const Bytes bytes = stream->readable();
        received.append(bytes);
        stream->consume(bytes.size());
      }
      const std::string out = peer.script_(received);
      const Bytes piece = out;
      if (!out.empty()) stream->write(std::span(&piece, 1));
    }
    Peer& peer;
    std::unique_ptr<ByteStream> stream;
    std::string received;
  };

  void on_accept(std::unique_ptr<ByteStream> stream, std::string_view) noexcept override {
    if (tls_ != nullptr) stream = tls::make_server_stream(loop_, std::move(stream), *tls_);
    connections.push_back(std::make_unique<Connection>(*this, std::move(stream)));
  }
  [[nodiscard]] std::uint16_t port() const noexcept { return listener_.port(); }
  [[nodiscard]] std::string url(const std::string& host = "127.0.0.1") const {
    return (tls_ != nullptr ? "https://" : "http://") + host + ":" + std::to_string(port()) + "/";
  }

  std::vector<std::unique_ptr<Connection>> connections;

 private:
  net::Loop& loop_;
  Script script_;
  const tls::ServerContext* tls_;
  net::Listener listener_;
};

std::string answer_of(std::string_view body) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         std::string(body);
}

// Answers each complete head.
std::string echo(std::string& received) {
  const std::size_t end = received.find("\r\n\r\n");
  if (end == std::string::npos) return {};
  const std::string line = received.substr(0, received.find('\r'));
  received.erase(0, end + 4);
  return answer_of(line);
}

class Caller final : public CallOwner, private Wakeable {
 public:
  explicit Caller(net::Loop& loop) : loop_(loop), guard_(loop, *this) {}
  void on_call_event() noexcept override { loop_.wake(*this); }

  // Runs the loop until the call is over, or for 20 s, which is a failure of the test.
  bool run(Client& client, CallSpec spec) {
    body.clear();
    error = {};
    over_ = ended = false;
    guard_.set(loop_.now_ns() + 20'000'000'000ULL);
    call = client.start(std::move(spec), *this);
    while (!over_) loop_.run_once();
    guard_.cancel();
    return ended;
  }

  std::unique_ptr<Call> call;
  std::string body;
  Error error;
  bool ended = false;

 private:
  void advance() noexcept override {
    if (guard_.take_fired()) over_ = true;
    while (call && !over_) {
      const CallEvent event = call->next();
      if (event == CallEvent::None) return;
      if (event == CallEvent::Body) body.append(call->bytes());
      if (event == CallEvent::End) over_ = ended = true;
      if (event == CallEvent::Failed) {
        over_ = true;
        error = call->error();
      }
    }
  }
  net::Loop& loop_;
  Alarm guard_;
  bool over_ = false;
};

CallSpec spec_of(std::string url) {
  CallSpec spec;
  spec.method = "GET";
  spec.url = std::move(url);
  return spec;
}

// An HTTP proxy that connects whatever it is asked for to one port of this machine.
class Relay final : public net::AcceptOwner {
 public:
  Relay(net::Loop& loop, std::uint16_t target, const tls::ServerContext* tls = nullptr)
      : loop_(loop),
        target_(net::parse_address("127.0.0.1", target).value()),
        tls_(tls),
        listener_(loop, net::listen_socket("127.0.0.1", 0, net::ReusePort::No).value(), *this) {}

  void on_accept(std::unique_ptr<ByteStream> stream, std::string_view) noexcept override {
    if (tls_ != nullptr) stream = tls::make_server_stream(loop_, std::move(stream), *tls_);
    links.push_back(std::make_unique<Link>(*this, std::move(stream)));
  }
  [[nodiscard]] std::string url() const {
    return (tls_ != nullptr ? "https://127.0.0.1:" : "http://127.0.0.1:") +
           std::to_string(listener_.port());
  }

  struct Link final : StreamOwner, Wakeable {
    Link(Relay& r, std::unique_ptr<ByteStream> s) : relay(r), near(std::move(s)) {
      near->set_owner(this);
      relay.loop_.wake(*this);
    }
    void on_stream_event() noexcept override { relay.loop_.wake(*this); }
    static std::string drain(ByteStream& from) {
      std::string all;
      while (!from.readable().empty()) {
        const std::string piece(from.readable());
        from.consume(piece.size());
        all += piece;
      }
      return all;
    }
    static void send(ByteStream& to, Bytes bytes) {
      if (!bytes.empty()) to.write(std::span(&bytes, 1));
    }
    void advance() noexcept override {
      if (!far && !connector) {
        asked += drain(*near);
        if (!asked.ends_with("\r\n\r\n")) return;
        connector = std::make_unique<net::Connector>(
            relay.loop_, std::vector<net::Address>{relay.target_}, static_cast<Wakeable&>(*this));
      }
      if (!far) {
        if (connector->state() == net::Connector::State::Connecting) return;
        far = connector->take();
        far->set_owner(this);
        send(*near, "HTTP/1.1 200 Connected\r\n\r\n");
      }
      send(*far, drain(*near));
      send(*near, drain(*far));
    }
    Relay& relay;
    std::unique_ptr<ByteStream> near, far;
    std::unique_ptr<net::Connector> connector;
    std::string asked;
  };
  std::vector<std::unique_ptr<Link>> links;

 private:
  net::Loop& loop_;
  const net::Address target_;
  const tls::ServerContext* tls_;
  net::Listener listener_;
};

// A CA of the test's own, and a server's context under it.
struct Trust {
  explicit Trust(const std::string& names = "DNS:localhost,IP:127.0.0.1") {
    const test::Identity ca = test::make_ca("test CA");
    test::CertSpec spec;
    spec.alt_names = names;
    const test::Identity server = test::make_identity(spec, &ca);
    ca_file = folder.write_cert("ca.pem", ca);
    const std::string cert = folder.write_cert("cert.pem", server);
    context = tls::ServerContext::make({cert, folder.write_key("key.pem", server)}).value();
  }
  test::TempFolder folder;
  std::string ca_file;
  std::unique_ptr<tls::ServerContext> context;
};

struct Lab {
  net::Loop loop;
  NetTransport transport{loop};
  Client client{loop, transport};
  Caller caller{loop};
};

}  // namespace

TEST_CASE("upstream: a request over a real socket, and the next on the same connection") {
  Lab lab;
  Peer peer(lab.loop, echo);

  REQUIRE(lab.caller.run(lab.client, spec_of(peer.url("localhost") + "one")));
  CHECK(lab.caller.body == "GET /one HTTP/1.1");
  REQUIRE(lab.caller.run(lab.client, spec_of(peer.url("localhost") + "two")));

  CHECK(lab.caller.body == "GET /two HTTP/1.1");
  CHECK(lab.caller.call->stats().reused);
  CHECK(peer.connections.size() == 1);
}

TEST_CASE("upstream: the peer closes an idle connection, and the next request does not notice") {
  Lab lab;
  Peer peer(lab.loop, echo);
  REQUIRE(lab.caller.run(lab.client, spec_of(peer.url())));
  peer.connections.clear();

  REQUIRE(lab.caller.run(lab.client, spec_of(peer.url())));

  CHECK(lab.caller.body == "GET / HTTP/1.1");
}

TEST_CASE("upstream: nobody listening is a failure to connect that names host and cause") {
  Lab lab;
  std::string url;
  {
    Peer peer(lab.loop, echo);
    url = peer.url();
  }

  CHECK_FALSE(lab.caller.run(lab.client, spec_of(url)));

  CHECK(lab.caller.error.code == ErrorCode::ProviderConnect);
  CHECK(lab.caller.error.detail.find("127.0.0.1") != std::string::npos);
  CHECK(lab.caller.error.detail.find("refused") != std::string::npos);
}

TEST_CASE("upstream: cancelling a running answer is seen by the peer at once") {
  Lab lab;
  Peer peer(lab.loop, [](std::string& received) {
    return std::exchange(received, {}).empty()
               ? ""s
               : "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart"s;
  });
  lab.caller.call = lab.client.start(spec_of(peer.url()), lab.caller);
  while (lab.caller.body != "part") lab.loop.run_once();
  const std::uint64_t start = lab.loop.now_ns();

  lab.caller.call.reset();
  while (peer.connections.front()->stream->state() == StreamState::Open) lab.loop.run_once();

  CHECK(peer.connections.front()->stream->state() == StreamState::Failed);  // a reset
  const std::uint64_t us = (lab.loop.now_ns() - start) / 1000;
  CHECK(us < 100'000);
  std::printf("C4: a cancelled call is seen by its upstream after %llu us\n",
              static_cast<unsigned long long>(us));
}

TEST_CASE("upstream: 20 MB come through whole, whatever the sizes of the reads") {
  Lab lab;
  std::string body(20'000'000, '\0');
  for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>(i * 7 + i / 997);
  Peer peer(lab.loop, [&](std::string& received) {
    return std::exchange(received, {}).empty() ? ""s : answer_of(body);
  });

  REQUIRE(lab.caller.run(lab.client, spec_of(peer.url())));

  CHECK(lab.caller.body == body);
}

TEST_CASE("upstream: through an HTTP proxy the request reaches the target in a tunnel") {
  Lab lab;
  Peer proxy(lab.loop, [](std::string& received) {
    if (received.starts_with("CONNECT api.test:80 HTTP/1.1\r\n") &&
        received.ends_with("\r\n\r\n")) {
      received.clear();
      return "HTTP/1.1 200 Connected\r\n\r\n"s;
    }
    return echo(received);
  });
  CallSpec spec = spec_of("http://api.test/x");
  spec.identity.proxy = "http://127.0.0.1:" + std::to_string(proxy.port());

  REQUIRE(lab.caller.run(lab.client, spec));

  CHECK(lab.caller.body == "GET /x HTTP/1.1");
}

TEST_CASE("upstream: a SOCKS5 proxy gets the name, or the address when we look it up") {
  for (const char* scheme : {"socks5h", "socks5"}) {
    CAPTURE(scheme);
    Lab lab;
    std::string request;
    Peer proxy(lab.loop, [&](std::string& received) {
      if (received == "\5\1\0"s) {
        received.clear();
        return "\5\0"s;
      }
      if (received.starts_with("\5\1\0"s) && received.size() > 5) {
        request = std::exchange(received, {});
        return "\5\0\0\1\0\0\0\0\0\0"s;
      }
      return echo(received);
    });
    CallSpec spec = spec_of("http://localhost/x");
    spec.identity.proxy = std::string(scheme) + "://127.0.0.1:" + std::to_string(proxy.port());

    REQUIRE(lab.caller.run(lab.client, spec));

    CHECK(lab.caller.body == "GET /x HTTP/1.1");
    CHECK((request.find("localhost") != std::string::npos) == (scheme == "socks5h"s));
  }
}

TEST_CASE("upstream: a proxy that refuses, hangs up or is none is a failure to connect") {
  for (const std::string& said : {"HTTP/1.1 403 No\r\n\r\n"s, "garbage\r\n\r\n"s}) {
    Lab lab;
    Peer proxy(lab.loop, [&](std::string& received) {
      return std::exchange(received, {}).empty() ? ""s : said;
    });
    CallSpec spec = spec_of("http://api.test/");
    spec.identity.proxy = "http://127.0.0.1:" + std::to_string(proxy.port());

    CHECK_FALSE(lab.caller.run(lab.client, spec));
    CHECK(lab.caller.error.code == ErrorCode::ProviderConnect);
  }
  Lab lab;
  CallSpec spec = spec_of("http://api.test/");
  spec.identity.proxy = "gopher://secret@x";
  CHECK_FALSE(lab.caller.run(lab.client, spec));
  CHECK(lab.caller.error.code == ErrorCode::GatewayConfig);
  CHECK(lab.caller.error.detail.find("secret") == std::string::npos);
}

TEST_CASE("upstream: a name that cannot be found is a failure to connect") {
  Lab lab;
  CHECK_FALSE(lab.caller.run(lab.client, spec_of("http://" + std::string(70, 'a') + ".test/")));

  CHECK(lab.caller.error.code == ErrorCode::ProviderConnect);
}

TEST_CASE("upstream: TLS with a trusted certificate, pooled like any other connection") {
  Lab lab;
  const Trust trust;
  Peer peer(lab.loop, echo, trust.context.get());
  CallSpec spec = spec_of(peer.url("localhost"));
  spec.identity.ca_file = trust.ca_file;

  for (int i = 0; i < 3; ++i) {
    REQUIRE(lab.caller.run(lab.client, spec));
    CHECK(lab.caller.body == "GET / HTTP/1.1");
    CHECK(lab.caller.call->stats().reused == (i > 0));
  }
  CHECK(peer.connections.size() == 1);

  peer.connections.clear();
  REQUIRE(lab.caller.run(lab.client, spec));
}

TEST_CASE("upstream: a certificate that is not trusted, or of another host, fails as TLS") {
  Lab lab;
  const Trust trust;
  Peer peer(lab.loop, echo, trust.context.get());

  CHECK_FALSE(lab.caller.run(lab.client, spec_of(peer.url())));
  CHECK(lab.caller.error.code == ErrorCode::ProviderTls);
  CHECK_FALSE(lab.caller.call->request_sent());

  CallSpec spec = spec_of(peer.url());
  spec.identity.verify = false;
  CHECK(lab.caller.run(lab.client, spec));

  const Trust other("DNS:other.test,IP:127.0.0.2");
  Peer elsewhere(lab.loop, echo, other.context.get());
  spec = spec_of(elsewhere.url());
  spec.identity.ca_file = other.ca_file;
  CHECK_FALSE(lab.caller.run(lab.client, spec));
  CHECK(lab.caller.error.code == ErrorCode::ProviderTls);
}

TEST_CASE("upstream: TLS to a peer that speaks plain HTTP, or nothing, fails under its own name") {
  Lab lab;
  Peer plain(lab.loop, [](std::string& received) {
    return std::exchange(received, {}).empty() ? ""s : answer_of("what?");
  });
  const std::string port = std::to_string(plain.port());
  CHECK_FALSE(lab.caller.run(lab.client, spec_of("https://127.0.0.1:" + port + "/")));
  CHECK(lab.caller.error.code == ErrorCode::ProviderTls);

  Peer silent(lab.loop, [](std::string&) { return ""s; });
  CallSpec spec = spec_of("https://127.0.0.1:" + std::to_string(silent.port()) + "/");
  spec.timeouts.tls_ms = 30;
  CHECK_FALSE(lab.caller.run(lab.client, spec));
  CHECK(lab.caller.error.code == ErrorCode::ProviderTimeoutTls);
}

TEST_CASE("upstream: trust that cannot be loaded is an error of configuration") {
  Lab lab;
  const Trust trust;
  Peer peer(lab.loop, echo, trust.context.get());
  CallSpec spec = spec_of(peer.url());
  spec.identity.ca_file = trust.folder.file("absent.pem");

  for (int i = 0; i < 2; ++i) {
    CHECK_FALSE(lab.caller.run(lab.client, spec));
    CHECK(lab.caller.error.code == ErrorCode::GatewayConfig);
  }
}

TEST_CASE("upstream: TLS through a proxy, and through a proxy that itself speaks TLS") {
  for (const bool proxy_tls : {false, true}) {
    CAPTURE(proxy_tls);
    Lab lab;
    const Trust trust;
    Peer peer(lab.loop, echo, trust.context.get());
    Relay relay(lab.loop, peer.port(), proxy_tls ? trust.context.get() : nullptr);
    CallSpec spec = spec_of("https://localhost/x");
    spec.identity.ca_file = trust.ca_file;
    spec.identity.proxy = relay.url();

    REQUIRE(lab.caller.run(lab.client, spec));

    CHECK(lab.caller.body == "GET /x HTTP/1.1");
    CHECK(relay.links.front()->asked.starts_with("CONNECT localhost:443 HTTP/1.1\r\n"));
    // The proxy sees the name and nothing else.
    CHECK(relay.links.front()->asked.find("GET") == std::string::npos);
  }
}

TEST_CASE("upstream: an answer over TLS that is cut without close_notify is a failure") {
  Lab lab;
  const Trust trust;
  Peer peer(
      lab.loop,
      [&](std::string& received) {
        if (std::exchange(received, {}).empty()) return ""s;
        return "HTTP/1.1 200 OK\r\n\r\nuntil close"s;
      },
      trust.context.get());
  CallSpec spec = spec_of(peer.url());
  spec.identity.ca_file = trust.ca_file;
  lab.caller.call = lab.client.start(spec, lab.caller);
  while (lab.caller.body != "until close") lab.loop.run_once();

  peer.connections.front()->stream->close(true);
  while (lab.caller.call->next() != CallEvent::Failed) lab.loop.run_once();

  CHECK(lab.caller.call->error().code == ErrorCode::ProviderTruncated);
}

// 300 KB is more than the slice that is written at once and less than what the kernel takes, so no
// later event tells that there is room.
TEST_CASE(
    "loopback: a body of any size leaves whole, also when the socket takes each slice at once") {
  net::Loop loop;
  for (const std::size_t size :
       {limits::kStreamBufferBytesMax - 1, limits::kStreamBufferBytesMax,
        limits::kStreamBufferBytesMax + 1, std::size_t{300'000}, std::size_t{10'000'000}}) {
    CAPTURE(size);
    Peer peer(loop, [size](std::string& received) -> std::string {
      const std::size_t end = received.find("\r\n\r\n");
      if (end == std::string::npos || received.size() < end + 4 + size) return {};
      const std::string told = std::to_string(received.size() - end - 4);
      received.clear();
      return answer_of(told);
    });
    NetTransport transport(loop);
    Client client(loop, transport);
    Caller caller(loop);
    CallSpec spec = spec_of(peer.url());
    spec.method = "POST";
    spec.body.assign(size, 'x');

    CHECK(caller.run(client, std::move(spec)));
    CHECK(caller.body == std::to_string(size));
    caller.call.reset();
  }
}
