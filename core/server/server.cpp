#include "core/server/server.h"

#include <algorithm>
#include <utility>

namespace aip::server {

Server::Server(Scheduler& scheduler, RequestHandler& handler, const config::Limits& limits)
    : shared_(scheduler, handler, limits) {}

Server::~Server() {
  while (!connections_.empty()) {
    const std::unique_ptr<Connection> dead(&connections_.pop_front());
  }
}

void Server::accept(std::unique_ptr<ByteStream> stream, std::string peer, std::uint32_t listener) {
  OfListener& of = of_listener(listener);
  const std::uint32_t cap = shared_.limits.connections;
  shared_.counters.accepted.add(1);
  if (of.open >= cap + limits::kOverflowConnectionsMax) {
    shared_.counters.shed.add(1);
    return stream->close(true);
  }
  auto connection = std::make_unique<Connection>(shared_, static_cast<ConnectionOwner&>(*this),
                                                 std::move(stream), std::move(peer), listener);
  Connection& taken = *connection.release();
  connections_.push_back(taken);
  shared_.counters.open.add(1);
  if (++of.open > cap) {
    taken.refuse(Error{ErrorCode::PolicyOverloaded, "There are too many connections."});
  } else {
    taken.start();
    if (of.draining || shared_.draining) taken.drain();
  }
}

Server::OfListener& Server::of_listener(std::uint32_t listener) {
  if (listener >= listeners_.size()) listeners_.resize(listener + 1);
  return listeners_[listener];
}

void Server::drain_listener(std::uint32_t listener) {
  of_listener(listener).draining = true;
  connections_.for_each([listener](Connection& connection) {
    if (connection.listener() == listener) connection.drain();
  });
}

void Server::welcome_listener(std::uint32_t listener) {
  of_listener(listener).draining = false;
}

void Server::set_limits(const config::Limits& limits) {
  if (limits == shared_.limits) return;
  shared_.limits = limits;
  shared_.spares.set_limits(parser_limits(limits));
}

void Server::connection_done(Connection& connection) noexcept {
  connection.ListNode<ConnectionTag>::unlink();
  shared_.counters.open.subtract(1);
  --of_listener(connection.listener()).open;
  shared_.scheduler.retire(std::unique_ptr<Retired>(&connection));
  tell_if_empty();
}

void Server::drain(std::function<void()> empty) {
  shared_.draining = true;
  empty_ = std::move(empty);
  connections_.for_each([](Connection& connection) { connection.drain(); });
  tell_if_empty();
}

void Server::tell_if_empty() {
  if (shared_.draining && open_connections() == 0 && empty_) std::exchange(empty_, nullptr)();
}

}  // namespace aip::server
