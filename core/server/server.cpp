#include "core/server/server.h"

#include <ctime>

#include "core/server/connection.h"

namespace aip::server {

Server::Server(Scheduler& scheduler, RequestHandler& handler, const config::Limits& limits)
    : scheduler_(scheduler), handler_(handler), limits_(limits) {}

Server::~Server() {
  while (!connections_.empty()) {
    const std::unique_ptr<Connection> dead(&connections_.pop_front());
  }
}

void Server::accept(std::unique_ptr<ByteStream> stream, std::string peer, std::uint32_t listener) {
  auto connection =
      std::make_unique<Connection>(*this, std::move(stream), std::move(peer), listener);
  Connection& taken = *connection.release();
  connections_.push_back(taken);
  ++open_;
  if (open_ > limits_.connections) {
    taken.refuse(Error{ErrorCode::PolicyOverloaded, "There are too many connections."});
  } else {
    taken.start();
  }
}

void Server::closed(Connection& connection) {
  connection.ListNode<ConnectionTag>::unlink();
  --open_;
  scheduler_.retire(std::unique_ptr<Retired>(&connection));
  if (draining_ && open_ == 0 && empty_) std::exchange(empty_, nullptr)();
}

void Server::drain(std::function<void()> empty) {
  draining_ = true;
  empty_ = std::move(empty);
  connections_.for_each([](Connection& connection) { connection.drain(); });
  if (open_ == 0 && empty_) std::exchange(empty_, nullptr)();
}

std::string_view Server::date() {
  const std::uint64_t now_s = scheduler_.wall_ms() / 1000;
  if (now_s != date_s_ || date_.empty()) {
    date_s_ = now_s;
    const auto time = static_cast<std::time_t>(now_s);
    std::tm parts{};
    gmtime_r(&time, &parts);
    char text[64];
    const std::size_t n = std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts);
    date_.assign(text, n);
  }
  return date_;
}

}  // namespace aip::server
