// server.h - the connections of one worker's listeners.
//
// Takes accepted byte streams (plain, or TLS over TCP), reads requests from them and hands each to
// the RequestHandler as a ClientStream. Owns the connections; connection.h tells what one does.
// Threads: the worker's.   Limits: config::Limits; connections above the cap get a 503.
// Tests: tests/unit/server
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/list.h"
#include "core/base/scheduler.h"
#include "core/base/stream.h"
#include "core/config/config.h"
#include "core/http/parser.h"
#include "core/server/client_stream.h"

namespace aip::server {

class Connection;
struct ConnectionTag;

class Server {
 public:
  Server(Scheduler& scheduler, RequestHandler& handler, const config::Limits& limits);
  ~Server();  // every ClientStream that it gave must be gone
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  void accept(std::unique_ptr<ByteStream> stream, std::string peer, std::uint32_t listener);
  // Idle connections end now, the others after their answer; `empty` is called once none is left.
  void drain(std::function<void()> empty);
  [[nodiscard]] std::uint32_t open_connections() const noexcept { return open_; }
  [[nodiscard]] std::uint64_t requests() const noexcept { return requests_; }

 private:
  friend class Connection;
  void closed(Connection& connection);
  // "Tue, 24 Nov 2026 11:00:00 GMT", made once a second.
  [[nodiscard]] std::string_view date();

  Scheduler& scheduler_;
  RequestHandler& handler_;
  const config::Limits limits_;
  List<Connection, ConnectionTag> connections_;
  std::uint32_t open_ = 0;
  std::uint64_t requests_ = 0;
  bool draining_ = false;
  std::function<void()> empty_;
  std::uint64_t date_s_ = 0;
  std::string date_;
};

}  // namespace aip::server
