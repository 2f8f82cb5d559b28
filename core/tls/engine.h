// engine.h - TLS as a function of bytes: records in, plain bytes out, and the other way round.
//
// No stream, no socket, no clock. Records are read from the front of the caller's view and written
// to output(); both through a BIO of our own, because OpenSSL's memory BIO copies once more and
// never gives its memory back.
// Threads: one.   Errors: error() after Failed; final.
// Tests: tests/unit/tls, through TlsStream
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/error.h"
#include "core/tls/context.h"
#include "core/tls/openssl.h"

namespace aip::tls {

// Plain bytes of one record (RFC 8446 5.1).
inline constexpr std::size_t kRecordBytesMax = 16 * 1024;

class Engine {
 public:
  enum class Step : std::uint8_t {
    Done,       // handshake(): it is complete. read(): bytes came, or there is no room for more
    NeedInput,  // all of the input was taken
    Closed,     // the peer sent close_notify
    Failed,
  };

  Engine(ClientContext& context, std::string_view host, std::uint16_t port);
  explicit Engine(const ServerContext& context);
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  Step handshake(Bytes& input) noexcept;
  // Decrypts into `plain` until it holds `plain_bytes_max` or the input is used up.
  Step read(Bytes& input, Buffer& plain, std::size_t plain_bytes_max) noexcept;
  // After the handshake only.
  [[nodiscard]] bool write(Bytes plain) noexcept;
  void close_notify() noexcept;

  // Records for the peer; the caller sends and clears them.
  [[nodiscard]] std::string& output() noexcept { return pipe_.out; }
  [[nodiscard]] const Error& error() const noexcept { return error_; }
  // What a broken or cut connection is called on this side.
  [[nodiscard]] ErrorCode truncated_code() const noexcept;
  [[nodiscard]] std::string_view alpn() const noexcept;
  [[nodiscard]] bool resumed() const noexcept { return SSL_session_reused(ssl_.get()) == 1; }

  // The two ends of the BIO.
  struct Pipe {
    Bytes in;
    std::string out;
  };
  // For the trampoline of the context: the client got a session to resume later.
  void on_session(SessionPtr session);

 private:
  enum class Side : std::uint8_t { Client, Server };
  Engine(Side side, ssl_ctx_st* context);
  Step judge(int result) noexcept;
  Step fail(std::string reason) noexcept;

  const Side side_;
  SessionCache* sessions_ = nullptr;
  std::string peer_;  // the name of its sessions
  Pipe pipe_;
  SslPtr ssl_;
  Error error_;
};

}  // namespace aip::tls
