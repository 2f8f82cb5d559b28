// context.h - what many TLS connections share: trust and sessions of a client, certificate and
// ticket keys of a server. OpenSSL stays behind this folder.
//
// Both speak TLS 1.2 and 1.3, AEAD suites with forward secrecy only, no renegotiation, no
// compression, no early data, OpenSSL's security level 2 (so no RSA below 2048 bits, no SHA-1).
//
// A client verifies: the chain to the system's anchors (and `ca_file`), the purpose, the dates, and
// the host or address against the certificate's subjectAltName; a common name counts for nothing,
// and a wildcard is one whole label. `Verify::Off` is for an operator who writes it down.
// A server answers ALPN with "http/1.1" and refuses a client that offers only other protocols.
//
// Reload: make a new context; streams that run keep the old one.
// Threads: a ServerContext may be used by all workers at once; a ClientContext (its sessions) by
// one. Lifetime: a ClientContext outlives its streams.   Memory: 256 sessions of a client.
// Errors: GatewayConfig, with the file's name and OpenSSL's reason.
// Tests: tests/unit/tls
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "core/base/result.h"

struct ssl_ctx_st;

namespace aip::tls {

enum class Verify : std::uint8_t { On, Off };

struct ClientOptions {
  Verify verify = Verify::On;
  std::string ca_file;  // PEM: further trust anchors; empty: the system's alone
};

class SessionCache;

class ClientContext {
 public:
  [[nodiscard]] static Result<std::unique_ptr<ClientContext>> make(const ClientOptions& options);
  ~ClientContext();
  ClientContext(const ClientContext&) = delete;
  ClientContext& operator=(const ClientContext&) = delete;

  [[nodiscard]] ssl_ctx_st* native() const noexcept { return native_; }
  [[nodiscard]] SessionCache& sessions() noexcept { return *sessions_; }

 private:
  ClientContext();
  ssl_ctx_st* native_;
  std::unique_ptr<SessionCache> sessions_;
};

struct ServerOptions {
  std::string cert_file;  // PEM: the certificate, then its chain
  std::string key_file;   // PEM, not encrypted
};

class ServerContext {
 public:
  [[nodiscard]] static Result<std::unique_ptr<ServerContext>> make(const ServerOptions& options);
  ~ServerContext();
  ServerContext(const ServerContext&) = delete;
  ServerContext& operator=(const ServerContext&) = delete;

  [[nodiscard]] ssl_ctx_st* native() const noexcept { return native_; }

 private:
  ServerContext();
  ssl_ctx_st* native_;
};

}  // namespace aip::tls
