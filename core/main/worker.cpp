#include "core/main/worker.h"

#include <utility>

#include "core/main/crash_report.h"
#include "core/observe/log.h"
#include "core/tls/stream.h"

namespace aip::main {

// Keeps the two figures that other threads read; once a second is often enough for a gauge.
class Worker::Census final : public Wakeable {
 public:
  explicit Census(Worker& worker) : worker_(worker), alarm_(worker.loop_, *this) { advance(); }

 private:
  void advance() noexcept override {
    worker_.open_.store(worker_.server_.open_connections(), std::memory_order_relaxed);
    worker_.running_.store(static_cast<std::uint32_t>(worker_.gateway_.running()),
                           std::memory_order_relaxed);
    worker_.pulse_.beat();
    alarm_.set(worker_.loop_.now_ns() + 1'000'000'000);
  }
  Worker& worker_;
  Alarm alarm_;
};

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
    install_thread_stack();
    pulse_.begin();
    Status status = set_up(fds);
    const bool good = status.ok();
    ready.set_value(std::move(status));
    if (good) loop_.run();
    take_down();
    pulse_.end();
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
    attached.absence = prepared_->absences[i];
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
  census_ = std::make_unique<Census>(*this);
  return {};
}

// On the worker's own thread, because plugins detach from the thread that they were attached on.
void Worker::take_down() {
  doors_.clear();
  census_.reset();
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

void Worker::stop() {
  if (!thread_.joinable()) return;
  loop_.post([this] { loop_.stop(); });
  thread_.join();
}

}  // namespace aip::main
