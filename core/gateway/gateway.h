// gateway.h - what one worker serves: takes requests from the server, holds its exchanges.
//
// Answers at once what needs no exchange (health, preflights, the list of models, no such route);
// everything else becomes an Exchange.
// Threads: the worker's, but for running().
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/base/count.h"
#include "core/base/list.h"
#include "core/gateway/attempt.h"
#include "core/gateway/background.h"
#include "core/gateway/detached.h"
#include "core/gateway/exchange.h"
#include "core/gateway/resolve_cache.h"
#include "core/gateway/snapshot.h"
#include "core/server/client_stream.h"

namespace aip::gateway {

// The process's readiness, told by GET /readyz.
struct Health {
  std::atomic<bool> ready{false};
  std::atomic<bool> draining{false};
};

class Gateway final : public server::RequestHandler, private ExchangeOwner {
 public:
  Gateway(Scheduler& scheduler, Random& random, upstream::Dialer& dialer, observe::Metrics& metrics,
          const Health& health);
  ~Gateway();

  // From now on new requests see this; running ones keep what they began with.
  void set_snapshot(std::shared_ptr<const Snapshot> snapshot) noexcept;
  [[nodiscard]] const std::shared_ptr<const Snapshot>& snapshot() const noexcept {
    return snapshot_;
  }
  // For the one worker that is elected: the background streams of the snapshot's providers. Of
  // those that run, the ones whose provider is the same instance run on; the others are stopped
  // first.
  void run_background();
  // May be read from any thread.
  [[nodiscard]] std::size_t running() const noexcept { return running_.get(); }
  void stop_background() noexcept { background_.clear(); }
  // Each exchange that runs, for the operator's eyes.
  void visit(const std::function<void(const Exchange&)>& look);
  // Ends every exchange with that error (the end of a drain).
  void cut_all(const Error& why) noexcept;

  // server::RequestHandler
  void on_request(std::unique_ptr<server::ClientStream> stream) override;
  void on_refused(const Error& error, std::string_view peer) override;
  std::string refusal_body(const Error& error, std::string_view path) override;

 private:
  void exchange_done(Exchange& exchange, const observe::ExchangeRecord& record) noexcept override;
  // True: answered.
  bool answer_locally(server::ClientStream& stream);
  void answer_models(server::ClientStream& stream, const route::Match& match, dialect::Kind kind);
  void refuse(server::ClientStream& stream, const Error& error, dialect::Kind kind);
  [[nodiscard]] std::string request_id_of(const http::RequestHead& head);
  void send_json(server::ClientStream& stream, int status, std::string_view body,
                 std::string_view request_id);

  const Health& health_;
  observe::WorkerMetrics metrics_;
  DetachedCalls detached_;
  ResolveCache resolved_;
  AttemptTools tools_;
  std::shared_ptr<const Snapshot> snapshot_;
  std::vector<std::unique_ptr<BackgroundStream>> background_;
  List<Exchange, ExchangeTag> exchanges_;
  Count running_;
};

}  // namespace aip::gateway
