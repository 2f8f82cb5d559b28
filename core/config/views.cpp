#include "core/base/json.h"
#include "core/config/load.h"

namespace aip::config {
namespace {

// Stands where a secret is.
constexpr std::string_view kHidden = "•••";

void write_texts(const std::vector<std::string>& texts, json::Writer& out) {
  out.array();
  for (const std::string& text : texts) out.string(text);
  out.end_array();
}

void write_timeouts(const Timeouts& timeouts, json::Writer& out) {
  out.object();
  out.key("connect").unsigned_number(timeouts.connect_ms);
  out.key("tls").unsigned_number(timeouts.tls_ms);
  out.key("first_byte").unsigned_number(timeouts.first_byte_ms);
  out.key("idle").unsigned_number(timeouts.idle_ms);
  out.key("total").unsigned_number(timeouts.total_ms);
  out.end_object();
}

void write_listener(const Listener& listener, json::Writer& out) {
  const bool ipv6 = listener.host.find(':') != std::string::npos;
  out.object();
  out.member("address", (ipv6 ? "[" + listener.host + "]" : listener.host) + ":" +
                            std::to_string(listener.port));
  out.member("auth", listener.auth == Auth::Keys ? "keys" : "open");
  out.key("tls").boolean(!listener.tls_cert.empty());
  out.key("cors_origins");
  write_texts(listener.cors_origins, out);
  out.key("hosts");
  write_texts(listener.hosts, out);
  out.end_object();
}

// "http://user:password@host:1" with the user hidden as well.
std::string without_user(const std::string& url) {
  const std::size_t scheme = url.find("://");
  const std::size_t at = url.rfind('@');
  if (scheme == std::string::npos) return url.empty() ? url : std::string(kHidden);
  if (at == std::string::npos || at < scheme) return url;
  return url.substr(0, scheme + 3) + std::string(kHidden) + url.substr(at);
}

// Of a credential only that it is there: its kind and id.
void write_provider(const Provider& provider, json::Writer& out) {
  out.object();
  out.member("name", provider.name).member("plugin", provider.plugin);
  out.member("base_url", provider.base_url);
  out.key("automatic").boolean(provider.automatic);
  out.key("routes").boolean(provider.routes);
  out.member("client_credentials",
             provider.client_credentials == ClientCredentials::Pass ? "pass" : "ignore");
  out.key("drop_unsupported").boolean(provider.drop_unsupported);
  out.key("tls_verify").boolean(provider.tls_verify);
  if (!provider.proxy_url.empty()) out.member("proxy_url", without_user(provider.proxy_url));
  out.key("timeout_ms");
  write_timeouts(provider.timeouts, out);
  out.key("hosts");
  write_texts(provider.allowed_hosts, out);
  out.key("credentials").array();
  for (const Credential& credential : provider.credentials) {
    out.object().member("kind", credential.kind).member("id", credential.id);
    out.member("secret", kHidden).end_object();
  }
  out.end_array();
  out.member_raw("section", provider.section);
  out.end_object();
}

std::string_view name_of(Policy policy) {
  switch (policy) {
    case Policy::Weighted:
      return "weighted";
    case Policy::Order:
      return "order";
    case Policy::RoundRobin:
      return "round_robin";
  }
  return "";
}

void write_rule(const ModelRule& rule, json::Writer& out) {
  out.object().member("match", rule.match).member("policy", name_of(rule.policy));
  out.key("attempts").unsigned_number(rule.retry.attempts);
  out.key("targets").array();
  for (const Target& target : rule.targets) {
    out.object().member("provider", target.provider).member("model", target.model);
    out.key("weight").unsigned_number(target.weight).end_object();
  }
  out.end_array();
  if (rule.timeouts) {
    out.key("timeout_ms");
    write_timeouts(*rule.timeouts, out);
  }
  out.end_object();
}

void write_key(const Key& key, json::Writer& out) {
  out.object().member("id", key.id).key("models");
  write_texts(key.models, out);
  out.key("forward");
  write_texts(key.forward, out);
  out.end_object();
}

void write_limits(const Limits& limits, json::Writer& out) {
  out.object();
  out.key("head_bytes").unsigned_number(limits.head_bytes);
  out.key("header_fields").unsigned_number(limits.header_fields);
  out.key("url_bytes").unsigned_number(limits.url_bytes);
  out.key("body_bytes").unsigned_number(limits.body_bytes);
  out.key("json_depth").unsigned_number(limits.json_depth);
  out.key("event_bytes").unsigned_number(limits.event_bytes);
  out.key("upstream_head_bytes").unsigned_number(limits.upstream_head_bytes);
  out.key("connections").unsigned_number(limits.connections);
  out.key("head_deadline_ms").unsigned_number(limits.head_deadline_ms);
  out.key("body_idle_ms").unsigned_number(limits.body_idle_ms);
  out.key("keep_alive_idle_ms").unsigned_number(limits.keep_alive_idle_ms);
  out.key("upstream_idle_ms").unsigned_number(limits.upstream_idle_ms);
  out.key("commit_after_ms").unsigned_number(limits.commit_after_ms);
  out.key("heartbeat_ms").unsigned_number(limits.heartbeat_ms);
  out.key("drain_timeout_ms").unsigned_number(limits.drain_timeout_ms);
  out.end_object();
}

template <class T, class F>
void write_list(std::string_view name, const std::vector<T>& list, F&& write, json::Writer& out) {
  out.key(name).array();
  for (const T& item : list) write(item, out);
  out.end_array();
}

}  // namespace

std::string errors_json(std::span<const Diagnostic> errors) {
  std::string text;
  json::Writer out(text);
  out.array();
  for (const Diagnostic& error : errors) {
    out.object().member("file", error.file);
    out.key("line").unsigned_number(error.mark.line);
    out.key("column").unsigned_number(error.mark.column);
    out.member("path", error.path).member("text", error.text).end_object();
  }
  out.end_array();
  return text;
}

std::string redacted_json(const Config& config) {
  std::string text;
  json::Writer out(text);
  out.object().member("file", config.file);
  out.member("shape", config.seed_shape ? "seed" : "native");
  write_list("listen", config.listeners, write_listener, out);
  out.key("admin").object().key("enabled").boolean(config.admin_enabled);
  out.member("address", config.admin_host + ":" + std::to_string(config.admin_port));
  if (!config.admin_token.empty()) out.member("token", kHidden);
  out.end_object();
  out.key("plugin_dir");
  write_texts(config.plugin_dirs, out);
  out.member("state_dir", config.state_dir);
  out.key("workers").unsigned_number(config.workers);
  out.member("log_level", config.log_level).member("access_log", config.access_log);
  out.member("default_provider", config.default_provider);
  write_list("providers", config.providers, write_provider, out);
  write_list("models", config.models, write_rule, out);
  write_list("keys", config.keys, write_key, out);
  out.key("capabilities").object();
  for (const auto& [match, entry] : config.capabilities) out.member_raw(match, entry);
  out.end_object();
  out.key("limits");
  write_limits(config.limits, out);
  out.key("warnings");
  write_texts(config.warnings, out);
  out.end_object();
  return text;
}

}  // namespace aip::config
