#include "core/tls/stream.h"

#include <doctest/doctest.h>

#include "tests/support/fake_loop.h"
#include "tests/support/memory_stream.h"
#include "tests/support/tls_peers.h"

using namespace aip;
using namespace aip::test;
using tls::Handshake;

namespace {

// Our client and our server, with a CA between them.
struct Pair {
  TempFolder folder;
  Identity ca = make_ca("test CA");
  FakeLoop loop;
  std::unique_ptr<tls::ClientContext> client_context;
  std::unique_ptr<tls::ServerContext> server_context;

  Pair() {
    CertSpec spec;
    spec.alt_names = "DNS:api.test";
    const Identity identity = make_identity(spec, &ca);
    client_context =
        tls::ClientContext::make({tls::Verify::On, folder.write_cert("ca.pem", ca)}).value();
    server_context = tls::ServerContext::make({folder.write_cert("cert.pem", identity),
                                               folder.write_key("key.pem", identity)})
                         .value();
  }
  struct Ends {
    MemoryStream* client_wire;
    MemoryStream* server_wire;
    std::unique_ptr<Reader> client, server;
  };
  Ends connect(MemoryOptions options = {}) {
    auto [a, b] = MemoryStream::pair(loop, options);
    Ends ends{a.get(), b.get(), nullptr, nullptr};
    ends.client = std::make_unique<Reader>(
        loop, tls::make_client_stream(loop, std::move(a), *client_context, "api.test", 443));
    ends.server = std::make_unique<Reader>(
        loop, tls::make_server_stream(loop, std::move(b), *server_context));
    return ends;
  }
};

std::string pattern(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * 7 + i / 251);
  return text;
}

}  // namespace

TEST_CASE("tls: bytes pass both ways, however the records are cut") {
  Pair pair;
  const std::string up = pattern(40'000);
  const std::string down = pattern(50'001);
  for (const std::size_t piece : {std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{5},
                                  std::size_t{17}, std::size_t{1460}, SIZE_MAX}) {
    CAPTURE(piece);
    Pair::Ends ends = pair.connect({.piece = piece, .capacity = 256 * 1024});
    ends.client->send(up);  // before the handshake: it waits
    CHECK(ends.client->stream().queued_bytes() >= up.size());
    CHECK(ends.client->stream().handshake() == Handshake::Running);
    pair.loop.run();
    CHECK(ends.client->stream().handshake() == Handshake::Ready);
    CHECK(ends.server->stream().handshake() == Handshake::Ready);
    CHECK(ends.client->stream().alpn() == "http/1.1");
    CHECK(ends.server->stream().alpn() == "http/1.1");
    CHECK(ends.server->got == up);

    ends.server->send(down);
    pair.loop.run();
    CHECK(ends.client->got == down);
    CHECK(ends.client->stream().queued_bytes() == 0);
  }
}

TEST_CASE("tls: pieces of one write share records, and what the wire has is never plain") {
  Pair pair;
  Pair::Ends ends = pair.connect();
  pair.loop.run();
  const std::string big = pattern(20'000);
  const Bytes pieces[] = {"head: a secret word\r\n\r\n", "small", big, "tail"};
  ends.server->taking = false;
  ends.client->stream().write(pieces);
  pair.loop.run();
  ends.server->taking = true;
  ends.server->on_stream_event();
  pair.loop.run();
  CHECK(ends.server->got == "head: a secret word\r\n\r\nsmall" + big + "tail");
}

TEST_CASE("tls: close_notify ends a stream, both halves apart") {
  Pair pair;
  Pair::Ends ends = pair.connect();
  pair.loop.run();
  ends.client->send("last words");
  ends.client->stream().shutdown();
  pair.loop.run();
  CHECK(ends.server->got == "last words");
  CHECK(ends.server->stream().state() == StreamState::Ended);
  CHECK(ends.client->stream().state() == StreamState::Open);

  ends.server->send("and an answer");
  pair.loop.run();
  CHECK(ends.client->got == "and an answer");
  ends.server->stream().close(false);
  pair.loop.run();
  CHECK(ends.client->stream().state() == StreamState::Ended);
}

TEST_CASE("tls: shutdown() before the handshake is done still sends what was written") {
  Pair pair;
  Pair::Ends ends = pair.connect();
  ends.client->send("early");
  ends.client->stream().shutdown();
  pair.loop.run();
  CHECK(ends.server->got == "early");
  CHECK(ends.server->stream().state() == StreamState::Ended);
}

TEST_CASE("tls: an end without close_notify is a failure, after the bytes that did come") {
  Pair pair;
  Pair::Ends ends = pair.connect();
  pair.loop.run();
  ends.client->send("half an answ");
  pair.loop.run();
  ends.client_wire->close(false);
  pair.loop.run();
  CHECK(ends.server->got == "half an answ");
  CHECK(ends.server->stream().state() == StreamState::Failed);
  CHECK(ends.server->stream().error().code == ErrorCode::CallerGone);

  Pair::Ends other = pair.connect();
  pair.loop.run();
  other.server_wire->close(false);
  pair.loop.run();
  CHECK(other.client->stream().state() == StreamState::Failed);
  CHECK(other.client->stream().error().code == ErrorCode::ProviderTruncated);
  CHECK(other.client->stream().error().detail.find("close_notify") != std::string::npos);
}

TEST_CASE("tls: an end or a reset during the handshake fails it") {
  Pair pair;
  for (const bool reset : {false, true}) {
    auto [a, b] = MemoryStream::pair(pair.loop);
    Reader client(pair.loop, tls::make_client_stream(pair.loop, std::move(a), *pair.client_context,
                                                     "api.test", 443));
    pair.loop.run();
    b->close(reset);
    pair.loop.run();
    CHECK(client.stream().handshake() == Handshake::Failed);
    CHECK(client.stream().state() == StreamState::Failed);
    CHECK(client.events > 0);
    client.send("nobody reads this");  // is thrown away, not kept
    CHECK(client.stream().queued_bytes() == 0);
  }
}

TEST_CASE("tls: bytes that are no TLS fail the handshake of either side") {
  Pair pair;
  auto [a, b] = MemoryStream::pair(pair.loop);
  Reader server(pair.loop, tls::make_server_stream(pair.loop, std::move(a), *pair.server_context));
  b->send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  pair.loop.run();
  CHECK(server.stream().handshake() == Handshake::Failed);
  CHECK(server.stream().error().code == ErrorCode::CallerGone);

  auto [c, d] = MemoryStream::pair(pair.loop);
  Reader client(pair.loop, tls::make_client_stream(pair.loop, std::move(c), *pair.client_context,
                                                   "api.test", 443));
  d->send("HTTP/1.1 400 Bad Request\r\n\r\n");
  pair.loop.run();
  CHECK(client.stream().handshake() == Handshake::Failed);
  CHECK(client.stream().error().code == ErrorCode::ProviderTls);
}

TEST_CASE("tls: a changed byte on the wire fails the stream and yields nothing") {
  Pair pair;
  Pair::Ends ends = pair.connect();
  pair.loop.run();
  // A record of application data that no key of theirs made.
  ends.client_wire->send(Bytes("\x17\x03\x03\x00\x20", 5));
  ends.client_wire->send(std::string(32, 'x'));
  pair.loop.run();
  CHECK(ends.server->got.empty());
  CHECK(ends.server->stream().state() == StreamState::Failed);
  // The client learns it by an alert.
  CHECK(ends.client->stream().state() == StreamState::Failed);
}

TEST_CASE("tls: a reader that waits holds the writer back within the named bounds") {
  Pair pair;
  constexpr std::size_t kWire = 32 * 1024;
  Pair::Ends ends = pair.connect({.piece = 4096, .capacity = kWire});
  pair.loop.run();
  ends.server->taking = false;
  const std::string much = pattern(1024 * 1024);
  ends.client->send(much);
  pair.loop.run();

  CHECK(ends.server->stream().readable().size() <= tls::kPlainBytesMax);
  CHECK(ends.server->stream().readable().size() >= tls::kPlainBytesMax - 16 * 1024);
  CHECK(ends.server_wire->readable().size() <= kWire);
  CHECK(ends.client->stream().queued_bytes() >= much.size() - tls::kPlainBytesMax - 2 * kWire);

  ends.server->taking = true;
  ends.server->on_stream_event();
  pair.loop.run();
  CHECK(ends.server->got == much);
  CHECK(ends.client->stream().queued_bytes() == 0);
}

TEST_CASE("tls: set_reading(off) stops the stream below, but not the handshake") {
  Pair pair;
  Pair::Ends ends = pair.connect({.piece = 1000, .capacity = 8 * 1024});
  ends.server->stream().set_reading(false);
  pair.loop.run();
  CHECK(ends.server->stream().handshake() == Handshake::Ready);
  ends.client->send(pattern(100'000));
  pair.loop.run();
  CHECK(ends.server->got.empty());
  ends.server->stream().set_reading(true);
  pair.loop.run();
  CHECK(ends.server->got == pattern(100'000));
}

TEST_CASE("tls: the second connection to a name resumes the first one's session") {
  Pair pair;
  const auto resumed = [&pair] {
    Pair::Ends ends = pair.connect();
    pair.loop.run();
    ends.server->send("x");
    pair.loop.run();
    CHECK(ends.client->got == "x");
    CHECK(ends.client->stream().resumed() == ends.server->stream().resumed());
    const bool was = ends.client->stream().resumed();
    ends.client->stream().close(false);
    pair.loop.run();
    return was;
  };
  CHECK_FALSE(resumed());
  CHECK(resumed());
  CHECK(resumed());
}

TEST_CASE("tls: a new server context serves new streams while old ones go on") {
  Pair pair;
  Pair::Ends old = pair.connect();
  pair.loop.run();
  CertSpec spec;
  spec.alt_names = "DNS:api.test";
  const Identity renewed = make_identity(spec, &pair.ca);
  pair.server_context = tls::ServerContext::make({pair.folder.write_cert("new.pem", renewed),
                                                  pair.folder.write_key("new.key", renewed)})
                            .value();
  Pair::Ends fresh = pair.connect();
  pair.loop.run();
  CHECK(fresh.client->stream().handshake() == Handshake::Ready);
  CHECK_FALSE(fresh.client->stream().resumed());  // the old ticket is nobody's now
  old.client->send("still here");
  pair.loop.run();
  CHECK(old.server->got == "still here");
}

TEST_CASE("tls: a client that offers only other protocols is refused") {
  Pair pair;
  auto [a, b] = MemoryStream::pair(pair.loop);
  Reader server(pair.loop, tls::make_server_stream(pair.loop, std::move(a), *pair.server_context));
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  SSL* ssl = SSL_new(context);
  const unsigned char only_h2[] = {2, 'h', '2'};
  SSL_set_alpn_protos(ssl, only_h2, sizeof only_h2);
  SSL_set_bio(ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  SSL_set_connect_state(ssl);
  SSL_do_handshake(ssl);
  char hello[4096];
  const int n = BIO_read(SSL_get_wbio(ssl), hello, sizeof hello);
  REQUIRE(n > 0);
  b->send({hello, static_cast<std::size_t>(n)});
  pair.loop.run();
  CHECK(server.stream().handshake() == Handshake::Failed);
  CHECK_FALSE(b->take().empty());  // the alert
  SSL_free(ssl);
  SSL_CTX_free(context);
}

TEST_CASE("tls: a server that hangs up behind its answer gives the answer, then the failure") {
  Pair pair;
  CertSpec spec;
  spec.alt_names = "DNS:api.test";
  const Identity identity = make_identity(spec, &pair.ca);
  auto [a, b] = MemoryStream::pair(pair.loop);
  RawServer peer(pair.loop, std::move(b), identity);
  Reader client(pair.loop, tls::make_client_stream(pair.loop, std::move(a), *pair.client_context,
                                                   "api.test", 443));
  client.send("question");
  pair.loop.run();
  CHECK(peer.got == "question");
  client.taking = false;
  peer.send(pattern(3000));
  peer.below().close(false);
  pair.loop.run();
  CHECK(client.stream().readable().size() == 3000);
  client.taking = true;
  client.on_stream_event();
  pair.loop.run();
  CHECK(client.got == pattern(3000));
  CHECK(client.stream().error().code == ErrorCode::ProviderTruncated);
}

TEST_CASE("tls: a stream may be let go of at any moment") {
  Pair pair;
  for (int turns = 0; turns < 2; ++turns) {
    Pair::Ends ends = pair.connect({.piece = 100, .capacity = 1024});
    ends.client->send(pattern(10'000));
    if (turns > 0) pair.loop.run();
    ends.client->drop();
    pair.loop.run();
    CHECK(ends.server->stream().state() != StreamState::Open);
  }
}
