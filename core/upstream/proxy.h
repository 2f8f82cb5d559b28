// proxy.h - asking a proxy for a way through: HTTP CONNECT (RFC 9110 9.3.6) and SOCKS5 (RFC 1928,
// user and password by RFC 1929). No I/O: bytes in, bytes out.
//
//     proxy URL = scheme "://" [ user [ ":" password ] "@" ] host [ ":" port ] [ "/" ]
//     scheme    = "http" / "https" / "socks5" / "socks5h"
//
// socks5 has names looked up here, socks5h (and CONNECT always) by the proxy.
// Nothing of the target is sent but its name; what the proxy sends behind its consent is left in
// the input, because it is the target's already.
// Errors: GatewayConfig for a URL that is none; ProviderConnect for a refusal. Neither repeats the
//         URL, because a password may stand in it.
// Tests:  tests/unit/upstream/proxy_test.cpp
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/result.h"

namespace aip::upstream {

struct Proxy {
  enum class Kind : std::uint8_t { Http, Socks5 };
  Kind kind = Kind::Http;
  bool tls = false;          // https: the proxy itself is spoken to over TLS
  bool local_names = false;  // socks5: the target's name is looked up by us
  std::string host;
  std::uint16_t port = 0;
  std::string user, password;
};

[[nodiscard]] Result<Proxy> parse_proxy(std::string_view url);

class ProxyHandshake {
 public:
  virtual ~ProxyHandshake() = default;
  // What is sent first.
  [[nodiscard]] virtual std::string hello() = 0;
  // Takes what it needs from the front of `input`; what is to be sent now, often nothing.
  [[nodiscard]] virtual Result<std::string> feed(Bytes& input) = 0;
  // The proxy has consented: from here on the bytes are the target's.
  [[nodiscard]] virtual bool done() const noexcept = 0;
};

// `host` is a name, or an address without brackets.
[[nodiscard]] std::unique_ptr<ProxyHandshake> make_handshake(const Proxy& proxy,
                                                             const std::string& host,
                                                             std::uint16_t port);

}  // namespace aip::upstream
