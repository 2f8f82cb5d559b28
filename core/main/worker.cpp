#include "core/main/worker.h"

#include <utility>

#include "core/observe/log.h"
#include "core/tls/stream.h"

namespace aip::main {

Worker::Worker(std::uint32_t number, observe::Metrics& metrics, const gateway::Health& health,
               gateway::CredentialBook& credentials, const config::Limits& limits)
    : number_(number),
      credentials_(credentials),
      transport_(loop_),
      client_(loop_, transport_, {.idle_ms = limits.upstream_idle_ms}),
      gateway_(loop_, random_, client_, metrics, health),
      server_(loop_, gateway_, limits) {}

Worker::~Worker() {
  stop();
}

void Worker::Door::on_accept(std::unique_ptr<ByteStream> stream, std::string_view peer) noexcept {
  const std::shared_ptr<tls::ServerContext>& tls = worker_.prepared_->tls[listener_];
  if (tls) stream = tls::make_server_stream(worker_.loop_, std::move(stream), *tls);
  worker_.server_.accept(std::move(stream), std::string(peer), listener_);
}

Status Worker::start(std::shared_ptr<const Prepared> prepared, std::vector<int> sockets) {
  prepared_ = std::move(prepared);
  std::promise<Status> ready;
  std::future<Status> answer = ready.get_future();
  thread_ = std::thread([this, &ready, fds = std::move(sockets)] {
    Status status = set_up(fds);
    const bool good = status.ok();
    ready.set_value(std::move(status));
    if (good) loop_.run();
    take_down();
  });
  return answer.get();
}

Status Worker::set_up(const std::vector<int>& sockets) {
  auto snapshot = std::make_shared<gateway::Snapshot>();
  snapshot->config = prepared_->config;
  snapshot->table = prepared_->table;
  for (std::size_t i = 0; i < prepared_->config->providers.size(); ++i) {
    const config::Provider& provider = prepared_->config->providers[i];
    gateway::WorkerProvider attached;
    attached.config = &provider;
    for (const config::Credential& credential : provider.credentials) {
      attached.credentials.push_back(&credentials_.find(provider.name, credential));
    }
    if (prepared_->instances[i]) {
      auto instance = plugin::attach(prepared_->instances[i], number_, loop_, *this);
      if (!instance) return std::move(instance).error().at("provider " + provider.name);
      attached.instance = std::move(*instance);
    }
    snapshot->providers.push_back(std::move(attached));
  }
  gateway_.set_snapshot(std::move(snapshot));
  if (number_ == 0) gateway_.run_background();
  for (std::uint32_t i = 0; i < sockets.size(); ++i) {
    doors_.push_back(std::make_unique<Door>(*this, i, sockets[i]));
  }
  return {};
}

// On the worker's own thread, because plugins detach from the thread that they were attached on.
void Worker::take_down() {
  doors_.clear();
  gateway_.cut_all(Error{ErrorCode::PolicyDraining, {}});
  loop_.run_turn();
  gateway_.set_snapshot(nullptr);
  loop_.run_turn();
}

void Worker::drain(std::function<void()> empty) {
  loop_.post([this, done = std::move(empty)] {
    doors_.clear();
    server_.drain(done);
  });
}

void Worker::cut(const Error& why) {
  loop_.post([this, why] { gateway_.cut_all(why); });
}

void Worker::look(std::function<void(gateway::Gateway&, std::uint64_t now_ns)> look) {
  loop_.post([this, look = std::move(look)] { look(gateway_, loop_.now_ns()); });
}

admin::WorkerFigures Worker::figures() const noexcept {
  const server::Counters& counters = server_.counters();
  admin::WorkerFigures out;
  out.client_connections = counters.open.get();
  out.upstream_connections = client_.pool().open();
  out.streams = gateway_.running();
  out.accepted = counters.accepted.get();
  out.shed = counters.shed.get();
  for (std::size_t i = 0; i < kErrorCodeCount; ++i) out.refused[i] = counters.refused[i].get();
  return out;
}

void Worker::stop() {
  if (!thread_.joinable()) return;
  loop_.post([this] { loop_.stop(); });
  thread_.join();
}

}  // namespace aip::main
