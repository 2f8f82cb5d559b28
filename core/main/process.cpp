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
#include "core/admin/figures.h"
#include "core/admin/token.h"
#include "core/http/parser.h"
#include "core/main/demo.h"
#include "core/main/prepare.h"
#include "core/main/standing_control.h"
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
  explicit Process(const CommandLine& line)
      : line_(line),
        transport_(loop_),
        client_(loop_, transport_),
        drain_alarm_(loop_, *this),
        terminate_(loop_, SIGTERM, *this),
        interrupt_(loop_, SIGINT, *this) {}
  ~Process() override { demo_.reset(); }

  int run() {
    raise_descriptor_limit();
    if (Status strict = http::self_test(); !strict) return fail(strict.error(), kExitFailed);
    const Found found = find_plugins(line_);
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
    Result<std::shared_ptr<const Prepared>> prepared = prepare(config_, found);
    if (!prepared) return fail(prepared.error(), kExitConfig);
    if (Status workers = start_workers(*prepared); !workers)
      return fail(workers.error(), kExitFailed);
    prepared = Error{};  // the workers hold it now
    if (Status admin = open_admin(found); !admin) return fail(admin.error(), kExitFailed);
    health_.ready.store(true);
    for (const std::uint16_t port : ports_) {
      observe::log(observe::Level::Info, "listening on port " + std::to_string(port));
    }
    if (wants_demo()) start_demo();
    loop_.run();
    admin_.reset();
    admin_server_.reset();
    workers_.clear();
    return demo_ && !demo_->ok() && line_.once ? kExitFailed : kExitDone;
  }

  Status start_workers(const std::shared_ptr<const Prepared>& prepared) {
    const std::uint32_t count =
        config_->workers != 0 ? std::min(config_->workers, kWorkersMax) : auto_workers();
    // Every worker has a socket of its own on every address; the first one settles port 0.
    std::vector<std::vector<int>> sockets(count);
    for (const config::Listener& listener : config_->listeners) {
      std::uint16_t port = listener.port;
      for (std::uint32_t i = 0; i < count; ++i) {
        Result<int> fd = net::listen_socket(listener.host, port, net::ReusePort::Yes);
        if (!fd) return std::move(fd).error();
        port = net::local_port(*fd);
        sockets[i].push_back(*fd);
      }
      ports_.push_back(port);
    }
    for (std::uint32_t i = 0; i < count; ++i) {
      workers_.push_back(
          std::make_unique<Worker>(i, metrics_, health_, credentials_, config_->limits));
      if (Status started = workers_.back()->start(prepared, sockets[i]); !started) return started;
    }
    return {};
  }

  Status open_admin(const Found& found) {
    if (!config_->admin_enabled) return {};
    Result<config::Secret> token = admin_token();
    if (!token) return std::move(token).error();
    Result<int> fd =
        net::listen_socket(config_->admin_host, config_->admin_port, net::ReusePort::No);
    if (!fd) {
      // Two gateways of one user may well run with the same default; the demo need not fail for it.
      if (!wants_demo() && !line_.config_file.empty()) return std::move(fd).error();
      observe::log(observe::Level::Warn, "no admin port: " + fd.error().detail);
      return {};
    }
    admin_port_ = net::local_port(*fd);
    control_ = std::make_unique<StandingControl>(loop_, config_, found, credentials_, workers_,
                                                 [this] { drain(); });
    admin::publish_figures(metrics_, *control_);
    admin_handler_ = std::make_unique<admin::AdminHandler>(loop_, metrics_, health_, *control_,
                                                           config_->admin_host, std::move(*token));
    admin_server_ = std::make_unique<server::Server>(loop_, *admin_handler_,
                                                     admin::port_limits(config_->limits));
    admin_ = std::make_unique<net::Listener>(loop_, *fd, static_cast<net::AcceptOwner&>(*this));
    return {};
  }

  // The configuration's, else the one that is kept in the state folder.
  Result<config::Secret> admin_token() {
    if (!config_->admin_token.empty()) return config_->admin_token;
    Result<std::string> state = state_folder(*config_);
    if (!state) return std::move(state).error();
    SystemRandom random;
    Result<admin::Token> kept = admin::kept_token(*state, random);
    if (!kept) return std::move(kept).error();
    observe::log(observe::Level::Info, "the admin port's token is in " + kept->file);
    token_file_ = kept->file;
    return std::move(kept->secret);
  }

  void on_accept(std::unique_ptr<ByteStream> stream, std::string_view peer) noexcept override {
    admin_server_->accept(std::move(stream), std::string(peer), 0);
  }

  // A line to paste that asks the admin port for its metrics.
  std::string look_inside() const {
    if (admin_port_ == 0) return {};
    const std::string token = token_file_.empty() ? "$TOKEN" : "$(cat " + token_file_ + ")";
    return "curl -H \"Authorization: Bearer " + token +
           "\" http://127.0.0.1:" + std::to_string(admin_port_) + "/metrics";
  }

  void start_demo() {
    demo_ = std::make_unique<Demo>(loop_, client_, ports_.front(), look_inside(), [this] {
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
    if (draining_) return;
    draining_ = true;
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
  net::Loop loop_;
  upstream::NetTransport transport_;
  upstream::Client client_;
  observe::Metrics metrics_;
  gateway::Health health_;
  gateway::CredentialBook credentials_;
  std::shared_ptr<const config::Config> config_;
  std::vector<std::uint16_t> ports_;
  std::uint16_t admin_port_ = 0;
  std::string token_file_;  // empty: the configuration gave the token
  std::vector<std::unique_ptr<Worker>> workers_;
  std::unique_ptr<StandingControl> control_;
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

int run_gateway(const CommandLine& line) {
  return Process(line).run();
}

}  // namespace aip::main
