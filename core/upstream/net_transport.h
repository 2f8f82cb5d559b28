// net_transport.h - upstream connections over real sockets.
//
//     look up -> connect -> [proxy: TLS, handshake] -> [TLS] -> ready
//
// With a proxy it is the proxy that is looked up and connected to; the target's name stays with
// the proxy, but for socks5://, which wants an address.
// Trust is loaded once for each combination of `verify` and `ca_file`, at its first use, and kept
// as long as the transport, because running streams need it; a file that changes needs a new path.
// Threads: the worker's.   Waiting: nothing here has a deadline; the call that waits has, and
// destroys the dial.
// Tests:   tests/unit/upstream/loopback_test.cpp
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "core/net/loop.h"
#include "core/net/resolver.h"
#include "core/tls/context.h"
#include "core/upstream/transport.h"

namespace aip::upstream {

class NetTransport final : public Transport {
 public:
  explicit NetTransport(net::Loop& loop) : loop_(loop), resolver_(loop) {}

  [[nodiscard]] std::unique_ptr<Dial> connect(const Endpoint& endpoint, DialOwner& owner) override;

  // For the dials.
  [[nodiscard]] net::Loop& loop() noexcept { return loop_; }
  [[nodiscard]] net::Resolver& resolver() noexcept { return resolver_; }
  [[nodiscard]] Result<tls::ClientContext*> trust(const Endpoint& endpoint);

 private:
  net::Loop& loop_;
  net::Resolver resolver_;
  std::map<std::pair<tls::Verify, std::string>, std::unique_ptr<tls::ClientContext>> trust_;
};

}  // namespace aip::upstream
