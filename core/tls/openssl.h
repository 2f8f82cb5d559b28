// openssl.h - OpenSSL's objects as owners, and its errors as text. Included by core/tls only.
#pragma once

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <memory>
#include <string>

namespace aip::tls {

struct SslFree {
  void operator()(SSL* ssl) const noexcept { SSL_free(ssl); }
};
using SslPtr = std::unique_ptr<SSL, SslFree>;

struct SessionFree {
  void operator()(SSL_SESSION* session) const noexcept { SSL_SESSION_free(session); }
};
using SessionPtr = std::unique_ptr<SSL_SESSION, SessionFree>;

// The reason of the thread's newest OpenSSL error, in OpenSSL's words; the queue is emptied, so
// that it is not taken for the reason of a later failure.
[[nodiscard]] std::string take_reason();

}  // namespace aip::tls
