#include "core/main/standing_control.h"

#include <algorithm>
#include <utility>

namespace aip::main {

StandingControl::StandingControl(net::Loop& loop, std::shared_ptr<const config::Config> config,
                                 Found found, gateway::CredentialBook& credentials,
                                 const std::vector<std::unique_ptr<Worker>>& workers,
                                 std::function<void()> start_drain)
    : loop_(loop),
      config_(std::move(config)),
      found_(std::move(found)),
      credentials_(credentials),
      workers_(workers),
      start_drain_(std::move(start_drain)),
      live_(loop) {
  last_.cause = "start";
  last_.wall_ms = loop.wall_ms();
}

void StandingControl::reload(std::function<void(const admin::ReloadReport&)> done) {
  admin::ReloadReport report;
  report.successful = false;
  report.cause = "admin";
  report.wall_ms = loop_.wall_ms();
  report.errors = {"this process keeps the configuration that it began with; start it anew"};
  done(report);
}

bool StandingControl::found(const std::string& plugin) const {
  return std::any_of(found_.files.begin(), found_.files.end(),
                     [&](const plugin::FileInfo& file) { return file.name == plugin; });
}

std::vector<admin::PluginState> StandingControl::plugins() const {
  std::vector<admin::PluginState> out;
  for (const plugin::FileInfo& file : found_.files) {
    admin::PluginState& state = out.emplace_back();
    state.name = file.name;
    state.version = file.version;
    state.abi = std::to_string(file.abi_major) + "." + std::to_string(file.abi_minor);
    state.sha256 = file.sha256;
    state.file = file.path;
    for (const config::Provider& provider : config_->providers) {
      if (provider.plugin == file.name) state.providers.push_back(provider.name);
    }
    state.state = state.providers.empty() ? "unused" : "serving";
    state.generations = static_cast<std::uint32_t>(plugin::generations_of(file.name));
  }
  for (const std::string& refused : found_.refused) {
    admin::PluginState& state = out.emplace_back();
    const std::size_t colon = refused.find(": ");
    state.file = refused.substr(0, colon);
    state.state = "refused";
    state.reason = colon == std::string::npos ? refused : refused.substr(colon + 2);
  }
  return out;
}

std::vector<admin::ProviderState> StandingControl::providers() const {
  const std::uint64_t now = loop_.now_ns();
  std::vector<admin::ProviderState> out;
  for (const config::Provider& provider : config_->providers) {
    admin::ProviderState& state = out.emplace_back();
    state.name = provider.name;
    state.plugin = provider.plugin;
    state.base_url = provider.base_url;
    state.attached = found(provider.plugin);
    for (const config::Credential& credential : provider.credentials) {
      const std::uint64_t ready = credentials_.find(provider.name, credential).ready_ns();
      const std::uint64_t rest_ms = ready > now ? (ready - now + 999'999) / 1'000'000 : 0;
      state.credentials.push_back({credential.kind, credential.id, rest_ms == 0, rest_ms});
    }
  }
  return out;
}

std::vector<admin::WorkerFigures> StandingControl::workers() const {
  std::vector<admin::WorkerFigures> out;
  for (const auto& worker : workers_) out.push_back(worker->figures());
  return out;
}

}  // namespace aip::main
