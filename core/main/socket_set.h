// socket_set.h - the listening sockets that this process holds, each address with its fixed set.
//
// Used by the supervisor, and by a gateway that runs without one. Callers get duplicates, so that
// the sockets live on, with the clients in their queues, whatever becomes of the caller.
//
// Socket activation: sockets that were inherited (activation.h) are adopted before anything is
// opened. An address that one of them is bound to has this one as its whole set, shared by all
// workers. 0.0.0.0 and :: are the same place for this, because systemd binds a bare port to ::.
// Two sockets with SO_REUSEPORT may share an address without noticing; so a new set is made only if
// the address is free of everybody else's.
// Limits: limits::kListenAddressesMax sets of limits::kListenSocketsMax sockets.
// Threads: one.   Errors: GatewayConfig.   Tests: tests/unit/main/socket_set_test.cpp
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/main/sockets.h"

namespace aip::main {

class SocketSet final : public SocketSource {
 public:
  struct Address {
    std::string host;  // as it was asked for; empty: inherited, and not asked for yet
    std::uint16_t port = 0;
    std::vector<int> fds;
  };

  SocketSet() = default;
  ~SocketSet() override;
  SocketSet(const SocketSet&) = delete;
  SocketSet& operator=(const SocketSet&) = delete;

  [[nodiscard]] Result<std::vector<int>> open(const std::string& host, std::uint16_t port,
                                              std::uint32_t wanted) override;
  void close(const std::string& host, std::uint16_t port) override;

  // Takes over a descriptor that was inherited, or a whole address from a predecessor.
  void adopt(int fd);
  void adopt(Address address);
  // The same sockets, without the duplicates: for the supervisor's own use.
  [[nodiscard]] Result<const Address*> find_or_make(const std::string& host, std::uint16_t port,
                                                    std::uint32_t wanted);
  [[nodiscard]] const std::vector<Address>& addresses() const noexcept { return addresses_; }

  // Closes them all here; whoever has duplicates keeps them.
  void let_go();

 private:
  [[nodiscard]] Address* find(const std::string& host, std::uint16_t port);
  [[nodiscard]] Address* find_inherited(const std::string& host, std::uint16_t port);
  [[nodiscard]] static Result<Address> make(const std::string& host, std::uint16_t port,
                                            std::uint32_t wanted);

  std::vector<Address> addresses_;
};

}  // namespace aip::main
