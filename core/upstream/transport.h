// transport.h - how an upstream connection comes to be: name look-up, TCP, proxy, TLS.
//
// The client above it (pool, HTTP/1) sees only ByteStreams, so it is tested and simulated without
// a socket. net_transport.cpp is the real one.
// Threads: the worker's. Nothing is called back from connect() itself.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "core/base/result.h"
#include "core/base/stream.h"

namespace aip::upstream {

struct Endpoint {
  std::string host;  // name or address, without brackets
  std::uint16_t port = 0;
  bool tls = false;
  bool verify = true;
  std::string ca_file;  // extra trust anchors; empty: the system's alone
  std::string proxy;    // URL; empty: direct
};

enum class DialPhase : std::uint8_t { Connecting, Handshaking, Ready, Failed };

class DialOwner {
 public:
  virtual void on_dial_event() noexcept = 0;

 protected:
  ~DialOwner() = default;
};

// One attempt to connect. Destroying it gives the attempt up.
class Dial {
 public:
  virtual ~Dial() = default;
  [[nodiscard]] virtual DialPhase phase() const noexcept = 0;
  [[nodiscard]] virtual const Error& error() const noexcept = 0;  // when Failed
  [[nodiscard]] virtual std::unique_ptr<ByteStream> take() = 0;   // when Ready, once
};

class Transport {
 public:
  virtual ~Transport() = default;
  [[nodiscard]] virtual std::unique_ptr<Dial> connect(const Endpoint& endpoint,
                                                      DialOwner& owner) = 0;
};

}  // namespace aip::upstream
