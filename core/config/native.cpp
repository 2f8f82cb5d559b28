#include "core/config/native.h"

#include <algorithm>

#include "core/base/ascii.h"
#include "core/config/environment.h"
#include "core/config/formats.h"

namespace aip::config {
namespace {

// Absent members leave the default. The values' types and ranges were judged.
void read(json::Value value, std::string& out) {
  if (value.is_string()) out = value.str();
}
void read(json::Value value, bool& out) {
  if (value.is_bool()) out = value.is_true();
}
void read(json::Value value, std::uint32_t& out) {
  if (const auto n = value.integer()) out = static_cast<std::uint32_t>(*n);
}
void read(json::Value value, std::size_t& out) {
  if (const auto n = value.integer()) out = static_cast<std::size_t>(*n);
}
void read(json::Value value, std::vector<std::string>& out) {
  if (value.is_string()) out = {value.str()};
  if (!value.is_array()) return;
  out.clear();
  for (const json::Value item : value.items()) out.push_back(item.str());
}

Listener read_listener(json::Value value) {
  Listener out;
  if (const auto address = parse_address(value["address"].str())) {
    out.host = address->host;
    out.port = address->port;
  }
  out.auth_written = value["auth"].is_string();
  out.auth = value["auth"].equals("keys") ? Auth::Keys : Auth::Open;
  read(value["tls"]["cert"], out.tls_cert);
  read(value["tls"]["key"], out.tls_key);
  read(value["cors"]["origins"], out.cors_origins);
  read(value["hosts"], out.hosts);
  return out;
}

Retry read_retry(json::Value value) {
  Retry out;
  read(value["attempts"], out.attempts);
  read(value["backoff_ms"], out.backoff_ms);
  const json::Value on = value["on"];
  if (!on) return out;
  out.on_connect = out.on_timeout = out.on_429 = out.on_5xx = out.on_529 = false;
  for (const json::Value word : on.items()) {
    if (word.equals("connect")) out.on_connect = true;
    if (word.equals("timeout")) out.on_timeout = true;
    if (word.equals("429")) out.on_429 = true;
    if (word.equals("5xx")) out.on_5xx = true;
    if (word.equals("529")) out.on_529 = true;
  }
  return out;
}

ModelRule read_rule(json::Value value) {
  ModelRule out;
  read(value["match"], out.match);
  for (const json::Value item : value["targets"].items()) {
    Target target;
    read(item["provider"], target.provider);
    read(item["model"], target.model);
    read(item["weight"], target.weight);
    read(item["drop_unsupported"], target.drop_unsupported);
    out.targets.push_back(std::move(target));
  }
  const json::Value policy = value["policy"];
  if (policy.equals("weighted")) out.policy = Policy::Weighted;
  if (policy.equals("round_robin")) out.policy = Policy::RoundRobin;
  if (value["retry"]) out.retry = read_retry(value["retry"]);
  if (value["timeout_ms"]) out.timeouts = read_timeouts(value["timeout_ms"], Timeouts());
  return out;
}

Key read_key(json::Value value) {
  Key out;
  read(value["id"], out.id);
  read(value["sha256"], out.sha256);
  out.sha256 = lower(out.sha256);
  read(value["models"], out.models);
  read(value["forward"], out.forward);
  return out;
}

void read_limits(json::Value value, Limits& out) {
  read(value["head_bytes"], out.head_bytes);
  read(value["header_fields"], out.header_fields);
  read(value["url_bytes"], out.url_bytes);
  read(value["body_bytes"], out.body_bytes);
  read(value["json_depth"], out.json_depth);
  read(value["event_bytes"], out.event_bytes);
  read(value["upstream_head_bytes"], out.upstream_head_bytes);
  read(value["connections"], out.connections);
  read(value["head_deadline_ms"], out.head_deadline_ms);
  read(value["body_idle_ms"], out.body_idle_ms);
  read(value["keep_alive_idle_ms"], out.keep_alive_idle_ms);
  read(value["upstream_idle_ms"], out.upstream_idle_ms);
  read(value["commit_after_ms"], out.commit_after_ms);
  read(value["heartbeat_ms"], out.heartbeat_ms);
  read(value["drain_timeout_ms"], out.drain_timeout_ms);
}

void read_admin(json::Value value, Config& out) {
  read(value["enabled"], out.admin_enabled);
  if (const auto address = parse_address(value["address"].str())) {
    out.admin_host = address->host;
    out.admin_port = address->port;
  }
  if (value["token"].is_string()) out.admin_token = Secret(value["token"].str());
}

}  // namespace

Timeouts read_timeouts(json::Value object, Timeouts base) {
  read(object["connect"], base.connect_ms);
  read(object["tls"], base.tls_ms);
  read(object["first_byte"], base.first_byte_ms);
  read(object["idle"], base.idle_ms);
  read(object["total"], base.total_ms);
  return base;
}

void read_native(json::Value root, const std::string& folder, Config& out) {
  for (const json::Value item : root["listen"].items()) {
    out.listeners.push_back(read_listener(item));
  }
  read_admin(root["admin"], out);
  read(root["plugin_dir"], out.plugin_dirs);
  read(root["state_dir"], out.state_dir);
  read(root["workers"], out.workers);
  read(root["log_level"], out.log_level);
  read(root["access_log"], out.access_log);
  if (out.access_log != "stdout" && out.access_log != "stderr" && out.access_log != "off") {
    out.access_log = resolve_path(out.access_log, folder);
  }
  for (const json::Value item : root["models"].items()) out.models.push_back(read_rule(item));
  for (const json::Value item : root["keys"].items()) out.keys.push_back(read_key(item));
  read(root["default_provider"], out.default_provider);
  for (const auto& member : root["capabilities"].members()) {
    out.capabilities[member.key()] = std::string(member.value().raw());
  }
  read_limits(root["limits"], out.limits);
}

}  // namespace aip::config
