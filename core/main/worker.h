// worker.h - one worker: a thread with a loop, its listening sockets, connections, pools and
// plugins.
//
// Workers share nothing but the immutable configuration, the credentials' states, the metrics and
// the health flags. Orders come as tasks posted to the loop; each says when it has been carried
// out. Threads: the control thread calls the methods; the members are the worker's thread's alone.
#pragma once

#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "core/base/random.h"
#include "core/config/config.h"
#include "core/gateway/gateway.h"
#include "core/main/watchdog.h"
#include "core/net/listener.h"
#include "core/net/loop.h"
#include "core/observe/metrics.h"
#include "core/plugin/instance.h"
#include "core/server/server.h"
#include "core/tls/context.h"
#include "core/upstream/client.h"
#include "core/upstream/net_transport.h"

namespace aip::main {

// What the control thread made of a configuration, for all workers.
struct Prepared {
  std::shared_ptr<const config::Config> config;
  std::shared_ptr<const route::Table> table;
  std::vector<std::shared_ptr<plugin::Instance>> instances;  // in the order of config->providers
  std::vector<std::string> absences;  // likewise: why there is none, if there is a reason to tell
  std::vector<std::shared_ptr<tls::ServerContext>> tls;  // of the listeners; null: plain
};

class Worker final : private plugin::Poster {
 public:
  Worker(std::uint32_t number, observe::Metrics& metrics, const gateway::Health& health,
         gateway::CredentialBook& credentials, const config::Limits& limits);
  ~Worker();  // stops, if stop() was not called

  // Starts the thread and, on it, attaches the plugins and serves `sockets` (one a listener).
  [[nodiscard]] Status start(std::shared_ptr<const Prepared> prepared, std::vector<int> sockets);
  // No new connections; idle ones end, exchanges run on. `empty` is called on the worker's thread.
  void drain(std::function<void()> empty);
  // What still runs fails with an explicit end.
  void cut(const Error& why);
  void stop();
  [[nodiscard]] Pulse& pulse() noexcept { return pulse_; }
  [[nodiscard]] std::uint32_t open_connections() const noexcept {
    return open_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint32_t running() const noexcept {
    return running_.load(std::memory_order_relaxed);
  }

 private:
  // One listening socket's accepted connections.
  class Door final : public net::AcceptOwner {
   public:
    Door(Worker& worker, std::uint32_t listener, int fd)
        : worker_(worker), listener_(listener), socket_(worker.loop_, fd, *this) {}
    void on_accept(std::unique_ptr<ByteStream> stream, std::string_view peer) noexcept override;

   private:
    Worker& worker_;
    const std::uint32_t listener_;
    net::Listener socket_;
  };
  class Census;

  void post(std::function<void()> task) override { loop_.post(std::move(task)); }
  [[nodiscard]] Status set_up(const std::vector<int>& sockets);
  void take_down();

  const std::uint32_t number_;
  gateway::CredentialBook& credentials_;
  net::Loop loop_;
  SystemRandom random_;
  upstream::NetTransport transport_;
  upstream::Client client_;
  gateway::Gateway gateway_;
  server::Server server_;
  std::shared_ptr<const Prepared> prepared_;
  std::vector<std::unique_ptr<Door>> doors_;
  std::unique_ptr<Census> census_;
  Pulse pulse_;
  std::atomic<std::uint32_t> open_{0}, running_{0};
  std::thread thread_;
};

}  // namespace aip::main
