// E12: which server certificates a client takes.
#include <doctest/doctest.h>

#include <cstdio>

#include "tests/support/fake_loop.h"
#include "tests/support/memory_stream.h"
#include "tests/support/tls_peers.h"

using namespace aip;
using namespace aip::test;

namespace {

struct Outcome {
  tls::Handshake handshake = tls::Handshake::Running;
  std::string reason;
  std::string sni;
};

struct World {
  TempFolder folder;
  Identity ca = make_ca("test CA");
  Identity stranger = make_ca("another CA");
  tls::ClientOptions trusting{tls::Verify::On, folder.write_cert("ca.pem", ca)};

  Outcome connect(const Identity& server, const std::string& host,
                  const tls::ClientOptions& options, const RawServerOptions& raw = {}) {
    FakeLoop loop;
    auto context = tls::ClientContext::make(options).value();
    auto [a, b] = MemoryStream::pair(loop);
    RawServer peer(loop, std::move(b), server, raw);
    Reader client(loop, tls::make_client_stream(loop, std::move(a), *context, host, 443));
    loop.run();
    CHECK((client.stream().state() == StreamState::Failed) ==
          (client.stream().handshake() == tls::Handshake::Failed));
    return {client.stream().handshake(),
            client.stream().state() == StreamState::Failed ? client.stream().error().detail : "",
            peer.sni()};
  }
  Identity make(const std::string& alt_names, void (*change)(CertSpec&) = nullptr) {
    CertSpec spec;
    spec.alt_names = alt_names;
    if (change != nullptr) change(spec);
    return make_identity(spec, &ca);
  }
};

}  // namespace

TEST_CASE("E12: none of eleven bad server certificates is accepted") {
  World world;
  CertSpec plain;
  plain.alt_names = "DNS:api.test";
  struct Bad {
    const char* what;
    Identity identity;
    std::string host;
    RawServerOptions raw;
    const char* reason;
  };
  Bad all[] = {
      {"expired",
       world.make("DNS:api.test",
                  [](CertSpec& s) {
                    s.from_days = -30;
                    s.to_days = -1;
                  }),
       "api.test",
       {},
       "expired"},
      {"not yet valid",
       world.make("DNS:api.test", [](CertSpec& s) { s.from_days = 2; }),
       "api.test",
       {},
       "not yet valid"},
      {"self-signed", make_identity(plain, nullptr), "api.test", {}, "self-signed"},
      {"unknown CA", make_identity(plain, &world.stranger), "api.test", {}, "issuer"},
      {"wrong host", world.make("DNS:other.test"), "api.test", {}, "hostname mismatch"},
      {"common name only",
       world.make("", [](CertSpec& s) { s.common_name = "api.test"; }),
       "api.test",
       {},
       "hostname mismatch"},
      {"wildcard over two levels",
       world.make("DNS:*.test.example"),
       "a.b.test.example",
       {},
       "hostname mismatch"},
      {"wrong usage",
       world.make("DNS:api.test", [](CertSpec& s) { s.usage = "clientAuth"; }),
       "api.test",
       {},
       "purpose"},
      {"another address", world.make("IP:127.0.0.2"), "127.0.0.1", {}, "IP address mismatch"},
      {"TLS 1.1",
       world.make("DNS:api.test"),
       "api.test",
       {TLS1_1_VERSION, false},
       "protocol version"},
      {"RSA of 1024 bits",
       world.make("DNS:api.test", [](CertSpec& s) { s.rsa_bits = 1024; }),
       "api.test",
       {},
       "key too weak"},
  };
  int accepted = 0;
  for (const Bad& bad : all) {
    CAPTURE(std::string(bad.what));
    const Outcome outcome = world.connect(bad.identity, bad.host, world.trusting, bad.raw);
    CAPTURE(outcome.reason);
    CHECK(outcome.handshake == tls::Handshake::Failed);
    CHECK(outcome.reason.find(bad.reason) != std::string::npos);
    if (outcome.handshake == tls::Handshake::Ready) ++accepted;
  }
  std::printf("E12: accepted: %d of %zu\n", accepted, std::size(all));
}

TEST_CASE("tls: good certificates are accepted, and SNI is sent for names alone") {
  World world;
  struct Good {
    const char* alt_names;
    const char* host;
    const char* sni;
  };
  for (const Good& good :
       {Good{"DNS:api.test", "api.test", "api.test"}, Good{"DNS:api.test", "API.test", "API.test"},
        Good{"DNS:api.test", "api.test.", "api.test"},
        Good{"DNS:*.test.example", "a.test.example", "a.test.example"},
        Good{"DNS:x.test,DNS:api.test", "api.test", "api.test"},
        Good{"IP:127.0.0.1", "127.0.0.1", ""}, Good{"IP:::1", "::1", ""}}) {
    CAPTURE(std::string(good.host));
    const Outcome outcome = world.connect(world.make(good.alt_names), good.host, world.trusting);
    CAPTURE(outcome.reason);
    CHECK(outcome.handshake == tls::Handshake::Ready);
    CHECK(outcome.sni == good.sni);
  }
}

TEST_CASE("tls: a wildcard is a whole label, and an address in a DNS name counts for nothing") {
  World world;
  const auto refused = [&world](const char* alt_names, const char* host) {
    return world.connect(world.make(alt_names), host, world.trusting).handshake ==
           tls::Handshake::Failed;
  };
  CHECK(refused("DNS:a*.test.example", "ab.test.example"));
  CHECK(refused("DNS:*.test.example", "test.example"));
  CHECK(refused("DNS:127.0.0.1", "127.0.0.1"));
  CHECK(refused("IP:127.0.0.1", "localhost"));
}

TEST_CASE("tls: RSA of 2048 bits and TLS 1.2 are good enough") {
  World world;
  const Identity rsa = world.make("DNS:api.test", [](CertSpec& s) { s.rsa_bits = 2048; });
  CHECK(world.connect(rsa, "api.test", world.trusting, {TLS1_2_VERSION, false}).handshake ==
        tls::Handshake::Ready);
}

TEST_CASE("tls: without its CA file the same server is refused; with verify off any is taken") {
  World world;
  const Identity good = world.make("DNS:api.test");
  CHECK(world.connect(good, "api.test", {}).handshake == tls::Handshake::Failed);
  const Identity bad =
      world.make("DNS:other.test", [](CertSpec& s) { s.to_days = -1, s.from_days = -2; });
  const Outcome outcome = world.connect(bad, "api.test", {tls::Verify::Off, {}});
  CHECK(outcome.handshake == tls::Handshake::Ready);
  CHECK(outcome.sni == "api.test");
}

TEST_CASE("tls: a context says which file is wrong, and why") {
  World world;
  const Identity identity = world.make("DNS:api.test");
  const Identity other = world.make("DNS:api.test");
  const std::string cert = world.folder.write_cert("cert.pem", identity);
  const std::string key = world.folder.write_key("key.pem", identity);
  CHECK(tls::ServerContext::make({cert, key}).ok());

  const auto reason = [](const std::string& cert_file, const std::string& key_file) {
    auto made = tls::ServerContext::make({cert_file, key_file});
    REQUIRE_FALSE(made.ok());
    CHECK(made.error().code == ErrorCode::GatewayConfig);
    return made.error().detail;
  };
  CHECK(reason(world.folder.file("absent.pem"), key).find("absent.pem") != std::string::npos);
  CHECK(reason(cert, world.folder.file("absent.pem")).find("absent.pem") != std::string::npos);
  CHECK(reason(key, key).find("certificate ") == 0);
  CHECK(reason(cert, world.folder.write_key("other.pem", other)).find("mismatch") !=
        std::string::npos);
  CHECK(reason(cert, world.folder.write_key("locked.pem", identity, "secret")).find("locked.pem") !=
        std::string::npos);
  CHECK_FALSE(tls::ClientContext::make({tls::Verify::On, world.folder.file("no.pem")}).ok());
}
