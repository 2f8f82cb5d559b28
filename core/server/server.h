// server.h - the connections of one worker's listeners.
//
// Takes accepted byte streams (plain, or TLS over TCP), reads requests from them and hands each to
// the RequestHandler as a ClientStream. Owns the connections; connection.h tells what one does.
//
// Caps: each listener may have config::Limits::connections here. One more is answered with a 503,
// and kOverflowConnectionsMax beyond the cap it is reset without a word, because even a refusal
// costs a connection for as long as its client likes to read it.
// Threads: the worker's; counters may be read from any.
// Tests: tests/unit/server
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/server/connection.h"
#include "core/server/shared.h"

namespace aip::server {

class Server final : private ConnectionOwner {
 public:
  Server(Scheduler& scheduler, RequestHandler& handler, const config::Limits& limits);
  // Closes every connection; requests that still run see CallerGone.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // `peer`: the client's address, for the log.
  void accept(std::unique_ptr<ByteStream> stream, std::string peer, std::uint32_t listener);

  // Idle connections end now, the others after their answer. Connections may still be accepted,
  // for those that wait in a listening socket's queue: each is served once. `empty` is called once
  // when none is left, from this call if there was none; it may only store and wake.
  void drain(std::function<void()> empty);
  // The same for the connections of one listener, until it is welcomed back.
  void drain_listener(std::uint32_t listener);
  void welcome_listener(std::uint32_t listener);
  // For the messages to come, and for deadlines that are set from now on.
  void set_limits(const config::Limits& limits);

  [[nodiscard]] std::uint32_t open_connections() const noexcept {
    return static_cast<std::uint32_t>(shared_.counters.open.get());
  }
  [[nodiscard]] std::uint64_t requests() const noexcept { return shared_.counters.requests.get(); }
  [[nodiscard]] const Counters& counters() const noexcept { return shared_.counters; }

 private:
  struct OfListener {
    std::uint32_t open = 0;
    bool draining = false;
  };

  void connection_done(Connection& connection) noexcept override;
  void tell_if_empty();
  [[nodiscard]] OfListener& of_listener(std::uint32_t listener);

  Shared shared_;
  List<Connection, ConnectionTag> connections_;
  std::vector<OfListener> listeners_;  // by their ids
  std::function<void()> empty_;
};

}  // namespace aip::server
