#include "core/main/reloader.h"

#include <sched.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <utility>

#include "core/base/units.h"
#include "core/main/changes.h"
#include "core/observe/log.h"

namespace aip::main {
namespace {

constexpr std::uint32_t kWorkersMax = 256;
constexpr std::string_view kByWatch = "file";

std::string abi_of(const plugin::FileInfo& file) {
  return std::to_string(file.abi_major) + "." + std::to_string(file.abi_minor);
}

}  // namespace

std::uint32_t worker_count(const config::Config& config) {
  if (config.workers != 0) return std::min(config.workers, kWorkersMax);
  cpu_set_t mask;
  std::uint32_t cpus = 1;
  if (::sched_getaffinity(0, sizeof mask, &mask) == 0) {
    cpus = static_cast<std::uint32_t>(std::max(1, CPU_COUNT(&mask)));
  }
  std::ifstream quota("/sys/fs/cgroup/cpu.max");
  std::string limit;
  double period = 0;
  if (quota >> limit >> period && limit != "max" && period > 0) {
    const double share = std::strtod(limit.c_str(), nullptr) / period;
    cpus = std::min(cpus, static_cast<std::uint32_t>(std::max(1.0, share + 0.5)));
  }
  return std::min(cpus, kWorkersMax);
}

Reloader::Reloader(const Parts& parts)
    : parts_(parts),
      gap_(parts.loop, *this),
      watch_(parts.loop, static_cast<net::FileWatch::Owner&>(*this)) {
  last_.generation = 0;
}

Reloader::~Reloader() {
  if (drafter_.joinable()) drafter_.join();
}

// ---- who asks, and when it begins
// ----------------------------------------------------------------

void Reloader::ask(const std::string& cause, Done done) {
  if (stopped_) return;
  // A cause that somebody stands behind counts more than the watch's guess.
  if (asked_cause_.empty() || asked_cause_ == kByWatch) asked_cause_ = cause;
  if (done) asked_dones_.push_back(std::move(done));
  if (!running_ && !gap_.armed()) begin();
}

void Reloader::advance() noexcept {
  if (gap_.take_fired() && !running_ && !asked_cause_.empty()) begin();
}

void Reloader::begin() {
  running_ = true;
  cause_ = std::exchange(asked_cause_, {});
  dones_ = std::exchange(asked_dones_, {});
  began_ns_ = parts_.loop.now_ns();
  if (cause_ != kByWatch) return draft();
  // Every few seconds, and nearly always for nothing: nobody else is asked before this is known.
  on_drafter([known = last_seen_] { return known.still_true(); },
             [this](bool same) { return same ? end_run() : draft(); });
}

template <class Work, class Then>
void Reloader::on_drafter(Work work, Then then) {
  drafter_ = std::thread([this, work = std::move(work), then = std::move(then)] {
    const auto made = std::make_shared<decltype(work())>(work());
    parts_.loop.post([this, made, then] {
      drafter_.join();
      if (!stopped_) then(std::move(*made));
    });
  });
}

void Reloader::draft() {
  std::vector<PluginChoice> serving;
  if (serving_) serving = loaded_plugins(*serving_);
  on_drafter(
      [this, serving = std::move(serving), quarantine = parts_.overseer.quarantine()] {
        return make_draft(parts_.line, serving, quarantine);
      },
      [this](Draft made) { drafted(std::move(made)); });
}

void Reloader::stop() {
  stopped_ = true;
  gap_.cancel();
  if (next_) parts_.listeners.undo();
  next_ = nullptr;
}

// ---- the way of a generation
// ---------------------------------------------------------------------

void Reloader::drafted(Draft draft) {
  if (cause_ == kByWatch && draft.seen.files == last_seen_.files) cause_ = "plugin";
  last_seen_ = draft.seen;
  if (!draft.config) {
    tell_refusals(draft.found.refused);
    fail(kExitConfig, std::move(draft.errors));
    return;
  }
  if (!make(std::move(draft))) return;
  parts_.crew.attach(next_, worker_count(*next_->config),
                     [this](const Status& status) { attached(status); });
}

// The control thread's part. False: it failed.
bool Reloader::make(Draft draft) {
  const std::shared_ptr<const config::Config> config = draft.config;
  if (Status logs = parts_.logs.prepare(*config); !logs) {
    return fail(kExitFailed, {logs.error().detail});
  }
  tell_refusals(draft.found.refused);
  for (const PluginChoice& plugin : draft.found.plugins) {
    parts_.overseer.runs_plugin(plugin.file.name, plugin.file.sha256);
  }
  auto made = prepare(std::move(draft), serving_.get());
  if (!made) return fail(kExitConfig, {made.error().detail});
  roster_.add((*made)->instances);
  if (Status open = parts_.listeners.open((*made)->doors, worker_count(*config)); !open) {
    return fail(kExitFailed, {open.error().detail});
  }
  next_ = std::move(*made);
  return true;
}

void Reloader::attached(const Status& status) {
  if (stopped_) return;
  if (!status) {
    parts_.listeners.undo();
    fail(kExitFailed, {status.error().detail});
    return;
  }
  parts_.listeners.settle(next_->doors);
  parts_.crew.switch_over(parts_.listeners, [this] { switched(); });
}

void Reloader::switched() {
  std::shared_ptr<const Generation> before = std::exchange(serving_, std::exchange(next_, nullptr));
  parts_.logs.use();
  admin::ReloadReport report = begin_report();
  if (before) {
    report.changes =
        changes_between({*before->config, before->found.plugins, before->seen.files},
                        {*serving_->config, serving_->found.plugins, serving_->seen.files});
  }
  if (!before) clean_state(*serving_);
  for (const std::string& warning : serving_->config->warnings) {
    observe::log(observe::Level::Warn, warning);
  }
  if (before) {
    observe::log(observe::Level::Info,
                 "reloaded (" + cause_ + "): generation " + std::to_string(report.generation) +
                     " is in force, after " + std::to_string(report.took_ms) + " ms");
    for (const std::string& change : report.changes) observe::log(observe::Level::Info, change);
  }
  before = nullptr;  // this thread's hold on it, before it is seen what nobody holds any more
  finish(std::move(report));
}

bool Reloader::fail(int exit_code, std::vector<std::string> errors) {
  next_ = nullptr;
  parts_.logs.give_up();
  exit_code_ = exit_code;
  admin::ReloadReport report = begin_report();
  report.successful = false;
  report.errors = std::move(errors);
  if (serving_) {
    observe::log(observe::Level::Error, "not reloaded (" + cause_ + "): generation " +
                                            std::to_string(report.generation) + " stays in force");
    for (const std::string& error : report.errors) observe::log(observe::Level::Error, error);
  }
  finish(std::move(report));
  return false;
}

admin::ReloadReport Reloader::begin_report() const {
  admin::ReloadReport report;
  report.generation = serving_ ? serving_->number : 0;
  report.cause = cause_;
  report.wall_ms = parts_.loop.wall_ms();
  report.took_ms = (parts_.loop.now_ns() - began_ns_) / kMs;
  return report;
}

void Reloader::finish(admin::ReloadReport report) {
  last_ = std::move(report);
  end_run();
}

// What was looked at last is watched, and what is in force: either may be mended.
// Whoever asked is told last: a gateway that says it is ready watches its files already.
void Reloader::end_run() {
  // A worker that failed to attach may have let go after the last look, without a word.
  sweep();
  std::vector<net::Watched> places = last_seen_.places();
  if (serving_) {
    for (net::Watched& place : serving_->seen.places()) {
      if (std::find(places.begin(), places.end(), place) == places.end()) {
        places.push_back(std::move(place));
      }
    }
  }
  watch_.watch(places);
  running_ = false;
  if (!stopped_) gap_.set(parts_.loop.now_ns() + kGapMs * kMs);
  for (Done& done : std::exchange(dones_, {})) done(last_);
}

// ---- what is told ------------------------------------------------------------------------------

void Reloader::tell_refusals(const std::vector<PluginRefusal>& refused) {
  for (const PluginRefusal& one : refused) {
    const bool told =
        std::any_of(refused_.begin(), refused_.end(), [&one](const PluginRefusal& old) {
          return old.path == one.path && old.reason == one.reason && old.sha256 == one.sha256;
        });
    if (!told) {
      observe::log(observe::Level::Warn, "plugin refused: " + one.path + ": " + one.reason);
    }
  }
  refused_ = refused;
}

void Reloader::sweep() {
  roster_.sweep();
}

void Reloader::let_go() {
  serving_ = next_ = nullptr;
  roster_.sweep();
}

std::vector<admin::PluginState> Reloader::plugins() const {
  std::vector<admin::PluginState> out;
  const auto state_of = [](const plugin::FileInfo& file, std::string path, std::string state) {
    return admin::PluginState{file.name,
                              file.version,
                              abi_of(file),
                              file.sha256,
                              std::move(path),
                              std::move(state),
                              {},
                              {},
                              static_cast<std::uint32_t>(plugin::generations_of(file.name))};
  };
  const auto in_service = [this](const std::shared_ptr<plugin::Instance>& instance) {
    const auto& all = serving_->instances;
    return std::find(all.begin(), all.end(), instance) != all.end();
  };
  if (!serving_) return out;
  for (const PluginChoice& choice : serving_->found.plugins) {
    if (!choice.quarantine.empty()) continue;  // told with the refused ones
    admin::PluginState state = state_of(choice.file, choice.origin, "unused");
    for (std::size_t i = 0; i < serving_->instances.size(); ++i) {
      const config::Provider& provider = serving_->config->providers[i];
      if (!serving_->instances[i] || provider.plugin != choice.file.name) continue;
      state.state = "serving";
      state.providers.push_back(provider.name);
    }
    out.push_back(std::move(state));
  }
  for (const auto& instance : roster_.all()) {
    if (in_service(instance)) continue;
    const plugin::FileInfo& file = plugin::file_of(*instance);
    const bool listed = std::any_of(
        out.begin(), out.end(), [&file](const auto& state) { return state.sha256 == file.sha256; });
    if (!listed) out.push_back(state_of(file, plugin::copy_of(*instance), "draining"));
  }
  for (const PluginRefusal& one : refused_) {
    plugin::FileInfo file;
    file.name = one.name;
    file.version = one.version;
    file.sha256 = one.sha256;
    out.push_back(state_of(file, one.path, one.quarantined ? "quarantined" : "refused"));
    out.back().reason = one.reason;
    out.back().abi.clear();
  }
  return out;
}

}  // namespace aip::main
