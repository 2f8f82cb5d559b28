#include "core/main/changes.h"

#include <doctest/doctest.h>

using namespace aip;
using namespace aip::main;

namespace {

struct Side {
  config::Config config;
  std::vector<PluginChoice> plugins;
  std::map<std::string, Seen::File> files;
};

config::Provider provider(const std::string& name, const std::string& secret) {
  config::Provider out;
  out.name = name;
  out.plugin = "openai";
  out.section = R"({"base_url":"http://h"})";
  out.credentials.push_back({"api_key", "a", config::Secret(secret), "{}"});
  return out;
}

PluginChoice plugin_of(const std::string& version) {
  PluginChoice out;
  out.file.name = "mock";
  out.file.version = version;
  out.file.sha256 = "hash of " + version;
  return out;
}

config::Listener listener(const std::string& host, std::uint16_t port) {
  config::Listener out;
  out.host = host;
  out.port = port;
  return out;
}

std::vector<std::string> told(const Side& before, const Side& after) {
  return changes_between({before.config, before.plugins, before.files},
                         {after.config, after.plugins, after.files});
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("changes: the same twice is no change") {
  Side side;
  side.config.providers = {provider("a", "s")};
  side.config.listeners = {listener("::1", 1)};
  side.plugins = {plugin_of("1.0")};
  CHECK(told(side, side) == Lines{});
}

TEST_CASE("changes: what was added, removed and changed is named by its kind") {
  Side before, after;
  before.config.providers = {provider("gone", "s"), provider("stays", "s")};
  after.config.providers = {provider("stays", "s"), provider("deepseek", "s")};
  after.config.providers[0].timeouts.idle_ms = 7;
  before.config.keys = {{"team-a", "h", {}, {}}};
  before.config.listeners = {listener("127.0.0.1", 8999)};
  after.config.listeners = {listener("127.0.0.1", 8999), listener("::1", 9000)};
  before.plugins = {plugin_of("1.0")};
  after.plugins = {plugin_of("1.1")};
  after.config.limits.body_bytes = 5;
  after.config.workers = 4;
  CHECK(told(before, after) ==
        Lines{"plugin mock: replaced (version 1.0 -> 1.1)", "listen [::1]:9000: added",
              "provider stays: changed", "provider deepseek: added", "provider gone: removed",
              "key team-a: removed", "workers: auto -> 4", "limits: changed"});
}

TEST_CASE("changes: a secret that changed is told and not shown") {
  Side before, after;
  before.config.providers = {provider("openai", "sk-old-secret")};
  after.config.providers = {provider("openai", "sk-new-secret")};
  CHECK(told(before, after) == Lines{"provider openai: credentials changed"});
}

TEST_CASE("changes: a certificate that was replaced under its name is told") {
  Side before, after;
  before.config.listeners = {listener("h", 1)};
  before.config.listeners[0].tls_cert = "my.pem";
  before.config.listeners[0].tls_key = "my.key";
  after.config = before.config;
  before.files["my.pem"] = {"one", 1};
  after.files["my.pem"] = {"two", 1};
  CHECK(told(before, after) == Lines{"listen h:1: certificate replaced"});
}

TEST_CASE("changes: what needs a restart says so") {
  Side before, after;
  after.config.admin_port = 1;
  after.config.admin_token = config::Secret("secret");
  after.config.state_dir = "elsewhere";
  CHECK(told(before, after) == Lines{"needs a restart: admin.address",
                                     "needs a restart: admin.token", "needs a restart: state_dir"});
}

TEST_CASE("changes: rules in another order are told, because the first match wins") {
  Side before, after;
  before.config.models.resize(2);
  before.config.models[0].match = "a";
  before.config.models[1].match = "b";
  after.config.models = {before.config.models[1], before.config.models[0]};
  CHECK(told(before, after) == Lines{"model rules: another order"});
}
