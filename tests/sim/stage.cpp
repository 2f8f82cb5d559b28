#include <algorithm>
#include <fstream>

#include "core/config/load.h"
#include "tests/sim/world.h"

namespace aip::sim {
namespace {

constexpr std::string_view kYaml = R"(
listen: [{address: "127.0.0.1:8999", auth: open}]
admin: {enabled: false}
access_log: "off"
providers:
  mock: {lines: 40, delay_ms: 20}
  openai: {base_url: "http://openai.sim", api_keys: [{id: a, val: key-a}, {id: b, val: key-b}]}
  claude: {base_url: "http://claude.sim", api_keys: [{id: a, val: key-a}]}
models:
  - match: pair
    targets: [{provider: openai, model: gpt-4o-mini}, {provider: claude, model: claude-sonnet-4-5}]
    policy: order
    retry: {attempts: 3, on: [connect, timeout, "429", 5xx, "529"], backoff_ms: 200}
    timeout_ms: {connect: 1000, first_byte: 20000, idle: 30000, total: 120000}
  - match: spread
    targets: [{provider: openai, model: gpt-5, weight: 2}, {provider: claude, model: claude-sonnet-4-5}]
    policy: weighted
    retry: {attempts: 2, on: [connect], backoff_ms: 50}
    timeout_ms: {connect: 1000, first_byte: 20000, idle: 30000, total: 120000}
)";

}  // namespace

Result<Stage> set_stage(const std::string& build, const std::string& scratch) {
  const std::string file = scratch + "/sim.yaml";
  std::ofstream(file) << "state_dir: " << scratch << "/state\nplugin_dir: " << build << "/plugins\n"
                      << kYaml;
  const plugin::Scan scan = plugin::scan({build + "/plugins"});
  std::vector<config::PluginClaims> claims;
  for (const plugin::FileInfo& f : scan.plugins) {
    claims.push_back({f.name, f.version, f.path, f.manifest});
  }
  const config::SystemEnvironment environment;
  const config::Loaded loaded = config::load(file, claims, environment);
  if (!loaded.config) return Error{ErrorCode::GatewayConfig, loaded.errors.at(0).to_string()};
  Stage stage;
  stage.config = loaded.config;
  stage.metrics = std::make_unique<observe::Metrics>();
  auto table = route::Table::make(stage.config, claims);
  if (!table) return std::move(table).error();
  stage.table = std::move(*table);
  for (const config::Provider& provider : stage.config->providers) {
    const auto found = std::find_if(scan.plugins.begin(), scan.plugins.end(),
                                    [&](const auto& f) { return f.name == provider.plugin; });
    if (found == scan.plugins.end()) return Error{ErrorCode::GatewayConfig, provider.plugin};
    auto module = plugin::load(*found, scratch + "/copies");
    if (!module) return std::move(module).error();
    auto instance = plugin::instantiate(std::move(*module), provider.name, provider.section);
    if (!instance) return std::move(instance).error();
    stage.instances.push_back(std::move(*instance));
  }
  return stage;
}

}  // namespace aip::sim
