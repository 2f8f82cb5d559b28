// worker.h - one worker: a thread with a loop, its listening sockets, connections, pools and
// plugins.
//
// Workers share nothing but the immutable generation, the credentials' states, the metrics and the
// health flags. Orders come as tasks posted to the loop; each calls back, on the worker's thread,
// when it has been carried out. A generation comes in two steps, so that all workers take it or
// none: attach() makes the snapshot beside the one in use, then adopt() switches, or give_up()
// drops it. A task runs between two turns, so a switch never falls into an exchange.
// Threads: the control thread calls the methods; the members are the worker's thread's alone.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "core/admin/control.h"
#include "core/base/random.h"
#include "core/gateway/gateway.h"
#include "core/main/generation.h"
#include "core/main/listeners.h"
#include "core/main/watchdog.h"
#include "core/net/listener.h"
#include "core/net/loop.h"
#include "core/observe/metrics.h"
#include "core/server/server.h"
#include "core/upstream/client.h"
#include "core/upstream/net_transport.h"

namespace aip::main {

// What all workers of the process have in common.
struct Commons {
  observe::Metrics& metrics;
  const gateway::Health& health;
  gateway::CredentialBook& credentials;
  Watchdog& watchdog;
  // A worker has let go of a snapshot; from any thread.
  std::function<void()> let_go;
};

// Whose plugin is being attached; read by the control thread when that takes too long.
struct AttachPlace {
  std::atomic<const std::string*> provider{nullptr};  // of the generation that is being attached
};

enum class Background : std::uint8_t { No, Run };

// What becomes of clients that the kernel has queued at a worker's sockets when it drains.
enum class Queues : std::uint8_t {
  Empty,  // the kernel takes nobody new: who is there is served
  Leave,  // somebody else accepts from the same sockets
};

class Worker final : private plugin::Poster {
 public:
  Worker(std::uint32_t number, const Commons& commons, const config::Limits& limits);
  ~Worker();  // stops, if stop() was not called
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  [[nodiscard]] std::uint32_t number() const noexcept { return number_; }

  void attach(std::shared_ptr<const Generation> next, std::shared_ptr<AttachPlace> place,
              std::function<void(Status)> done);
  // What attach() made is in force, and the worker accepts from these sockets and no others.
  void adopt(std::vector<Share> shares, Background background, std::function<void()> done);
  void give_up();
  // Closes its listening sockets, and serves those who are there to the end, idle connections
  // excepted. `empty` is called when nobody is left.
  void drain(Queues queues, std::function<void()> empty);
  // What still runs fails with an explicit end.
  void cut(const Error& why);
  void stop();

  void requests(std::function<void(std::vector<admin::LiveRequest>)> done);
  // May be read from any thread.
  [[nodiscard]] admin::WorkerFigures figures() const noexcept;

 private:
  class Gate;
  class Heart;

  void post(std::function<void()> task) override { loop_.post(std::move(task)); }
  [[nodiscard]] Status make_snapshot(AttachPlace& place);
  [[nodiscard]] std::shared_ptr<plugin::WorkerInstance> attached_already(
      const plugin::Instance& instance) const;
  void move_to(const std::vector<Share>& shares);
  void greet_doors();
  void gate_closed(Gate& gate);
  void tell_if_empty();
  void take_down();
  [[nodiscard]] std::vector<admin::LiveRequest> describe();

  const std::uint32_t number_;
  const Commons commons_;
  net::Loop loop_;
  SystemRandom random_;
  upstream::NetTransport transport_;
  upstream::Client client_;
  gateway::Gateway gateway_;
  server::Server server_;

  std::shared_ptr<const Generation> generation_, next_;
  std::shared_ptr<const gateway::Snapshot> next_snapshot_;
  std::vector<std::unique_ptr<Gate>> gates_;
  Pulse pulse_;
  std::unique_ptr<Heart> heart_;
  std::function<void()> empty_;
  bool connections_gone_ = false;  // while draining
  std::thread thread_;
};

}  // namespace aip::main
