#include "core/tls/engine.h"

#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "core/base/check.h"
#include "core/tls/session_cache.h"

namespace aip::tls {
namespace {

// ---- The BIO: reads from Pipe::in, writes to Pipe::out ---------------------------------------

Engine::Pipe& pipe_of(BIO* bio) noexcept {
  return *static_cast<Engine::Pipe*>(BIO_get_data(bio));
}

int bio_read(BIO* bio, char* to, std::size_t size, std::size_t* got) noexcept {
  Bytes& in = pipe_of(bio).in;
  BIO_clear_retry_flags(bio);
  *got = std::min(size, in.size());
  if (*got == 0) {
    BIO_set_retry_read(bio);
    return 0;
  }
  std::memcpy(to, in.data(), *got);
  in.remove_prefix(*got);
  return 1;
}

int bio_write(BIO* bio, const char* from, std::size_t size, std::size_t* written) noexcept {
  pipe_of(bio).out.append(from, size);
  *written = size;
  return 1;
}

long bio_ctrl(BIO*, int command, long, void*) noexcept {
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

BIO* make_bio(Engine::Pipe& pipe) {
  static BIO_METHOD* const kMethod = [] {
    BIO_METHOD* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "aiproxy");
    AIP_CHECK(method != nullptr);
    BIO_meth_set_read_ex(method, bio_read);
    BIO_meth_set_write_ex(method, bio_write);
    BIO_meth_set_ctrl(method, bio_ctrl);
    return method;
  }();
  BIO* bio = BIO_new(kMethod);
  AIP_CHECK(bio != nullptr);
  BIO_set_data(bio, &pipe);
  BIO_set_init(bio, 1);
  return bio;
}

// The certificate must be for this name or address, by subjectAltName alone.
void expect_host(SSL* ssl, const std::string& host) {
  X509_VERIFY_PARAM* param = SSL_get0_param(ssl);
  X509_VERIFY_PARAM_set_hostflags(
      param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  if (X509_VERIFY_PARAM_set1_ip_asc(param, host.c_str()) == 1) return;
  AIP_CHECK(X509_VERIFY_PARAM_set1_host(param, host.c_str(), host.size()) == 1);
  // RFC 6066 3: names only, never addresses. The macro for this call holds a C cast, and OpenSSL
  // copies the name though its type says that it might write.
  auto* name = const_cast<char*>(host.c_str());  // NOLINT(cppcoreguidelines-pro-type-const-cast)
  AIP_CHECK(SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name) == 1);
}

}  // namespace

Engine::Engine(Side side, ssl_ctx_st* context) : side_(side), ssl_(SSL_new(context)) {
  AIP_CHECK(ssl_ != nullptr);
  BIO* bio = make_bio(pipe_);
  SSL_set_bio(ssl_.get(), bio, bio);
  SSL_set_app_data(ssl_.get(), this);
}

Engine::Engine(ClientContext& context, std::string_view host, std::uint16_t port)
    : Engine(Side::Client, context.native()) {
  sessions_ = &context.sessions();
  std::string name(host);
  if (name.ends_with('.')) name.pop_back();  // DNS's root, which no certificate names
  peer_ = name + ":" + std::to_string(port);
  SSL_set_connect_state(ssl_.get());
  expect_host(ssl_.get(), name);
  if (const SessionPtr session = sessions_->take(peer_)) {
    SSL_set_session(ssl_.get(), session.get());
  }
}

Engine::Engine(const ServerContext& context) : Engine(Side::Server, context.native()) {
  SSL_set_accept_state(ssl_.get());
}

void Engine::on_session(SessionPtr session) {
  if (sessions_ != nullptr) sessions_->put(peer_, std::move(session));
}

Engine::Step Engine::handshake(Bytes& input) noexcept {
  ERR_clear_error();
  pipe_.in = input;
  const int result = SSL_do_handshake(ssl_.get());
  input = pipe_.in;
  return result == 1 ? Step::Done : judge(result);
}

Engine::Step Engine::read(Bytes& input, Buffer& plain, std::size_t plain_bytes_max) noexcept {
  pipe_.in = input;
  Step step = Step::Done;
  std::array<char, kRecordBytesMax> record;
  while (step == Step::Done && plain.size() < plain_bytes_max) {
    const std::size_t room = std::min(record.size(), plain_bytes_max - plain.size());
    std::size_t got = 0;
    ERR_clear_error();
    const int result = SSL_read_ex(ssl_.get(), record.data(), room, &got);
    plain.append({record.data(), got});
    if (result != 1) step = judge(result);
  }
  input = pipe_.in;
  return step;
}

bool Engine::write(Bytes plain) noexcept {
  while (!plain.empty()) {
    std::size_t written = 0;
    ERR_clear_error();
    const int result = SSL_write_ex(ssl_.get(), plain.data(), plain.size(), &written);
    if (result != 1) {
      judge(result);
      return false;
    }
    plain.remove_prefix(written);
  }
  return true;
}

void Engine::close_notify() noexcept {
  ERR_clear_error();
  SSL_shutdown(ssl_.get());
  ERR_clear_error();
}

Engine::Step Engine::judge(int result) noexcept {
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return Step::NeedInput;
    case SSL_ERROR_ZERO_RETURN:
      return Step::Closed;
    default:
      break;
  }
  const long verdict = SSL_get_verify_result(ssl_.get());
  std::string reason = take_reason();
  if (verdict != X509_V_OK && side_ == Side::Client &&
      SSL_get_verify_mode(ssl_.get()) != SSL_VERIFY_NONE) {
    reason = std::string("certificate refused: ") + X509_verify_cert_error_string(verdict);
  }
  return fail("TLS: " + reason);
}

Engine::Step Engine::fail(std::string reason) noexcept {
  error_ = Error{side_ == Side::Client ? ErrorCode::ProviderTls : ErrorCode::CallerGone,
                 std::move(reason)};
  return Step::Failed;
}

ErrorCode Engine::truncated_code() const noexcept {
  return side_ == Side::Client ? ErrorCode::ProviderTruncated : ErrorCode::CallerGone;
}

std::string_view Engine::alpn() const noexcept {
  const unsigned char* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl_.get(), &name, &size);
  return {reinterpret_cast<const char*>(name), size};
}

std::string take_reason() {
  const unsigned long code = ERR_peek_last_error();
  const char* reason = ERR_reason_error_string(code);
  ERR_clear_error();
  return reason != nullptr ? reason : "unknown reason";
}

}  // namespace aip::tls
