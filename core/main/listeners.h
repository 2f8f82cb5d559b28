// listeners.h - the listening sockets by listener id, and which worker accepts from which.
//
// The source above makes the sockets and keeps them; here are duplicates, of which each worker gets
// duplicates again for its share. So a socket moves from worker to worker, or to a worker that is
// just starting, without ever being closed, and nobody in its queue is reset.
// Threads: the control thread's.   Errors: GatewayConfig, with the address and the cause.
// Tests: tests/unit/main/listeners_test.cpp
#pragma once

#include <map>
#include <vector>

#include "core/main/generation.h"
#include "core/main/sockets.h"
#include "core/plugin/fd.h"

namespace aip::main {

// One socket that a worker is to accept from. The descriptor is the worker's own.
struct Share {
  std::uint32_t listener = 0;
  std::uint32_t socket = 0;  // in the address's set
  int fd = -1;
};

// Which of `sockets` worker `worker` of `workers` accepts from: each socket has a worker, and each
// worker a socket.
[[nodiscard]] std::vector<std::uint32_t> shares_of(std::uint32_t worker, std::uint32_t workers,
                                                   std::uint32_t sockets);

class Listeners {
 public:
  explicit Listeners(SocketSource& source) : source_(source) {}

  // Sees to it that every open door has its sockets. If one cannot be had, those that were opened
  // for this are given up again.
  [[nodiscard]] Status open(const std::vector<Door>& doors, std::uint32_t workers);
  // The generation whose doors were opened last came to nothing.
  void undo();
  // It is in force: what it does not name takes no new connections and is let go of here; workers
  // empty their own duplicates.
  void settle(const std::vector<Door>& doors);

  // The kernel takes no new connection for any of them.
  void refuse_newcomers() noexcept;
  // The end of all: workers empty their own duplicates.
  void let_go() { sets_.clear(); }

  [[nodiscard]] std::vector<Share> share(std::uint32_t worker, std::uint32_t workers) const;
  // The ports in the order of ids.
  [[nodiscard]] std::vector<std::uint16_t> ports() const;

 private:
  struct Set {
    std::string host;
    std::uint16_t port = 0;
    std::vector<plugin::Fd> fds;
  };
  void let_go(std::uint32_t id);

  SocketSource& source_;
  std::map<std::uint32_t, Set> sets_;  // by listener id
  std::vector<std::uint32_t> new_;     // since the last settle()
};

}  // namespace aip::main
