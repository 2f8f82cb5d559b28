#include "core/main/process.h"

#include <malloc.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <memory>
#include <vector>

#include "core/admin/figures.h"
#include "core/admin/token.h"
#include "core/base/units.h"
#include "core/http/parser.h"
#include "core/main/admin_port.h"
#include "core/main/demo.h"
#include "core/main/overseer.h"
#include "core/main/reloader.h"
#include "core/main/watchdog.h"
#include "core/net/signal.h"
#include "core/observe/log.h"

namespace aip::main {
namespace {

class Process final : public Wakeable, private admin::Control {
 public:
  Process(const CommandLine& line, Overseer& overseer)
      : line_(line),
        overseer_(overseer),
        transport_(loop_),
        client_(loop_, transport_),
        logs_(wants_demo() ? Talk::Little : Talk::Usual),
        listeners_(overseer),
        crew_(loop_, Commons{metrics_, health_, credentials_, watchdog_,
                             [this] { loop_.post([this] { reloader_.sweep(); }); }}),
        reloader_({loop_, line_, overseer_, listeners_, crew_, logs_}),
        drain_alarm_(loop_, *this),
        hangup_(loop_, SIGHUP, *this),
        terminate_(loop_, SIGTERM, *this),
        interrupt_(loop_, SIGINT, *this) {}
  ~Process() override { demo_.reset(); }

  int run() {
    if (Status strict = http::self_test(); !strict) {
      complain(strict.error().detail);
      return kExitFailed;
    }
    watchdog_.start();
    reloader_.ask("start", [this](const admin::ReloadReport& report) { started(report); });
    loop_.run();
    admin_port_.reset();
    reloader_.stop();
    // Plugins detach on the workers' threads; the control thread then ends what they served.
    crew_.stop();
    reloader_.let_go();
    if (demo_ && !demo_->ok() && line_.once) return kExitFailed;
    return exit_code_;
  }

 private:
  [[nodiscard]] bool wants_demo() const noexcept { return line_.demo || line_.once; }
  // A line that begins with the configuration's place is left as editors understand it.
  void complain(const std::string& what) const {
    const bool placed = !line_.config_file.empty() && what.starts_with(line_.config_file + ":");
    std::fprintf(stderr, "%s%s\n", placed ? "" : "aiproxy: ", what.c_str());
  }

  // ---- the start ----

  void started(const admin::ReloadReport& report) {
    for (const std::string& error : report.errors) complain(error);
    exit_code_ = report.successful ? kExitDone : reloader_.exit_code();
    if (!report.successful) return loop_.stop();
    if (Status admin = open_admin(); !admin) {
      complain(admin.error().detail);
      exit_code_ = kExitFailed;
      return loop_.stop();
    }
    health_.ready.store(true);
    overseer_.ready();
    for (const std::uint16_t port : listeners_.ports()) {
      observe::log(observe::Level::Info, "listening on port " + std::to_string(port));
    }
    // Reading plugins and the file took megabytes that serving does not need.
    ::malloc_trim(0);
    if (wants_demo()) start_demo();
  }

  Status open_admin() {
    const config::Config& config = *reloader_.serving()->config;
    if (!config.admin_enabled) return {};
    Result<config::Secret> token = admin_token(config);
    if (!token) return std::move(token).error();
    Result<std::vector<int>> fds = overseer_.open(config.admin_host, config.admin_port, 1);
    if (!fds) {
      // Two gateways of one user may well run with the same default; the demo need not fail for it.
      if (!wants_demo() && !line_.config_file.empty()) return std::move(fds).error();
      observe::log(observe::Level::Warn, "no admin port: " + fds.error().detail);
      return {};
    }
    auto handler = std::make_unique<admin::AdminHandler>(loop_, metrics_, health_,
                                                         static_cast<admin::Control&>(*this),
                                                         config.admin_host, std::move(*token));
    admin_port_ = std::make_unique<AdminPort>(loop_, std::move(handler),
                                              admin::port_limits(config.limits), fds->front());
    admin::publish_figures(metrics_, *this);
    return {};
  }

  // The configuration's, else the one that is kept in the state folder.
  Result<config::Secret> admin_token(const config::Config& config) {
    if (!config.admin_token.empty()) return config.admin_token;
    Result<std::string> state = state_folder(config);
    if (!state) return std::move(state).error();
    SystemRandom random;
    Result<admin::Token> kept = admin::kept_token(*state, random);
    if (!kept) return std::move(kept).error();
    observe::log(observe::Level::Info, "the admin port's token is in " + kept->file);
    token_file_ = kept->file;
    return std::move(kept->secret);
  }

  // A line to paste that asks the admin port for its metrics.
  [[nodiscard]] std::string look_inside() const {
    if (!admin_port_) return {};
    const std::string token = token_file_.empty() ? "$TOKEN" : "$(cat " + token_file_ + ")";
    return "curl -H \"Authorization: Bearer " + token +
           "\" http://127.0.0.1:" + std::to_string(admin_port_->port()) + "/metrics";
  }

  void start_demo() {
    demo_ =
        std::make_unique<Demo>(loop_, client_, listeners_.ports().front(), look_inside(), [this] {
          if (line_.once) stop_now();
        });
  }

  // ---- signals and the end ----

  void advance() noexcept override {
    if (hangup_.take() > 0 && !draining_) {
      overseer_.reloading();
      reloader_.ask("signal", [this](const admin::ReloadReport&) { overseer_.ready(); });
    }
    if (terminate_.take() + interrupt_.take() > 0) {
      if (draining_) return stop_now();
      drain();
    }
    if (drain_alarm_.take_fired()) {
      if (cut_) return stop_now();
      cut_ = true;
      crew_.cut(Error{ErrorCode::PolicyDraining, {}});
      drain_alarm_.set(loop_.now_ns() + kCutMs * kMs);
    }
  }

  void stop_now() {
    drain_alarm_.cancel();
    loop_.stop();
  }

  // ---- admin::Control ----

  void reload(std::function<void(const admin::ReloadReport&)> done) override {
    reloader_.ask("admin", std::move(done));
  }
  void drain() override {
    if (draining_) return;
    draining_ = true;
    health_.draining.store(true);
    observe::log(observe::Level::Info, "draining");
    reloader_.stop();
    if (!reloader_.serving()) return stop_now();
    const Successor successor = overseer_.draining();
    if (successor == Successor::None) {
      listeners_.refuse_newcomers();
    } else if (admin_port_) {
      admin_port_->stop_accepting();
    }
    const std::uint64_t timeout_ms = reloader_.serving()->config->limits.drain_timeout_ms;
    drain_alarm_.set(loop_.now_ns() + timeout_ms * kMs);
    crew_.drain(successor == Successor::None ? Queues::Empty : Queues::Leave,
                [this] { stop_now(); });
    listeners_.let_go();
  }
  [[nodiscard]] std::shared_ptr<const config::Config> config() const override {
    return reloader_.serving()->config;
  }
  [[nodiscard]] admin::ReloadReport last_reload() const override { return reloader_.last(); }
  [[nodiscard]] std::vector<admin::PluginState> plugins() const override {
    return reloader_.plugins();
  }
  [[nodiscard]] std::vector<admin::ProviderState> providers() const override;
  void requests(std::function<void(std::vector<admin::LiveRequest>)> done) override {
    crew_.requests(std::move(done));
  }
  [[nodiscard]] std::vector<admin::WorkerFigures> workers() const override {
    return crew_.figures();
  }

  static constexpr std::uint64_t kCutMs = 1'000;  // for the explicit ends to leave

  const CommandLine& line_;
  Overseer& overseer_;
  Watchdog watchdog_;
  net::Loop loop_;
  upstream::NetTransport transport_;
  upstream::Client client_;
  observe::Metrics metrics_;
  gateway::Health health_;
  mutable gateway::CredentialBook credentials_;  // finding one makes it
  Logs logs_;
  Listeners listeners_;
  Crew crew_;
  Reloader reloader_;
  std::string token_file_;  // empty: the configuration gave the token
  std::unique_ptr<AdminPort> admin_port_;
  std::unique_ptr<Demo> demo_;
  Alarm drain_alarm_;
  net::Signal hangup_, terminate_, interrupt_;
  bool draining_ = false;
  bool cut_ = false;
  int exit_code_ = kExitDone;
};

std::vector<admin::ProviderState> Process::providers() const {
  const Generation& serving = *reloader_.serving();
  const std::uint64_t now = loop_.now_ns();
  std::vector<admin::ProviderState> out;
  for (std::size_t i = 0; i < serving.instances.size(); ++i) {
    const config::Provider& provider = serving.config->providers[i];
    admin::ProviderState state;
    state.name = provider.name;
    state.plugin = provider.plugin;
    state.base_url = provider.base_url;
    state.attached = serving.instances[i] != nullptr;
    for (const config::Credential& credential : provider.credentials) {
      const gateway::CredentialState& known = credentials_.find(provider.name, credential);
      const std::uint64_t ready = known.ready_ns();
      state.credentials.push_back({credential.kind, credential.id, known.up(now),
                                   ready > now ? (ready - now + kMs - 1) / kMs : 0});
    }
    out.push_back(std::move(state));
  }
  return out;
}

}  // namespace

int run_gateway(const CommandLine& line, Overseer& overseer) {
  return Process(line, overseer).run();
}

}  // namespace aip::main
