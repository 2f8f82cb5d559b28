#include "core/config/seed.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>

#include "tests/unit/config/support.h"

using namespace aip::config;
using test::load_text;

namespace {

const Provider* find(const Config& config, std::string_view name) {
  for (const Provider& p : config.providers) {
    if (p.name == name) return &p;
  }
  return nullptr;
}

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

void check_seed_file(const std::string& path) {
  const Loaded loaded = load(path, test::claims(), SystemEnvironment());

  REQUIRE_MESSAGE(loaded.config, test::all_texts(loaded.errors));
  const Config& config = *loaded.config;
  CHECK(config.seed_shape);
  REQUIRE(config.listeners.size() == 1);
  CHECK(config.listeners[0].host == "0.0.0.0");
  CHECK(config.listeners[0].port == 8999);
  CHECK(config.listeners[0].auth == Auth::Open);
  CHECK(config.listeners[0].tls_cert.empty());
  CHECK(config.default_provider == "openai");
  const Provider* openai = find(config, "openai");
  REQUIRE(openai != nullptr);
  REQUIRE(openai->credentials.size() == 3);
  CHECK(openai->credentials[0].kind == "api_key");
  CHECK(openai->credentials[0].id == "10001");
  CHECK(openai->credentials[2].kind == "web_session");
  CHECK(openai->section.find("\"hars_path\":\"/data/hars\"") != std::string::npos);
  CHECK(openai->section.find("\"pic_save_path\":\"/data/pics/\"") != std::string::npos);
  CHECK(openai->section.find("solve_api_url") == std::string::npos);
  const Provider* claude = find(config, "claude");
  REQUIRE(claude != nullptr);
  CHECK(claude->section.find("\"api_version\":\"2023-06-01\"") != std::string::npos);
  CHECK(claude->credentials.size() == 2);
  // Open to the network, the solver, and the three sections whose plugins are not in this test.
  CHECK(config.warnings.size() == 5);
}

}  // namespace

TEST_CASE("seed: its own file runs unchanged") {
  std::string shared = variable("AIPROXY_SHARED");
  if (shared.empty()) shared = variable("AIPROXY_SOURCE_DIR") + "/../shared";
  const std::string path = shared + "/seed/c.yaml";
  if (!std::ifstream(path).good()) {
    MESSAGE("skipped: no seed file at AIPROXY_SHARED/seed/c.yaml");
    return;
  }
  check_seed_file(path);
}

TEST_CASE("seed: the file of its keys in etc/ runs") {
  check_seed_file(variable("AIPROXY_SOURCE_DIR") + "/etc/seed.yaml");
}

TEST_CASE("seed: ports, TLS and the proxy of all") {
  test::World world;
  world.files = {{"/d/my.pem", "-----BEGIN CERTIFICATE-----"},
                 {"/d/my.key", "-----BEGIN RSA PRIVATE KEY-----"}};
  const Loaded loaded = load_text(
      "port: 127.0.0.1:8084\nproxy_url: http://127.0.0.1:1081\n"
      "https_info: {enable: true, pem_file: /d/my.pem, key_file: /d/my.key}\n"
      "claude: {proxy_url: socks5://127.0.0.1:9}\n",
      world);

  REQUIRE_MESSAGE(loaded.config, test::all_texts(loaded.errors));
  CHECK(loaded.config->listeners[0].host == "127.0.0.1");
  CHECK(loaded.config->listeners[0].port == 8084);
  CHECK(loaded.config->listeners[0].tls_cert == "/d/my.pem");
  CHECK(find(*loaded.config, "openai")->proxy_url == "http://127.0.0.1:1081");
  CHECK(find(*loaded.config, "claude")->proxy_url == "socks5://127.0.0.1:9");
  CHECK(loaded.config->warnings.empty());  // loopback
}

TEST_CASE("seed: a bare number is a port, and none is 8999") {
  CHECK(load_text("port: 8084\n").config->listeners[0].port == 8084);
  CHECK(load_text("openai:\n").config->listeners[0].port == 8999);
  CHECK(load_text("port:\nbing:\n").config->listeners[0].host == "0.0.0.0");
}

TEST_CASE("seed: it starts open as the seed does, with a loud warning") {
  const Loaded loaded = load_text("port: :8999\nopenai: {api_keys: [{id: 1, val: x}]}\n");

  REQUIRE(loaded.config);
  CHECK(loaded.config->listeners[0].hosts == std::vector<std::string>{"*"});
  REQUIRE(loaded.config->warnings.size() == 1);
  CHECK(loaded.config->warnings[0] ==
        "aiproxy.yaml:1:7: port: OPEN TO THE NETWORK: everyone who reaches this port uses the "
        "configured credentials; the native shape has `auth: keys`");
}

TEST_CASE(
    "seed: unknown keys in its sections are ignored with a warning, as the seed ignores them") {
  const Loaded loaded = load_text("port: localhost:1\nopenai: {colour: red}\n");

  REQUIRE(loaded.config);
  CHECK(loaded.config->warnings ==
        std::vector<std::string>{"aiproxy.yaml:2:10: openai.colour: unknown key, ignored"});
}

TEST_CASE("seed: wrong values are errors that read as the file does") {
  const std::pair<const char*, const char*> cases[] = {
      {"port: nowhere\n",
       "aiproxy.yaml:1:7: port: an address is \"HOST:PORT\", \"[IPv6]:PORT\" or "
       "\":PORT\"; got \"nowhere\"\n"},
      {"port: :1\nopenai:\n  api_keys: x\n",
       "aiproxy.yaml:3:13: openai.api_keys: expected a list, got a text\n"},
      {"port: :1\narkose: {pic_save_path: [x]}\n",
       "aiproxy.yaml:2:25: arkose.pic_save_path: expected text, got a list\n"},
      {"https_info: {enable: maybe}\n",
       "aiproxy.yaml:1:22: https_info.enable: expected true or false\n"},
      {"https_info: {enable: true, pem_file: /x}\n",
       "aiproxy.yaml:1:1: https_info: the key \"key\" is missing\n"},
      {"https_info: yes\n", "aiproxy.yaml:1:1: https_info: expected a mapping\n"},
      {"port: :1\nproviders: {}\n",
       "aiproxy.yaml:2:1: providers: unknown key in a file of the seed's shape (it has `port`); "
       "the "
       "native shape has `listen` and `providers` instead\n"},
      {"openai: [x]\n", "aiproxy.yaml:1:9: openai: expected a mapping, got a list\n"},
  };
  for (const auto& [text, errors] : cases) CHECK(test::errors_of(text) == errors);
}

TEST_CASE("seed: hars_path alone makes its plugin's section") {
  const Loaded loaded = load_text("hars_path: hars\n");

  REQUIRE(loaded.config);
  CHECK(find(*loaded.config, "openai")->section == R"({"hars_path":"hars"})");
}
