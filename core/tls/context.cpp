#include "core/tls/context.h"

#include <openssl/x509v3.h>

#include <array>

#include "core/base/check.h"
#include "core/tls/engine.h"
#include "core/tls/openssl.h"
#include "core/tls/session_cache.h"

namespace aip::tls {
namespace {

// ALPN's wire form: a length, then the name.
constexpr std::array<unsigned char, 9> kHttp11{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
constexpr const char* kTls12Suites = "ECDHE+AESGCM:ECDHE+CHACHA20";
constexpr int kSecurityLevel = 2;

Error bad_file(const std::string& what, const std::string& file) {
  return Error{ErrorCode::GatewayConfig, what + " " + file + ": " + take_reason()};
}

// What both sides have in common.
SSL_CTX* make_native(const SSL_METHOD* method) {
  SSL_CTX* native = SSL_CTX_new(method);
  AIP_CHECK(native != nullptr);
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_security_level(native, kSecurityLevel);
  AIP_CHECK(SSL_CTX_set_cipher_list(native, kTls12Suites) == 1);
  SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                  SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);
  return native;
}

// A key with a password must fail, not ask at the terminal.
int no_password(char*, int, int, void*) noexcept {
  return 0;
}

int on_new_session(SSL* ssl, SSL_SESSION* session) noexcept {
  static_cast<Engine*>(SSL_get_app_data(ssl))->on_session(SessionPtr(session));
  return 1;  // the reference is ours
}

// A client that offers ALPN without http/1.1 speaks nothing that is served (RFC 7301 3.2).
int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_size,
                    const unsigned char* offered, unsigned offered_size, void*) noexcept {
  unsigned char* chosen = nullptr;
  const int result = SSL_select_next_proto(&chosen, out_size, kHttp11.data(), kHttp11.size(),
                                           offered, offered_size);
  *out = chosen;
  return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

}  // namespace

ClientContext::ClientContext()
    : native_(make_native(TLS_client_method())), sessions_(std::make_unique<SessionCache>()) {}
ClientContext::~ClientContext() {
  SSL_CTX_free(native_);
}

Result<std::unique_ptr<ClientContext>> ClientContext::make(const ClientOptions& options) {
  std::unique_ptr<ClientContext> context(new ClientContext);
  SSL_CTX* native = context->native_;
  SSL_CTX_set_verify(native, options.verify == Verify::On ? SSL_VERIFY_PEER : SSL_VERIFY_NONE,
                     nullptr);
  SSL_CTX_set_purpose(native, X509_PURPOSE_SSL_SERVER);
  // A machine without anchors is no error here: each connection then says so.
  SSL_CTX_set_default_verify_paths(native);
  ERR_clear_error();
  if (!options.ca_file.empty() && SSL_CTX_load_verify_file(native, options.ca_file.c_str()) != 1) {
    return bad_file("CA file", options.ca_file);
  }
  SSL_CTX_set_alpn_protos(native, kHttp11.data(), kHttp11.size());
  SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL_STORE);
  SSL_CTX_sess_set_new_cb(native, on_new_session);
  return context;
}

ServerContext::ServerContext() : native_(make_native(TLS_server_method())) {}
ServerContext::~ServerContext() {
  SSL_CTX_free(native_);
}

Result<std::unique_ptr<ServerContext>> ServerContext::make(const ServerOptions& options) {
  std::unique_ptr<ServerContext> context(new ServerContext);
  SSL_CTX* native = context->native_;
  SSL_CTX_set_default_passwd_cb(native, no_password);
  ERR_clear_error();
  if (SSL_CTX_use_certificate_chain_file(native, options.cert_file.c_str()) != 1) {
    return bad_file("certificate", options.cert_file);
  }
  if (SSL_CTX_use_PrivateKey_file(native, options.key_file.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(native) != 1) {
    return bad_file("private key", options.key_file);
  }
  SSL_CTX_set_alpn_select_cb(native, choose_protocol, nullptr);
  // Resumption by tickets alone: they need no memory here and no lock between workers.
  constexpr std::array<unsigned char, 7> kSessionsOf{'a', 'i', 'p', 'r', 'o', 'x', 'y'};
  SSL_CTX_set_session_id_context(native, kSessionsOf.data(), kSessionsOf.size());
  SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(native, 1);
  return context;
}

}  // namespace aip::tls
