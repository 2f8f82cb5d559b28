#include "core/config/load.h"

#include <doctest/doctest.h>

#include "core/base/json.h"
#include "tests/unit/config/support.h"

using namespace aip::config;
using test::load_text;

namespace {

// SPEC 3's own example, without what this version does not have.
constexpr const char* kWhole = R"yaml(
listen:
  - address: 0.0.0.0:8999
    auth: keys
    tls: {cert: ssl/my.pem, key: ssl/my.key}
    cors: {origins: ["https://app.example"]}
  - {address: "[::1]:0", auth: open, hosts: [gateway.lan]}
admin: {address: 127.0.0.1:9902, token: "${ADMIN_TOKEN}"}
plugin_dir: [plugins, /opt/plugins]
state_dir: state
workers: 3
log_level: debug
access_log: logs/access.json
proxy_url: socks5h://127.0.0.1:1080
providers:
  openai:   {api_keys: [{id: 10001, val: ${OPENAI_API_KEY}}]}
  deepseek:
    plugin: openai
    base_url: https://api.deepseek.com/
    api_keys: [{id: ds, val: ${file:/run/secrets/ds}, org: o1}, {val: second-key}]
    client_credentials: ignore
    drop_unsupported: true
    tls: {verify: false}
    proxy_url: http://other:3128
    timeout_ms: {connect: 1, idle: 7}
    hosts: ["*.deepseek.com"]
    retries: 2
models:
  - match: fast
    targets:
      - {provider: deepseek, model: deepseek-chat, weight: 3}
      - {provider: openai, model: gpt-4o-mini, drop_unsupported: true}
    policy: weighted
    retry: {attempts: 3, on: [connect, timeout, "429", 5xx, 529], backoff_ms: 50}
    timeout_ms: {connect: 3000, total: 9}
  - {match: "gpt-*", targets: [{provider: openai}], policy: round_robin, retry: {on: [timeout]}}
keys:
  - {id: team-a, sha256: "AB12000000000000000000000000000000000000000000000000000000000000", models: [fast, "gpt-*"], forward: ["POST /v1/images/*"]}
default_provider: deepseek
capabilities: {"gpt-*": {vision: true, context: 128000}}
limits: {body_bytes: 2048, json_depth: 8, drain_timeout_ms: 5}
)yaml";

test::World whole_world() {
  test::World world;
  world.variables = {{"OPENAI_API_KEY", "sk-from-env"}, {"ADMIN_TOKEN", "a-long-admin-token"}};
  world.files = {{"/run/secrets/ds", "sk-from-file\n"},
                 {"/etc/aiproxy/ssl/my.pem", "-----BEGIN CERTIFICATE-----\n"},
                 {"/etc/aiproxy/ssl/my.key", "-----BEGIN PRIVATE KEY-----\n"},
                 {"/etc/aiproxy/a.yaml", kWhole}};
  return world;
}

std::shared_ptr<const Config> load_whole() {
  const Loaded loaded = load("/etc/aiproxy/a.yaml", test::claims(), whole_world());
  REQUIRE_MESSAGE(loaded.config, test::all_texts(loaded.errors));
  return loaded.config;
}

const Provider& provider(const Config& config, std::string_view name) {
  for (const Provider& p : config.providers) {
    if (p.name == name) return p;
  }
  FAIL("no provider " << name);
  return config.providers.front();
}

}  // namespace

TEST_CASE("load: listeners, admin and what the program itself needs") {
  const auto config = load_whole();

  REQUIRE(config->listeners.size() == 2);
  const Listener& first = config->listeners[0];
  CHECK(first.host == "0.0.0.0");
  CHECK(first.port == 8999);
  CHECK(first.auth == Auth::Keys);
  CHECK(first.tls_cert == "/etc/aiproxy/ssl/my.pem");
  CHECK(first.tls_key == "/etc/aiproxy/ssl/my.key");
  CHECK(first.cors_origins == std::vector<std::string>{"https://app.example"});
  CHECK(config->listeners[1].host == "::1");
  CHECK(config->listeners[1].port == 0);
  CHECK(config->listeners[1].auth == Auth::Open);
  CHECK(config->listeners[1].hosts == std::vector<std::string>{"gateway.lan"});
  CHECK(config->admin_port == 9902);
  CHECK(config->admin_token.reveal() == "a-long-admin-token");
  CHECK(config->plugin_dirs == std::vector<std::string>{"/etc/aiproxy/plugins", "/opt/plugins"});
  CHECK(config->state_dir == "/etc/aiproxy/state");
  CHECK(config->workers == 3);
  CHECK(config->log_level == "debug");
  CHECK(config->access_log == "/etc/aiproxy/logs/access.json");
  CHECK(config->default_provider == "deepseek");
  CHECK(config->capabilities.at("gpt-*") == R"({"vision":true,"context":128000})");
  CHECK(config->limits.body_bytes == 2048);
  CHECK(config->limits.json_depth == 8);
  CHECK(config->limits.drain_timeout_ms == 5);
  CHECK(config->limits.head_bytes == aip::limits::kHeadBytesMax);
  CHECK_FALSE(config->seed_shape);
  CHECK(config->file == "/etc/aiproxy/a.yaml");
}

TEST_CASE("load: a provider with every key of the core") {
  const auto config = load_whole();
  const Provider& p = provider(*config, "deepseek");

  CHECK(p.plugin == "openai");
  CHECK(p.base_url == "https://api.deepseek.com");
  CHECK(p.client_credentials == ClientCredentials::Ignore);
  CHECK(p.drop_unsupported);
  CHECK_FALSE(p.tls_verify);
  CHECK(p.proxy_url == "http://other:3128");
  CHECK(p.timeouts.connect_ms == 1);
  CHECK(p.timeouts.idle_ms == 7);
  CHECK(p.timeouts.total_ms == 1'800'000);
  CHECK(p.allowed_hosts == std::vector<std::string>{"*.deepseek.com", "api.deepseek.com"});
  CHECK_FALSE(p.automatic);
  CHECK(provider(*config, "openai").proxy_url == "socks5h://127.0.0.1:1080");
  CHECK(provider(*config, "mock").automatic);
}

TEST_CASE("load: credentials hold the secrets, and the plugin's section holds none") {
  const auto config = load_whole();
  const Provider& p = provider(*config, "deepseek");

  REQUIRE(p.credentials.size() == 2);
  CHECK(p.credentials[0].kind == "api_key");
  CHECK(p.credentials[0].id == "ds");
  CHECK(p.credentials[0].secret.reveal() == "sk-from-file");
  CHECK(p.credentials[0].extra == R"({"id":"ds","org":"o1"})");
  CHECK(p.credentials[1].id == "2");
  CHECK(p.credentials[1].secret.reveal() == "second-key");
  CHECK(
      p.section ==
      R"({"base_url":"https://api.deepseek.com/","api_keys":[{"id":"ds","org":"o1"},{}],"retries":2})");
  CHECK(provider(*config, "openai").credentials[0].id == "10001");
  CHECK(provider(*config, "openai").credentials[0].secret.reveal() == "sk-from-env");
}

TEST_CASE("load: model rules and keys") {
  const auto config = load_whole();

  REQUIRE(config->models.size() == 2);
  const ModelRule& fast = config->models[0];
  CHECK(fast.match == "fast");
  CHECK(fast.policy == Policy::Weighted);
  REQUIRE(fast.targets.size() == 2);
  CHECK(fast.targets[0].provider == "deepseek");
  CHECK(fast.targets[0].model == "deepseek-chat");
  CHECK(fast.targets[0].weight == 3);
  CHECK(fast.targets[1].weight == 1);
  CHECK(fast.targets[1].drop_unsupported);
  CHECK(fast.retry.attempts == 3);
  CHECK(fast.retry.backoff_ms == 50);
  CHECK(fast.retry.on_5xx);
  REQUIRE(fast.timeouts);
  CHECK(fast.timeouts->total_ms == 9);
  CHECK(fast.timeouts->tls_ms == 5000);
  CHECK(config->models[1].policy == Policy::RoundRobin);
  CHECK(config->models[1].retry.on_timeout);
  CHECK_FALSE(config->models[1].retry.on_connect);
  CHECK_FALSE(config->models[1].timeouts);
  REQUIRE(config->keys.size() == 1);
  CHECK(config->keys[0].sha256.substr(0, 4) == "ab12");
  CHECK(config->keys[0].forward == std::vector<std::string>{"POST /v1/images/*"});
}

TEST_CASE("load: an almost empty file has the defaults") {
  const Loaded loaded = load_text("log_level: warn\n");

  REQUIRE(loaded.config);
  REQUIRE(loaded.config->listeners.size() == 1);
  CHECK(loaded.config->listeners[0].host == "127.0.0.1");
  CHECK(loaded.config->listeners[0].port == 8999);
  CHECK(loaded.config->default_provider == "openai");
  CHECK(loaded.config->state_dir == "data");
  CHECK(loaded.config->providers.size() == 3);  // each plugin accepts an empty section
}

TEST_CASE("load: a plugin that needs configuration gets no provider by itself") {
  const std::vector<PluginClaims> needy{
      {"n", "1", "n.so",
       R"({"name":"n","schema":{"type":"object","required":["k"],"properties":{"k":{"type":"string"}}}})"}};
  test::World world;
  world.files["f"] = "log_level: info\n";

  const Loaded loaded = load("f", needy, world);

  REQUIRE(loaded.config);
  CHECK(loaded.config->providers.empty());
}

TEST_CASE("load: without a file and without keys, the mock answers on loopback") {
  const Loaded loaded = load("", test::claims(), test::World());

  REQUIRE(loaded.config);
  CHECK(loaded.config->default_provider == "mock");
  CHECK(loaded.config->listeners.size() == 1);
  CHECK(loaded.config->listeners[0].host == "127.0.0.1");
  CHECK(loaded.config->file.empty());
  CHECK(loaded.config->warnings.empty());
}

TEST_CASE("load: without a file, keys in the environment configure their providers") {
  test::World world;
  world.variables = {{"OPENAI_API_KEY", "007"},
                     {"OPENAI_BASE_URL", "http://127.0.0.1:9/v1"},
                     {"ANTHROPIC_API_KEY", ""}};

  const Loaded loaded = load("", test::claims(), world);

  REQUIRE_MESSAGE(loaded.config, test::all_texts(loaded.errors));
  const Provider& openai = provider(*loaded.config, "openai");
  REQUIRE(openai.credentials.size() == 1);
  CHECK(openai.credentials[0].id == "environment");
  CHECK(openai.credentials[0].secret.reveal() == "007");
  CHECK(openai.base_url == "http://127.0.0.1:9/v1");
  CHECK_FALSE(openai.automatic);
  CHECK(loaded.config->default_provider == "openai");
  CHECK(provider(*loaded.config, "claude").automatic);
}

TEST_CASE("load: without a file, one key of another provider makes that one the default") {
  test::World world;
  world.variables = {{"ANTHROPIC_API_KEY", "sk-ant-x"}};

  const Loaded loaded = load("", test::claims(), world);

  REQUIRE(loaded.config);
  CHECK(loaded.config->default_provider == "claude");
}

TEST_CASE("load: a bad address in the environment is an error that names it") {
  test::World world;
  world.variables = {{"OPENAI_BASE_URL", "ftp://x"}};

  CHECK(test::all_texts(load("", test::claims(), world).errors) ==
        "the environment: openai.base_url: a URL must begin with http:// or https://; got "
        "\"ftp://x\"\n");
}

TEST_CASE("load: the command line goes over the file") {
  Overrides over;
  over.listen = "127.0.0.1:1";
  over.workers = 2;
  over.log_level = "error";
  over.plugin_dirs = {"x"};

  const Loaded loaded = load_text(
      "listen: [{address: ':5', auth: keys}, {address: ':6', auth: keys}]\nworkers: 9\n", {}, over);

  REQUIRE_MESSAGE(loaded.config, test::all_texts(loaded.errors));
  REQUIRE(loaded.config->listeners.size() == 1);
  CHECK(loaded.config->listeners[0].port == 1);
  CHECK(loaded.config->listeners[0].auth == Auth::Keys);
  CHECK(loaded.config->workers == 2);
  CHECK(loaded.config->log_level == "error");
  CHECK(loaded.config->plugin_dirs == std::vector<std::string>{"x"});
}

TEST_CASE("load: --listen cannot open a door that the file may not") {
  test::World world;
  world.variables = {{"OPENAI_API_KEY", "sk-x"}};
  Overrides over;
  over.listen = "0.0.0.0:1";

  const Loaded loaded = load("", test::claims(), world, over);

  CHECK_FALSE(loaded.config);
  REQUIRE(loaded.errors.size() == 1);
  CHECK(loaded.errors[0].path == "listen[0].address");
}

TEST_CASE("load: plugin folders are known before the plugins are") {
  test::World world;
  world.files = {{"/e/a", "plugin_dir: p\nproviders: {nobody: {}}\n"},
                 {"/e/b", "plugin_dir: [p, /q, \"${D}\"]\n"},
                 {"/e/c", "plugin_dir: {a: b}\n"},
                 {"/e/d", "- broken: ["}};
  world.variables["D"] = "r";

  CHECK(plugin_dirs("/e/a", world) == std::vector<std::string>{"/e/p"});
  CHECK(plugin_dirs("/e/b", world) == std::vector<std::string>{"/e/p", "/q", "/e/r"});
  CHECK(plugin_dirs("/e/c", world).empty());
  CHECK(plugin_dirs("/e/d", world).empty());
  CHECK(plugin_dirs("/e/none", world).empty());
  CHECK(plugin_dirs("", world).empty());
}

TEST_CASE("load: a broken or doubled manifest is left out with a warning") {
  std::vector<PluginClaims> claims = test::claims();
  claims.push_back({"x", "1", "x.so", "{not json"});
  claims.push_back({"mock", "2", "other/mock.so", std::string(test::kMockManifest)});

  const Loaded loaded = load("", claims, test::World());

  REQUIRE(loaded.config);
  REQUIRE(loaded.config->warnings.size() == 2);
  CHECK(loaded.config->warnings[0].rfind("x.so: left out: manifest: ", 0) == 0);
  CHECK(loaded.config->warnings[1] == "other/mock.so: left out: another plugin is named \"mock\"");
}

TEST_CASE("load: the configuration in force can be shown as JSON without a secret") {
  const std::string shown = redacted_json(*load_whole());

  CHECK(aip::json::check(shown).ok());
  for (const char* secret :
       {"sk-from-env", "sk-from-file", "second-key", "a-long-admin-token", "ab1200000"}) {
    CHECK(shown.find(secret) == std::string::npos);
  }
  CHECK(shown.find("\"id\":\"10001\"") != std::string::npos);
  CHECK(shown.find("other:3128") != std::string::npos);  // a proxy without a user
}

TEST_CASE("load: errors can be had as JSON") {
  CHECK(
      errors_json(load_text("workerz: 1\n").errors) ==
      R"([{"file":"aiproxy.yaml","line":1,"column":1,"path":"workerz","text":"unknown key; did you mean \"workers\"?"}])");
  CHECK(errors_json({}) == "[]");
}

TEST_CASE("load: the schema is JSON and knows the plugins' keys") {
  const std::string schema = schema_json(std::span<const PluginClaims>(test::claims()));

  CHECK(aip::json::check(schema).ok());
  CHECK(aip::json::Value(
            schema)["properties"]["providers"]["properties"]["openai"]["properties"]["api_keys"]
            .is_object());
}
