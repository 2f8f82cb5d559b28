#include "core/admin/figures.h"

#include <algorithm>
#include <map>
#include <string>

#include "core/observe/log.h"
#include "core/plugin/scope.h"

namespace aip::admin {
namespace {

using observe::Sink;

template <class T>
double as_value(T figure) noexcept {
  return static_cast<double>(figure);
}

void write_configuration(const ReloadReport& last, Sink& sink) {
  sink.gauge("aiproxy_config_generation", "Which configuration is in force, counted from 1.");
  sink.add({}, as_value(last.generation));
  sink.gauge("aiproxy_config_last_reload_successful", "1 if the last load was good.");
  sink.add({}, last.successful ? 1 : 0);
}

void write_workers(const std::vector<WorkerFigures>& workers, Sink& sink) {
  WorkerFigures sum;
  for (const WorkerFigures& worker : workers) {
    sum.client_connections += worker.client_connections;
    sum.upstream_connections += worker.upstream_connections;
    sum.streams += worker.streams;
    sum.accepted += worker.accepted;
    sum.shed += worker.shed;
    for (std::size_t i = 0; i < kErrorCodeCount; ++i) sum.refused[i] += worker.refused[i];
  }
  sink.gauge("aiproxy_connections_active", "Open connections, idle ones included.");
  sink.add({{"side", "client"}}, as_value(sum.client_connections));
  sink.add({{"side", "upstream"}}, as_value(sum.upstream_connections));
  sink.gauge("aiproxy_streams_active", "Exchanges that run.");
  sink.add({}, as_value(sum.streams));
  sink.counter("aiproxy_connections_accepted_total", "Connections that clients have opened.");
  sink.add({}, as_value(sum.accepted));
  sink.counter("aiproxy_connections_shed_total", "Connections beyond every cap, cut unanswered.");
  sink.add({}, as_value(sum.shed));
  sink.counter("aiproxy_requests_refused_total", "Messages that never became a request.");
  for (std::size_t i = 0; i < kErrorCodeCount; ++i) {
    if (sum.refused[i] == 0) continue;
    const std::string_view name = traits(static_cast<ErrorCode>(i)).name;
    sink.add({{"error_type", std::string(name)}}, as_value(sum.refused[i]));
  }
}

void write_credentials(const std::vector<ProviderState>& providers, Sink& sink) {
  sink.gauge("aiproxy_credential_up", "1 if the credential may be used now, 0 while it rests.");
  for (const ProviderState& provider : providers) {
    for (const CredentialHealth& credential : provider.credentials) {
      sink.add(
          {{"provider", provider.name}, {"kind", credential.kind}, {"credential", credential.id}},
          credential.up ? 1 : 0);
    }
  }
}

void write_plugins(const std::vector<PluginState>& plugins, Sink& sink) {
  sink.gauge("aiproxy_plugin_info", "Plugins that were found, each 1.");
  for (const PluginState& plugin : plugins) {
    if (plugin.name.empty()) continue;  // a file that was refused before it said its name
    sink.add({{"plugin", plugin.name},
              {"version", plugin.version},
              {"abi", plugin.abi},
              {"sha256", plugin.sha256}},
             1);
  }
  // A plugin may stand in several files (the one in force and a refused successor).
  std::map<std::string, std::uint32_t> generations;
  for (const PluginState& plugin : plugins) {
    if (!plugin.name.empty()) {
      std::uint32_t& most = generations[plugin.name];
      most = std::max(most, plugin.generations);
    }
  }
  sink.gauge("aiproxy_plugin_generations", "Versions that are loaded now.");
  for (const auto& [name, count] : generations) sink.add({{"plugin", name}}, as_value(count));
}

void write_callbacks(const std::vector<plugin::Scope::Figures>& scopes, Sink& sink) {
  const auto labels = [](const plugin::Scope::Figures& scope) {
    return observe::Labels{{"plugin", scope.plugin}, {"provider", scope.provider}};
  };
  sink.summary("aiproxy_plugin_callback_seconds", "Time inside the plugin's own code.");
  for (const auto& scope : scopes) {
    sink.add_sum(labels(scope), as_value(scope.callback_ns) / 1e9, scope.callbacks);
  }
  sink.counter("aiproxy_plugin_slow_callbacks_total", "Calls that held a worker for 5 ms or more.");
  for (const auto& scope : scopes) sink.add(labels(scope), as_value(scope.slow));
  sink.counter("aiproxy_plugin_faults_total", "Exceptions, and callbacks that failed.");
  for (const auto& scope : scopes) sink.add(labels(scope), as_value(scope.faults));
  sink.counter("aiproxy_plugin_misuses_total", "Host calls that the interface forbids.");
  for (const auto& scope : scopes) sink.add(labels(scope), as_value(scope.misbehaved));
  // Deltas may be negative, so this is a gauge.
  sink.gauge("aiproxy_plugin_metric", "What plugins count themselves, by the name they give it.");
  for (const auto& scope : scopes) {
    for (const auto& [name, value] : scope.own) {
      observe::Labels own = labels(scope);
      own["name"] = name;
      sink.add(own, as_value(value));
    }
  }
}

}  // namespace

void publish_figures(observe::Metrics& metrics, const Control& control) {
  metrics.collect_from([&control](Sink& sink) {
    write_configuration(control.last_reload(), sink);
    write_workers(control.workers(), sink);
    write_credentials(control.providers(), sink);
    write_plugins(control.plugins(), sink);
    write_callbacks(plugin::all_figures(), sink);
    sink.counter("aiproxy_log_lines_dropped_total", "Log lines that found the queue full.");
    sink.add({}, as_value(observe::dropped_lines()));
  });
}

}  // namespace aip::admin
