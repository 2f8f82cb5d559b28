// config.h - the configuration as an immutable value, whichever shape it was written in.
//
// Made by load.h, shared by all workers as shared_ptr<const Config>, never changed.
// Secrets are of type Secret, which no printer shows.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/limits.h"

namespace aip::config {

// A secret string: it is compared and sent, never printed. reveal() is searched for in review.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  [[nodiscard]] const std::string& reveal() const noexcept { return value_; }
  [[nodiscard]] bool empty() const noexcept { return value_.empty(); }
  friend bool operator==(const Secret&, const Secret&) = default;

 private:
  std::string value_;
};

struct Credential {
  std::string kind;  // "api_key", "web_session": the manifest names them
  std::string id;
  Secret secret;
  std::string extra;  // the entry as a JSON object without its secrets
  friend bool operator==(const Credential&, const Credential&) = default;
};

struct Timeouts {
  std::uint32_t connect_ms = 3'000;
  std::uint32_t tls_ms = 5'000;
  std::uint32_t first_byte_ms = 60'000;
  std::uint32_t idle_ms = 120'000;
  std::uint32_t total_ms = 1'800'000;
  friend bool operator==(const Timeouts&, const Timeouts&) = default;
};

struct Retry {
  std::uint32_t attempts = 1;
  bool on_connect = true, on_timeout = false, on_429 = false, on_5xx = false, on_529 = false;
  std::uint32_t backoff_ms = 200;
  friend bool operator==(const Retry&, const Retry&) = default;
};

enum class ClientCredentials : std::uint8_t { Pass, Ignore };

struct Provider {
  std::string name;
  std::string plugin;
  std::string
      section;  // the section as JSON for the plugin's create(): credentials' secrets left out
  std::vector<Credential> credentials;
  std::string base_url;  // empty: the plugin's own
  bool routes = false;   // routes: true
  ClientCredentials client_credentials = ClientCredentials::Pass;
  bool drop_unsupported = false;
  bool tls_verify = true;
  std::string ca_file;
  std::string proxy_url;
  Timeouts timeouts;
  std::vector<std::string> allowed_hosts;  // `hosts`, and those of the section's URLs
  bool automatic = false;  // not written anywhere: its plugin accepts an empty section
  friend bool operator==(const Provider&, const Provider&) = default;
};

enum class Policy : std::uint8_t { Weighted, Order, RoundRobin };

struct Target {
  std::string provider;
  std::string model;  // empty: as asked
  std::uint32_t weight = 1;
  bool drop_unsupported = false;
  friend bool operator==(const Target&, const Target&) = default;
};

struct ModelRule {
  std::string match;  // exact or glob
  std::vector<Target> targets;
  Policy policy = Policy::Order;
  Retry retry;
  std::optional<Timeouts> timeouts;
  friend bool operator==(const ModelRule&, const ModelRule&) = default;
};

enum class Auth : std::uint8_t { Keys, Open };

struct Listener {
  std::string host;
  std::uint16_t port = 8999;
  Auth auth = Auth::Open;
  bool auth_written = false;
  std::string tls_cert, tls_key;  // files; empty: plain
  std::vector<std::string> cors_origins;
  std::vector<std::string>
      hosts;  // globs of Host names on an open listener, besides loopback names and addresses
  friend bool operator==(const Listener&, const Listener&) = default;
};

struct Key {
  std::string id;
  std::string sha256;                // lower-case hex of the virtual key
  std::vector<std::string> models;   // globs; empty: all
  std::vector<std::string> forward;  // "POST /v1/images/*"
  friend bool operator==(const Key&, const Key&) = default;
};

struct Limits {
  std::size_t head_bytes = limits::kHeadBytesMax;
  std::size_t header_fields = limits::kHeaderFieldsMax;
  std::size_t url_bytes = limits::kUrlBytesMax;
  std::size_t body_bytes = limits::kBodyBytesMax;
  std::size_t json_depth = limits::kJsonDepthMax;
  std::size_t event_bytes = limits::kEventBytesMax;
  std::size_t upstream_head_bytes = limits::kUpstreamHeadBytesMax;
  std::uint32_t connections = limits::kConnectionsPerListenerMax;
  std::uint32_t head_deadline_ms = limits::kHeadDeadlineMs;
  std::uint32_t body_idle_ms = limits::kBodyIdleMs;
  std::uint32_t keep_alive_idle_ms = limits::kKeepAliveIdleMs;
  std::uint32_t upstream_idle_ms = limits::kUpstreamIdleMs;
  std::uint32_t commit_after_ms = limits::kCommitAfterMs;
  std::uint32_t heartbeat_ms = limits::kHeartbeatMs;
  std::uint32_t drain_timeout_ms = 30'000;
  friend bool operator==(const Limits&, const Limits&) = default;
};

struct Config {
  std::string file;  // as it was named; empty: the built-in default
  std::vector<Listener> listeners;
  std::string admin_host = "127.0.0.1";
  std::uint16_t admin_port = 9901;
  bool admin_enabled = true;
  Secret admin_token;                    // empty: /metrics asks for none
  std::vector<std::string> plugin_dirs;  // empty: beside the program
  std::string state_dir;                 // empty: the program's choice
  std::uint32_t workers = 0;             // 0: auto
  std::string log_level = "info";
  std::string access_log = "stdout";  // "stdout", "stderr", "off" or a file
  std::vector<Provider> providers;
  std::vector<ModelRule> models;
  std::vector<Key> keys;
  std::string default_provider;
  Limits limits;
  std::map<std::string, std::string> capabilities;  // model glob -> JSON object, most specific last
  bool seed_shape = false;
  std::vector<std::string> warnings;  // to be logged once at load
};

// What the configuration needs to know of a plugin: its manifest (see docs/manifest.md).
struct PluginClaims {
  std::string name, version, file;
  std::string manifest;  // the JSON text
};

}  // namespace aip::config
