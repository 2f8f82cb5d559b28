// What /admin/config shows of a file in which every secret is a canary.
#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <regex>

#include "core/admin/answers.h"
#include "tests/unit/config/support.h"

using namespace aip;

namespace {

std::string source_file(const std::string& name) {
  const char* root = std::getenv("AIPROXY_SOURCE_DIR");
  REQUIRE_MESSAGE(root != nullptr, "AIPROXY_SOURCE_DIR must name the source folder");
  const auto text = config::SystemEnvironment().read_file(std::string(root) + "/" + name, 1 << 20);
  REQUIRE_MESSAGE(text.ok(), name);
  return *text;
}

std::string canary(int number) {
  char text[40];
  std::snprintf(text, sizeof text, "%04dQzXcanaryKwVjRbTnLmPsDfGhYu", number);
  return text;
}

struct Salted {
  std::string text;
  int canaries = 0;
};

// The value of every key whose value is a secret becomes a canary, as does a proxy's password.
// What stands behind a "#" counts as well.
Salted salt(std::string text) {
  for (const char* key : {"tls", "token", "proxy_url", "ca_file", "auth_proxy_url"}) {
    text = std::regex_replace(text, std::regex(std::string("# (") + key + ":)"), "$1");
  }
  Salted out;
  const std::regex secret(
      R"(((?:val|token|access_token|chat_bot_token):\s+|auth: \[)("[^"]*"|[^\s,}\]]+))"
      R"(|(proxy_url:\s+\w+://)(?=\w))");
  std::string rest = text;
  std::smatch at;
  while (std::regex_search(rest, at, secret)) {
    const std::string fresh = canary(out.canaries++);
    out.text += at.prefix().str();
    out.text += at[3].matched ? at[3].str() + "user:" + fresh + "@" : at[1].str() + fresh;
    rest = at.suffix().str();
  }
  out.text += rest;
  return out;
}

std::string shown(const std::string& text) {
  config::test::World world;
  world.files = {{"f.yaml", text},
                 {"ssl/my.pem", "-----BEGIN CERTIFICATE-----"},
                 {"ssl/my.key", "-----BEGIN PRIVATE KEY-----"},
                 {"ssl/private-ca.pem", "-----BEGIN CERTIFICATE-----"}};
  std::vector<config::PluginClaims> claims = config::test::claims();
  claims.push_back(
      {"gemini", "0.1.0", "plugins/gemini.so", source_file("plugins/gemini/manifest.json")});
  const config::Loaded loaded = config::load("f.yaml", claims, world);
  REQUIRE_MESSAGE(loaded.config, config::test::all_texts(loaded.errors));
  admin::ReloadReport last;
  last.changes = loaded.config->warnings;
  return admin::config_json(*loaded.config, last);
}

// Any eight characters of the common part, which no other text holds.
bool leaks(const std::string& text) {
  const std::string part = canary(0).substr(4);
  for (std::size_t i = 0; i + 8 <= part.size(); ++i) {
    if (text.find(part.substr(i, 8)) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("redaction: a file with every key of the core, its secrets canaries, shows none") {
  const Salted salted = salt(source_file("etc/aiproxy.yaml"));
  REQUIRE(salted.canaries >= 5);  // token, two keys, two proxies
  REQUIRE(leaks(salted.text));
  const std::string text = shown(salted.text);
  CHECK_FALSE(leaks(text));
  // The virtual key's digest is not for showing either.
  CHECK(text.find("0000000000000000") == std::string::npos);
  // What is no secret is there.
  for (const char* part : {"\"id\":\"main\"", "\"team-a\"", "deepseek-chat", "127.0.0.1:9901",
                           "https://api.deepseek.com", "\"heartbeat_ms\":15000"}) {
    CHECK_MESSAGE(text.find(part) != std::string::npos, std::string(part));
  }
  std::printf("E1 (/admin/config, native shape): canaries shown: %d of %d\n", leaks(text) ? 1 : 0,
              salted.canaries);
}

TEST_CASE("redaction: the seed's shape, its secrets canaries, shows none") {
  const Salted salted = salt(source_file("etc/seed.yaml"));
  REQUIRE(salted.canaries >= 9);
  REQUIRE(leaks(salted.text));
  const std::string text = shown(salted.text);
  CHECK_FALSE(leaks(text));
  CHECK(text.find("\"id\":\"10002\"") != std::string::npos);
  std::printf("E1 (/admin/config, seed's shape): canaries shown: %d of %d\n", leaks(text) ? 1 : 0,
              salted.canaries);
}

TEST_CASE("redaction: that a secret is there is shown") {
  const std::string text = shown(
      "admin: {token: 0123456789abcdef}\n"
      "proxy_url: http://user:0123456789abcdef@proxy.example:3128\n"
      "providers: {openai: {api_keys: [{id: 7, val: 0123456789abcdef}]}}\n");
  CHECK(text.find("0123456789abcdef") == std::string::npos);
  CHECK(text.find("\"token\":\"•••\"") != std::string::npos);
  CHECK(text.find("\"proxy_url\":\"http://•••@proxy.example:3128\"") != std::string::npos);
  CHECK(text.find("{\"kind\":\"api_key\",\"id\":\"7\",\"secret\":\"•••\"}") != std::string::npos);
}
