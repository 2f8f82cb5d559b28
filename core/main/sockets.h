// sockets.h - where listening sockets come from: this process, or the supervisor above it.
//
// An address has a fixed set of sockets for its life, because closing one of several that share a
// port resets the clients in its queue. So a change of `workers` maps the set to workers anew and
// closes none: each worker gets its share, and with more workers than sockets some share one.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/result.h"

namespace aip::main {

class SocketSource {
 public:
  virtual ~SocketSource() = default;

  // The address's whole set, as descriptors that the caller owns. `wanted` sockets are made if the
  // address is new; else it is the number that was made then. Port 0 is an address too: the set
  // that it got first stays its own.
  // Errors: GatewayConfig, with the address and the cause.
  [[nodiscard]] virtual Result<std::vector<int>> open(const std::string& host, std::uint16_t port,
                                                      std::uint32_t wanted) = 0;
  // The holder lets go of its own descriptors of the set. The caller's are not touched.
  virtual void close(const std::string& host, std::uint16_t port) = 0;
};

}  // namespace aip::main
