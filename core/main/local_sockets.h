// local_sockets.h - the listening sockets of a process that nobody stands above.
//
// Threads: the control thread's.   Lifetime: what was handed out are duplicates, which live on.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/main/sockets.h"
#include "core/net/address.h"
#include "core/net/refuse.h"

namespace aip::main {

class LocalSockets final : public SocketSource {
 public:
  LocalSockets() = default;
  ~LocalSockets() override {
    while (!sets_.empty()) drop(sets_.begin());
  }
  LocalSockets(const LocalSockets&) = delete;
  LocalSockets& operator=(const LocalSockets&) = delete;

  [[nodiscard]] Result<std::vector<int>> open(const std::string& host, std::uint16_t port,
                                              std::uint32_t wanted) override {
    auto set = sets_.find({host, port});
    if (set == sets_.end()) {
      std::vector<int> made;
      std::uint16_t bound = port;  // the first one settles port 0
      for (std::uint32_t i = 0; i < wanted; ++i) {
        Result<int> fd = net::listen_socket(host, bound, net::ReusePort::Yes);
        if (!fd) {
          for (const int one : made) ::close(one);
          return std::move(fd).error();
        }
        bound = net::local_port(*fd);
        made.push_back(*fd);
      }
      set = sets_.emplace(std::pair(host, port), std::move(made)).first;
    }
    std::vector<int> copies;
    for (const int fd : set->second) copies.push_back(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
    return copies;
  }
  void close(const std::string& host, std::uint16_t port) override {
    const auto set = sets_.find({host, port});
    if (set != sets_.end()) drop(set);
  }
  // No new connection reaches the sockets any more; those that queue are the callers' to accept.
  void draining() {
    for (auto& [address, fds] : sets_) {
      for (const int fd : fds) net::refuse_new_connections(fd);
    }
    while (!sets_.empty()) drop(sets_.begin());
  }

 private:
  using Sets = std::map<std::pair<std::string, std::uint16_t>, std::vector<int>>;
  void drop(Sets::iterator set) {
    for (const int fd : set->second) ::close(fd);
    sets_.erase(set);
  }
  Sets sets_;
};

}  // namespace aip::main
