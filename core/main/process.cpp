#include "core/main/process.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <vector>

#include "core/admin/admin.h"
#include "core/http/parser.h"
#include "core/main/demo.h"
#include "core/main/prepare.h"
#include "core/main/watchdog.h"
#include "core/main/worker.h"
#include "core/net/signal.h"
#include "core/observe/log.h"

namespace aip::main {
namespace {

constexpr std::uint64_t kMs = 1'000'000;
constexpr std::uint32_t kWorkersMax = 256;

// Half the machine's processors would do for most, so "auto" means all that this process may use:
// an affinity mask or a cgroup quota counts, not the number of sockets in the board.
std::uint32_t auto_workers() {
  cpu_set_t mask;
  std::uint32_t cpus = 1;
  if (::sched_getaffinity(0, sizeof mask, &mask) == 0) {
    cpus = static_cast<std::uint32_t>(std::max(1, CPU_COUNT(&mask)));
  }
  std::ifstream quota("/sys/fs/cgroup/cpu.max");
  std::string limit;
  double period = 0;
  if (quota >> limit >> period && limit != "max" && period > 0) {
    const double share = std::atof(limit.c_str()) / period;
    cpus = std::min(cpus, static_cast<std::uint32_t>(std::max(1.0, share + 0.5)));
  }
  return std::min(cpus, kWorkersMax);
}

// Each connection needs a descriptor on either side.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

class Process final : public Wakeable, private net::AcceptOwner {
 public:
  Process(const CommandLine& line, Overseer& overseer)
      : line_(line),
        overseer_(overseer),
        transport_(loop_),
        client_(loop_, transport_),
        drain_alarm_(loop_, *this),
        terminate_(loop_, SIGTERM, *this),
        interrupt_(loop_, SIGINT, *this) {}
  ~Process() override { demo_.reset(); }

  int run() {
    raise_descriptor_limit();
    if (Status strict = http::self_test(); !strict) return fail(strict.error(), kExitFailed);
    const Found found = find_plugins(line_, overseer_.quarantine());
    const config::SystemEnvironment environment;
    config::Loaded loaded =
        config::load(line_.config_file, found.claims, environment, line_.overrides);
    if (!loaded.config) {
      for (const config::Diagnostic& error : loaded.errors) {
        std::fprintf(stderr, "%s\n", error.to_string().c_str());
      }
      return kExitConfig;
    }
    config_ = loaded.config;
    observe::Level level = observe::Level::Info;
    if (!observe::parse_level(config_->log_level, level)) level = observe::Level::Info;
    // The demo's stdout is the answer; its exchanges are not worth a line.
    const std::string access =
        wants_demo() && config_->access_log == "stdout" ? "off" : config_->access_log;
    if (Status logs = observe::start_logs(
            wants_demo() ? std::max(level, observe::Level::Warn) : level, access);
        !logs) {
      return fail(logs.error(), kExitFailed);
    }
    const int code = serve(found);
    observe::stop_logs();
    return code;
  }

 private:
  [[nodiscard]] bool wants_demo() const noexcept { return line_.demo || line_.once; }

  static int fail(const Error& error, int code) {
    std::fprintf(stderr, "aiproxy: %s\n", error.detail.c_str());
    return code;
  }

  int serve(const Found& found) {
    for (const std::string& refused : found.refused) {
      observe::log(observe::Level::Warn, "plugin refused: " + refused);
    }
    for (const std::string& warning : config_->warnings) {
      observe::log(observe::Level::Warn, warning);
    }
    for (const plugin::FileInfo& file : found.files) overseer_.runs_plugin(file.name, file.sha256);
    Result<std::shared_ptr<const Prepared>> prepared = prepare(config_, found);
    if (!prepared) return fail(prepared.error(), kExitConfig);
    describe(found);
    if (Status workers = start_workers(*prepared); !workers)
      return fail(workers.error(), kExitFailed);
    prepared = Error{};  // the workers hold it now
    if (Status admin = open_admin(); !admin) return fail(admin.error(), kExitFailed);
    health_.ready.store(true);
    overseer_.ready();
    for (const std::uint16_t port : ports_) {
      observe::log(observe::Level::Info, "listening on port " + std::to_string(port));
    }
    if (wants_demo()) start_demo();
    loop_.run();
    admin_.reset();
    admin_server_.reset();
    for (auto& worker : workers_) watchdog_.forget(worker->pulse());
    workers_.clear();
    return demo_ && !demo_->ok() && line_.once ? kExitFailed : kExitDone;
  }

  void describe(const Found& found) {
    for (const plugin::FileInfo& file : found.files) {
      const std::string abi = std::to_string(file.abi_major) + "." + std::to_string(file.abi_minor);
      metrics_.set_gauge(
          "aiproxy_plugin_info", "Plugins that were found, each 1.",
          {{"plugin", file.name}, {"version", file.version}, {"abi", abi}, {"sha256", file.sha256}},
          1);
    }
    metrics_.gauge_from("aiproxy_config_generation", "How often a configuration took effect.",
                        [] { return 1; });
    metrics_.gauge_from("aiproxy_config_last_reload_successful", "1 if the last load was good.",
                        [] { return 1; });
    metrics_.gauge_from("aiproxy_log_lines_dropped_total", "Log lines that found the queue full.",
                        [] { return static_cast<double>(observe::dropped_lines()); });
    metrics_.gauge_from("aiproxy_connections_active", "Open connections of clients.", [this] {
      double sum = 0;
      for (const auto& worker : workers_) sum += worker->open_connections();
      return sum;
    });
    metrics_.gauge_from("aiproxy_streams_active", "Exchanges that run.", [this] {
      double sum = 0;
      for (const auto& worker : workers_) sum += worker->running();
      return sum;
    });
  }

  Status start_workers(const std::shared_ptr<const Prepared>& prepared) {
    const std::uint32_t count =
        config_->workers != 0 ? std::min(config_->workers, kWorkersMax) : auto_workers();
    // Every worker has a socket of its own on every address, or a share in one.
    std::vector<std::vector<int>> sockets(count);
    for (const config::Listener& listener : config_->listeners) {
      Result<std::vector<int>> fds = overseer_.open(listener.host, listener.port, count);
      if (!fds) return std::move(fds).error();
      for (std::uint32_t i = 0; i < count; ++i) {
        sockets[i].push_back(
            i < fds->size() ? (*fds)[i] : ::fcntl((*fds)[i % fds->size()], F_DUPFD_CLOEXEC, 0));
      }
      ports_.push_back(net::local_port(fds->front()));
    }
    for (std::uint32_t i = 0; i < count; ++i) {
      workers_.push_back(
          std::make_unique<Worker>(i, metrics_, health_, credentials_, config_->limits));
      if (Status started = workers_.back()->start(prepared, sockets[i]); !started) return started;
      watchdog_.watch(workers_.back()->pulse());
    }
    watchdog_.start();
    return {};
  }

  Status open_admin() {
    if (!config_->admin_enabled) return {};
    Result<std::vector<int>> fds = overseer_.open(config_->admin_host, config_->admin_port, 1);
    if (!fds) {
      // Two gateways of one user may well run with the same default; the demo need not fail for it.
      if (!wants_demo() && !line_.config_file.empty()) return std::move(fds).error();
      observe::log(observe::Level::Warn, "no admin port: " + fds.error().detail);
      return {};
    }
    admin_port_ = net::local_port(fds->front());
    admin_handler_ = std::make_unique<admin::AdminHandler>(metrics_, health_, config_->admin_host,
                                                           config_->admin_token);
    admin_server_ = std::make_unique<server::Server>(loop_, *admin_handler_, config_->limits);
    admin_ =
        std::make_unique<net::Listener>(loop_, fds->front(), static_cast<net::AcceptOwner&>(*this));
    return {};
  }

  void on_accept(std::unique_ptr<ByteStream> stream, std::string_view peer) noexcept override {
    admin_server_->accept(std::move(stream), std::string(peer), 0);
  }

  void start_demo() {
    demo_ = std::make_unique<Demo>(loop_, client_, ports_.front(), admin_port_, [this] {
      if (line_.once) stop_now();
    });
  }

  // Signals and the drain's deadline.
  void advance() noexcept override {
    if (terminate_.take() + interrupt_.take() > 0) {
      if (draining_) return stop_now();
      drain();
    }
    if (drain_alarm_.take_fired()) {
      if (cut_) return stop_now();
      cut_ = true;
      for (auto& worker : workers_) worker->cut(Error{ErrorCode::PolicyDraining, {}});
      drain_alarm_.set(loop_.now_ns() + kCutMs * kMs);
    }
  }

  void drain() {
    draining_ = true;
    overseer_.draining();
    health_.draining.store(true);
    observe::log(observe::Level::Info, "draining");
    drain_alarm_.set(loop_.now_ns() + config_->limits.drain_timeout_ms * kMs);
    left_ = workers_.size();
    for (auto& worker : workers_) {
      worker->drain([this] {
        loop_.post([this] {
          if (--left_ == 0) stop_now();
        });
      });
    }
  }

  void stop_now() {
    drain_alarm_.cancel();
    loop_.stop();
  }

  static constexpr std::uint64_t kCutMs = 1'000;  // for the explicit ends to leave

  const CommandLine& line_;
  Overseer& overseer_;
  net::Loop loop_;
  upstream::NetTransport transport_;
  upstream::Client client_;
  observe::Metrics metrics_;
  gateway::Health health_;
  gateway::CredentialBook credentials_;
  std::shared_ptr<const config::Config> config_;
  std::vector<std::uint16_t> ports_;
  std::uint16_t admin_port_ = 0;
  std::vector<std::unique_ptr<Worker>> workers_;
  Watchdog watchdog_;  // ends before the workers that it watches
  std::unique_ptr<admin::AdminHandler> admin_handler_;
  std::unique_ptr<server::Server> admin_server_;
  std::unique_ptr<net::Listener> admin_;
  std::unique_ptr<Demo> demo_;
  Alarm drain_alarm_;
  net::Signal terminate_, interrupt_;
  std::size_t left_ = 0;
  bool draining_ = false;
  bool cut_ = false;
};

}  // namespace

int run_gateway(const CommandLine& line, Overseer& overseer) {
  return Process(line, overseer).run();
}

}  // namespace aip::main
