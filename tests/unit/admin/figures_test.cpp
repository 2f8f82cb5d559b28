#include "core/admin/figures.h"

#include <doctest/doctest.h>

#include "core/plugin/scope.h"
#include "tests/unit/admin/rig.h"

using namespace aip;

namespace {

bool holds(const std::string& text, const std::string& line) {
  return text.find("\n" + line + "\n") != std::string::npos;
}

}  // namespace

TEST_CASE("figures: workers' counters add up, and errors that did not happen have no series") {
  test::FakeControl control;
  observe::Metrics metrics;
  admin::publish_figures(metrics, control);
  admin::WorkerFigures worker;
  worker.client_connections = 3;
  worker.upstream_connections = 2;
  worker.streams = 1;
  worker.accepted = 10;
  worker.shed = 4;
  worker.refused[static_cast<std::size_t>(ErrorCode::CallerBadHttp)] = 5;
  control.worker_list = {worker, worker};
  const std::string text = metrics.render();
  CHECK(holds(text, "aiproxy_connections_active{side=\"client\"} 6"));
  CHECK(holds(text, "aiproxy_connections_active{side=\"upstream\"} 4"));
  CHECK(holds(text, "aiproxy_streams_active 2"));
  CHECK(holds(text, "aiproxy_connections_accepted_total 20"));
  CHECK(holds(text, "aiproxy_connections_shed_total 8"));
  CHECK(holds(text, "aiproxy_requests_refused_total{error_type=\"caller_bad_http\"} 10"));
  CHECK(text.find("caller_uri_too_long") == std::string::npos);
}

TEST_CASE("figures: a credential or plugin that is gone has no series any more") {
  test::FakeControl control;
  observe::Metrics metrics;
  admin::publish_figures(metrics, control);
  admin::ProviderState provider;
  provider.name = "openai";
  provider.credentials = {{"api_key", "1", true, 0}, {"web_session", "1", false, 900}};
  control.provider_list = {provider};
  admin::PluginState plugin;
  plugin.name = "openai";
  plugin.version = "1.0";
  plugin.abi = "1.0";
  plugin.sha256 = "ab";
  plugin.generations = 2;
  admin::PluginState nameless;
  nameless.file = "junk.so";
  nameless.state = "refused";
  control.plugin_list = {plugin, nameless};
  std::string text = metrics.render();
  const std::string up = "aiproxy_credential_up{credential=\"1\",kind=\"";
  CHECK(holds(text, up + "api_key\",provider=\"openai\"} 1"));
  CHECK(holds(text, up + "web_session\",provider=\"openai\"} 0"));
  CHECK(holds(
      text, "aiproxy_plugin_info{abi=\"1.0\",plugin=\"openai\",sha256=\"ab\",version=\"1.0\"} 1"));
  CHECK(holds(text, "aiproxy_plugin_generations{plugin=\"openai\"} 2"));
  CHECK(text.find("plugin=\"\"") == std::string::npos);

  control.provider_list.clear();
  control.plugin_list.clear();
  text = metrics.render();
  CHECK(text.find("aiproxy_credential_up{") == std::string::npos);
  CHECK(text.find("aiproxy_plugin_info{") == std::string::npos);
  CHECK(holds(text, "# TYPE aiproxy_credential_up gauge"));
}

TEST_CASE("figures: the last load and its generation are told") {
  test::FakeControl control;
  observe::Metrics metrics;
  admin::publish_figures(metrics, control);
  control.last.generation = 7;
  control.last.successful = false;
  const std::string text = metrics.render();
  CHECK(holds(text, "aiproxy_config_generation 7"));
  CHECK(holds(text, "aiproxy_config_last_reload_successful 0"));
}

TEST_CASE("figures: a plugin's time is a sum over a count, and its own counts keep their names") {
  test::FakeControl control;
  observe::Metrics metrics;
  admin::publish_figures(metrics, control);
  plugin::Scope& scope = plugin::intern_scope("figures", "p");
  scope.count_callback("begin", 250'000);
  scope.count_callback("step", 750'000);
  REQUIRE(scope.add("cache\"hits", -3) == AIP_OK);
  const std::string text = metrics.render();
  const std::string who = "{plugin=\"figures\",provider=\"p\"}";
  CHECK(holds(text, "aiproxy_plugin_callback_seconds_count" + who + " 2"));
  CHECK(holds(text, "aiproxy_plugin_callback_seconds_sum" + who + " 0.001"));
  CHECK(holds(text, "aiproxy_plugin_faults_total" + who + " 0"));
  CHECK(holds(text,
              "aiproxy_plugin_metric{name=\"cache\\\"hits\",plugin=\"figures\","
              "provider=\"p\"} -3"));
}
