// standing_control.h - admin::Control of a process whose configuration stands as it was loaded.
//
// What it tells is read off the configuration, the plugins that were found, the credentials' states
// and the workers. reload() is refused in words.
// Threads: the control thread's.   Lifetime: what it is made of outlives it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/admin/control.h"
#include "core/gateway/credentials.h"
#include "core/main/live_requests.h"
#include "core/main/prepare.h"
#include "core/main/worker.h"

namespace aip::main {

class StandingControl final : public admin::Control {
 public:
  StandingControl(net::Loop& loop, std::shared_ptr<const config::Config> config, Found found,
                  gateway::CredentialBook& credentials,
                  const std::vector<std::unique_ptr<Worker>>& workers,
                  std::function<void()> start_drain);

  void reload(std::function<void(const admin::ReloadReport&)> done) override;
  void drain() override { start_drain_(); }
  [[nodiscard]] std::shared_ptr<const config::Config> config() const override { return config_; }
  [[nodiscard]] admin::ReloadReport last_reload() const override { return last_; }
  [[nodiscard]] std::vector<admin::PluginState> plugins() const override;
  [[nodiscard]] std::vector<admin::ProviderState> providers() const override;
  void requests(std::function<void(std::vector<admin::LiveRequest>)> done) override {
    live_.ask(workers_, std::move(done));
  }
  [[nodiscard]] std::vector<admin::WorkerFigures> workers() const override;

 private:
  [[nodiscard]] bool found(const std::string& plugin) const;

  net::Loop& loop_;
  const std::shared_ptr<const config::Config> config_;
  const Found found_;
  gateway::CredentialBook& credentials_;
  const std::vector<std::unique_ptr<Worker>>& workers_;
  const std::function<void()> start_drain_;
  admin::ReloadReport last_;
  LiveRequests live_;
};

}  // namespace aip::main
