// tls_peers.h - both ends of TLS in memory for tests: an owner that records what its stream tells,
// and a server of bare OpenSSL that may be as bad as the test wants.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>

#include "core/base/scheduler.h"
#include "core/base/stream.h"
#include "core/tls/stream.h"
#include "tests/support/certs.h"

namespace aip::test {

// Takes all plain bytes unless told to wait; counts what it is told.
class Reader final : public StreamOwner, private Wakeable {
 public:
  Reader(Scheduler& scheduler, std::unique_ptr<tls::TlsStream> stream)
      : scheduler_(scheduler), stream_(std::move(stream)) {
    stream_->set_owner(this);
  }
  void on_stream_event() noexcept override {
    ++events;
    scheduler_.wake(*this);
  }
  [[nodiscard]] tls::TlsStream& stream() noexcept { return *stream_; }
  void send(Bytes bytes) { stream_->write(std::span(&bytes, 1)); }
  void drop() { stream_.reset(); }

  std::string got;
  int events = 0;
  bool taking = true;

 private:
  void advance() noexcept override {
    while (stream_ != nullptr && taking && !stream_->readable().empty()) {
      got.append(stream_->readable());
      stream_->consume(stream_->readable().size());
    }
  }
  Scheduler& scheduler_;
  std::unique_ptr<tls::TlsStream> stream_;
};

struct RawServerOptions {
  int max_version = 0;
  bool hangs_up = false;  // ends the connection without close_notify once the handshake is done
};

// A server that OpenSSL alone runs, at security level 0.
class RawServer final : public StreamOwner, private Wakeable {
 public:
  RawServer(Scheduler& scheduler, std::unique_ptr<ByteStream> below, const Identity& identity,
            const RawServerOptions& options = {})
      : scheduler_(scheduler), below_(std::move(below)), options_(options) {
    SSL_CTX* context = SSL_CTX_new(TLS_server_method());
    SSL_CTX_set_security_level(context, 0);
    SSL_CTX_set_min_proto_version(context, TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context, options.max_version);
    AIP_CHECK(SSL_CTX_use_certificate(context, identity.cert.get()) == 1);
    AIP_CHECK(SSL_CTX_use_PrivateKey(context, identity.key.get()) == 1);
    ssl_ = SSL_new(context);
    SSL_CTX_free(context);
    SSL_set_bio(ssl_, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_accept_state(ssl_);
    below_->set_owner(this);
  }
  ~RawServer() { SSL_free(ssl_); }
  void on_stream_event() noexcept override { scheduler_.wake(*this); }

  [[nodiscard]] ByteStream& below() noexcept { return *below_; }
  [[nodiscard]] bool done() const noexcept { return SSL_is_init_finished(ssl_) == 1; }
  [[nodiscard]] std::string sni() const {
    const char* name = SSL_get_servername(ssl_, TLSEXT_NAMETYPE_host_name);
    return name != nullptr ? name : "";
  }
  void send(Bytes bytes) {
    SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size()));
    flush();
  }
  std::string got;

 private:
  void advance() noexcept override {
    const Bytes in = below_->readable();
    BIO_write(SSL_get_rbio(ssl_), in.data(), static_cast<int>(in.size()));
    below_->consume(in.size());
    SSL_do_handshake(ssl_);
    char buffer[4096];
    for (int n = 0; done() && (n = SSL_read(ssl_, buffer, sizeof buffer)) > 0;) {
      got.append(buffer, static_cast<std::size_t>(n));
    }
    flush();
    if (done() && options_.hangs_up) below_->close(false);
  }
  void flush() {
    char buffer[4096];
    for (int n = 0; (n = BIO_read(SSL_get_wbio(ssl_), buffer, sizeof buffer)) > 0;) {
      const Bytes bytes(buffer, static_cast<std::size_t>(n));
      below_->write(std::span(&bytes, 1));
    }
  }

  Scheduler& scheduler_;
  std::unique_ptr<ByteStream> below_;
  const RawServerOptions options_;
  SSL* ssl_ = nullptr;
};

}  // namespace aip::test
