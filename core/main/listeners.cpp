#include "core/main/listeners.h"

#include <fcntl.h>

#include <utility>

#include "core/net/address.h"
#include "core/net/refuse.h"

namespace aip::main {

std::vector<std::uint32_t> shares_of(std::uint32_t worker, std::uint32_t workers,
                                     std::uint32_t sockets) {
  std::vector<std::uint32_t> out;
  for (std::uint32_t i = worker; i < sockets; i += workers) out.push_back(i);
  if (out.empty() && sockets > 0) out.push_back(worker % sockets);
  return out;
}

Status Listeners::open(const std::vector<Door>& doors, std::uint32_t workers) {
  for (std::uint32_t id = 0; id < doors.size(); ++id) {
    if (!doors[id].open || sets_.count(id) != 0) continue;
    const config::Listener& listener = doors[id].listener;
    Result<std::vector<int>> fds = source_.open(listener.host, listener.port, workers);
    if (!fds) {
      undo();
      return std::move(fds).error();
    }
    Set& set = sets_[id];
    set.host = listener.host;
    set.port = listener.port;
    for (const int fd : *fds) set.fds.emplace_back(fd);
    new_.push_back(id);
  }
  return {};
}

void Listeners::undo() {
  for (const std::uint32_t id : std::exchange(new_, {})) let_go(id);
}

void Listeners::settle(const std::vector<Door>& doors) {
  new_.clear();
  std::vector<std::uint32_t> gone;
  for (const auto& [id, set] : sets_) {
    if (!doors[id].open) gone.push_back(id);
  }
  for (const std::uint32_t id : gone) let_go(id);
}

void Listeners::refuse_newcomers() noexcept {
  for (const auto& [id, set] : sets_) {
    for (const plugin::Fd& fd : set.fds) net::refuse_new_connections(fd.get());
  }
}

void Listeners::let_go(std::uint32_t id) {
  const auto set = sets_.find(id);
  for (const plugin::Fd& fd : set->second.fds) net::refuse_new_connections(fd.get());
  source_.close(set->second.host, set->second.port);
  sets_.erase(set);
}

std::vector<Share> Listeners::share(std::uint32_t worker, std::uint32_t workers) const {
  std::vector<Share> out;
  for (const auto& [id, set] : sets_) {
    const auto sockets = static_cast<std::uint32_t>(set.fds.size());
    for (const std::uint32_t socket : shares_of(worker, workers, sockets)) {
      out.push_back({id, socket, ::fcntl(set.fds[socket].get(), F_DUPFD_CLOEXEC, 0)});
    }
  }
  return out;
}

std::vector<std::uint16_t> Listeners::ports() const {
  std::vector<std::uint16_t> out;
  for (const auto& [id, set] : sets_) out.push_back(net::local_port(set.fds.front().get()));
  return out;
}

}  // namespace aip::main
