#include "core/main/worker.h"

#include <algorithm>
#include <utility>

#include "core/base/units.h"
#include "core/main/crash_report.h"
#include "core/tls/stream.h"

namespace aip::main {
namespace {

// How long a socket that takes no new connections is still accepted from: a handshake that was
// under way when that began is over by then.
constexpr std::uint64_t kCloseMs = 250;

}  // namespace

// One listening socket's accepted connections.
class Worker::Gate final : public Retired, private Wakeable, private net::AcceptOwner {
 public:
  Gate(Worker& worker, const Share& share)
      : worker_(worker),
        listener_(share.listener),
        socket_number_(share.socket),
        alarm_(worker.loop_, *this),
        socket_(worker.loop_, share.fd, static_cast<net::AcceptOwner&>(*this)) {}

  [[nodiscard]] bool is(const Share& share) const noexcept {
    return share.listener == listener_ && share.socket == socket_number_ && !closing();
  }
  [[nodiscard]] std::uint32_t listener() const noexcept { return listener_; }
  [[nodiscard]] bool closing() const noexcept { return closing_; }
  // Somebody sees to it that the kernel takes nobody new for this socket.
  void close_when_empty() {
    if (closing_) return;
    closing_ = true;
    alarm_.set(worker_.loop_.now_ns() + kCloseMs * kMs);
  }

 private:
  void on_accept(std::unique_ptr<ByteStream> stream, std::string_view peer) noexcept override {
    const std::shared_ptr<tls::ServerContext>& tls = worker_.generation_->doors[listener_].tls;
    if (tls) stream = tls::make_server_stream(worker_.loop_, std::move(stream), *tls);
    worker_.server_.accept(std::move(stream), std::string(peer), listener_);
  }
  void advance() noexcept override {
    if (alarm_.take_fired()) worker_.gate_closed(*this);
  }

  Worker& worker_;
  const std::uint32_t listener_, socket_number_;
  bool closing_ = false;
  Alarm alarm_;
  net::Listener socket_;
};

// Tells the watchdog once a second that the loop turns.
class Worker::Heart final : public Wakeable {
 public:
  explicit Heart(Worker& worker) : worker_(worker), alarm_(worker.loop_, *this) { advance(); }

 private:
  void advance() noexcept override {
    worker_.pulse_.beat();
    alarm_.set(worker_.loop_.now_ns() + 1'000 * kMs);
  }
  Worker& worker_;
  Alarm alarm_;
};

Worker::Worker(std::uint32_t number, const Commons& commons, const config::Limits& limits)
    : number_(number),
      commons_(commons),
      transport_(loop_),
      client_(loop_, transport_, {.idle_ms = limits.upstream_idle_ms}),
      gateway_(loop_, random_, client_, commons.metrics, commons.health),
      server_(loop_, gateway_, limits),
      thread_([this] {
        install_thread_stack();
        pulse_.begin();
        commons_.watchdog.watch(pulse_);
        heart_ = std::make_unique<Heart>(*this);
        loop_.run();
        take_down();
        commons_.watchdog.forget(pulse_);
        pulse_.end();
      }) {}

Worker::~Worker() {
  stop();
}

// ---- a new generation --------------------------------------------------------------------------

void Worker::attach(std::shared_ptr<const Generation> next, std::shared_ptr<AttachPlace> place,
                    std::function<void(Status)> done) {
  loop_.post([this, next = std::move(next), place = std::move(place), done = std::move(done)] {
    next_ = next;
    Status made = make_snapshot(*place);
    place->provider.store(nullptr);
    if (!made) next_ = nullptr;
    done(std::move(made));
  });
}

Status Worker::make_snapshot(AttachPlace& place) {
  auto snapshot = std::make_unique<gateway::Snapshot>();
  snapshot->generation = next_->number;
  snapshot->config = next_->config;
  snapshot->table = next_->table;
  snapshot->listeners = next_->listeners;
  for (std::size_t i = 0; i < next_->instances.size(); ++i) {
    const config::Provider& provider = next_->config->providers[i];
    gateway::WorkerProvider attached;
    attached.config = &provider;
    attached.absence = next_->absences[i];
    for (const config::Credential& credential : provider.credentials) {
      attached.credentials.push_back(&commons_.credentials.find(provider.name, credential));
    }
    if (const auto& instance = next_->instances[i]) {
      attached.instance = attached_already(*instance);
      if (!attached.instance) {
        place.provider.store(&provider.name);
        auto made = plugin::attach(instance, number_, loop_, *this);
        if (!made) return std::move(made).error().at("provider " + provider.name);
        attached.instance = std::move(*made);
      }
    }
    snapshot->providers.push_back(std::move(attached));
  }
  // The last who holds it tells, so that the control thread may end what only this one used.
  next_snapshot_ = std::shared_ptr<const gateway::Snapshot>(
      snapshot.release(), [let_go = commons_.let_go](const gateway::Snapshot* dead) {
        delete dead;
        let_go();
      });
  return {};
}

std::shared_ptr<plugin::WorkerInstance> Worker::attached_already(
    const plugin::Instance& instance) const {
  if (!generation_) return nullptr;
  for (std::size_t i = 0; i < generation_->instances.size(); ++i) {
    if (generation_->instances[i].get() == &instance) {
      return gateway_.snapshot()->providers[i].instance;
    }
  }
  return nullptr;
}

void Worker::adopt(std::vector<Share> shares, Background background, std::function<void()> done) {
  loop_.post([this, shares = std::move(shares), background, done = std::move(done)] {
    // Before the snapshot, whose end makes the control thread look who holds what.
    generation_ = std::exchange(next_, nullptr);
    gateway_.set_snapshot(std::exchange(next_snapshot_, nullptr));
    server_.set_limits(generation_->config->limits);
    client_.set_idle_ms(generation_->config->limits.upstream_idle_ms);
    if (background == Background::Run) gateway_.run_background();
    greet_doors();
    move_to(shares);
    done();
  });
}

void Worker::give_up() {
  loop_.post([this] {
    next_ = nullptr;
    next_snapshot_ = nullptr;
  });
}

void Worker::greet_doors() {
  for (std::uint32_t id = 0; id < generation_->doors.size(); ++id) {
    if (generation_->doors[id].open) {
      server_.welcome_listener(id);
    } else {
      server_.drain_listener(id);
    }
  }
}

void Worker::move_to(const std::vector<Share>& shares) {
  for (auto& gate : gates_) {
    const bool stays = std::any_of(shares.begin(), shares.end(),
                                   [&gate](const Share& share) { return gate->is(share); });
    if (stays) continue;
    if (generation_->doors[gate->listener()].open && !gate->closing()) {
      gate = nullptr;  // another worker accepts from it now
    } else {
      gate->close_when_empty();
    }
  }
  std::erase(gates_, nullptr);
  for (const Share& share : shares) {
    const bool there = std::any_of(gates_.begin(), gates_.end(),
                                   [&share](const auto& gate) { return gate->is(share); });
    if (there) {
      ::close(share.fd);
    } else {
      gates_.push_back(std::make_unique<Gate>(*this, share));
    }
  }
}

void Worker::gate_closed(Gate& gate) {
  const auto at = std::find_if(gates_.begin(), gates_.end(),
                               [&gate](const auto& one) { return one.get() == &gate; });
  loop_.retire(std::move(*at));
  gates_.erase(at);
  tell_if_empty();
}

// ---- the end -----------------------------------------------------------------------------------

void Worker::drain(Queues queues, std::function<void()> empty) {
  loop_.post([this, queues, done = std::move(empty)] {
    empty_ = done;
    if (queues == Queues::Leave) gates_.clear();
    for (auto& gate : gates_) gate->close_when_empty();
    server_.drain([this] {
      connections_gone_ = true;
      tell_if_empty();
    });
  });
}

// Somebody may come out of a queue after the last connection has gone.
void Worker::tell_if_empty() {
  if (!connections_gone_ || !gates_.empty() || !empty_) return;
  if (server_.open_connections() == 0) return std::exchange(empty_, nullptr)();
  connections_gone_ = false;
  server_.drain([this] {
    connections_gone_ = true;
    tell_if_empty();
  });
}

void Worker::cut(const Error& why) {
  loop_.post([this, why] { gateway_.cut_all(why); });
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

// On the worker's own thread, because plugins detach from the thread that they were attached on.
void Worker::take_down() {
  gates_.clear();
  heart_.reset();
  gateway_.cut_all(Error{ErrorCode::PolicyDraining, {}});
  loop_.run_turn();
  gateway_.stop_background();
  next_ = generation_ = nullptr;
  next_snapshot_ = nullptr;
  gateway_.set_snapshot(nullptr);
  loop_.run_turn();
}

// ---- what runs ---------------------------------------------------------------------------------

void Worker::requests(std::function<void(std::vector<admin::LiveRequest>)> done) {
  loop_.post([this, done = std::move(done)] { done(describe()); });
}

std::vector<admin::LiveRequest> Worker::describe() {
  std::vector<admin::LiveRequest> out;
  gateway_.visit([&](const gateway::Exchange& exchange) {
    const observe::ExchangeRecord& record = exchange.record();
    admin::LiveRequest live;
    live.request_id = record.request_id;
    live.peer = record.peer;
    live.key = record.key_id;
    live.dialect = record.dialect;
    live.route = record.route;
    live.model = record.model;
    live.provider = record.provider;
    live.stage = std::string(gateway::stage_name(exchange.stage()));
    live.age_ms = (loop_.now_ns() - record.start_ns) / kMs;
    live.chunks = record.chunks;
    live.generation = exchange.generation();
    live.worker = number_;
    live.stream = record.stream;
    out.push_back(std::move(live));
  });
  return out;
}

}  // namespace aip::main
