// net_transport.h - upstream connections over real sockets.
//
//     look up -> connect -> [proxy: TLS, handshake] -> [TLS] -> ready
//
// With a proxy it is the proxy that is looked up and connected to; the target's name stays with
// the proxy, but for socks5://, which wants an address.
// Threads: the worker's.   Waiting: nothing here has a deadline; the call that waits has, and
// destroys the dial.
// Tests:   tests/unit/upstream/loopback_test.cpp
#pragma once

#include <memory>

#include "core/net/loop.h"
#include "core/net/resolver.h"
#include "core/upstream/transport.h"

namespace aip::upstream {

class NetTransport final : public Transport {
 public:
  explicit NetTransport(net::Loop& loop) : loop_(loop), resolver_(loop) {}

  [[nodiscard]] std::unique_ptr<Dial> connect(const Endpoint& endpoint, DialOwner& owner) override;

 private:
  net::Loop& loop_;
  net::Resolver resolver_;
};

}  // namespace aip::upstream
