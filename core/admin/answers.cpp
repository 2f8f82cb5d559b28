#include "core/admin/answers.h"

#include "core/base/json.h"
#include "core/config/load.h"

namespace aip::admin {
namespace {

void write_texts(std::string_view name, const std::vector<std::string>& texts, json::Writer& w) {
  w.key(name).array();
  for (const std::string& text : texts) w.string(text);
  w.end_array();
}

void write_report(const ReloadReport& report, json::Writer& w) {
  w.key("successful").boolean(report.successful);
  w.key("generation").unsigned_number(report.generation).member("cause", report.cause);
  w.key("ended_at_ms").unsigned_number(report.wall_ms);
  w.key("took_ms").unsigned_number(report.took_ms);
  write_texts("changes", report.changes, w);
  write_texts("errors", report.errors, w);
}

void write_plugin(const PluginState& plugin, json::Writer& w) {
  w.object().member("name", plugin.name).member("version", plugin.version);
  w.member("abi", plugin.abi).member("sha256", plugin.sha256).member("file", plugin.file);
  w.member("state", plugin.state);
  if (!plugin.reason.empty()) w.member("reason", plugin.reason);
  write_texts("providers", plugin.providers, w);
  w.key("generations").unsigned_number(plugin.generations).end_object();
}

void write_provider(const ProviderState& provider, json::Writer& w) {
  w.object().member("name", provider.name).member("plugin", provider.plugin);
  w.member("base_url", provider.base_url).key("attached").boolean(provider.attached);
  w.key("credentials").array();
  for (const CredentialHealth& credential : provider.credentials) {
    w.object().member("kind", credential.kind).member("id", credential.id);
    w.key("up").boolean(credential.up);
    w.key("ready_in_ms").unsigned_number(credential.ready_in_ms).end_object();
  }
  w.end_array().end_object();
}

void write_request(const LiveRequest& request, json::Writer& w) {
  w.object().member("request_id", request.request_id).member("client", request.peer);
  if (!request.key.empty()) w.member("key_id", request.key);
  w.member("dialect", request.dialect).member("route", request.route);
  w.member("model", request.model).member("provider", request.provider);
  w.member("stage", request.stage).key("stream").boolean(request.stream);
  w.key("age_ms").unsigned_number(request.age_ms).key("chunks").unsigned_number(request.chunks);
  w.key("generation").unsigned_number(request.generation);
  w.key("worker").unsigned_number(request.worker).end_object();
}

template <class T, class F>
std::string list_json(std::string_view name, const std::vector<T>& items, F&& write) {
  std::string text;
  json::Writer w(text);
  w.object().key(name).array();
  for (const T& item : items) write(item, w);
  w.end_array().end_object();
  return text;
}

}  // namespace

std::string reload_json(const ReloadReport& report) {
  std::string text;
  json::Writer w(text);
  w.object();
  write_report(report, w);
  w.end_object();
  return text;
}

std::string refused_json(const ReloadReport& report) {
  std::string text;
  json::Writer w(text);
  w.object().key("error").object();
  w.member("message", "The configuration was refused; what ran before runs on.");
  w.member("type", "invalid_request_error").key("param").null();
  w.member("code", traits(ErrorCode::GatewayConfig).name).end_object();
  write_report(report, w);
  w.end_object();
  return text;
}

std::string config_json(const config::Config& config, const ReloadReport& last) {
  std::string text;
  json::Writer w(text);
  w.object().member_raw("config", config::redacted_json(config));
  w.member_raw("last_reload", reload_json(last)).end_object();
  return text;
}

std::string plugins_json(const std::vector<PluginState>& plugins) {
  return list_json("plugins", plugins, write_plugin);
}
std::string providers_json(const std::vector<ProviderState>& providers) {
  return list_json("providers", providers, write_provider);
}
std::string requests_json(const std::vector<LiveRequest>& requests) {
  return list_json("requests", requests, write_request);
}

}  // namespace aip::admin
