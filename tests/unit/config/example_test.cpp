// The annotated example, the reference and the schema tell of the same keys.
#include <doctest/doctest.h>

#include <cstdlib>
#include <set>

#include "core/config/schema.h"
#include "core/config/schema_walk.h"
#include "core/config/yaml.h"
#include "tests/unit/config/support.h"

using namespace aip::config;

namespace {

std::string source_file(const std::string& name) {
  const char* root = std::getenv("AIPROXY_SOURCE_DIR");
  REQUIRE_MESSAGE(root != nullptr, "AIPROXY_SOURCE_DIR must name the source folder");
  const auto text = SystemEnvironment().read_file(std::string(root) + "/" + name, kYamlBytesMax);
  REQUIRE_MESSAGE(text.ok(), name);
  return *text;
}

// The plugins that the example names; those that no other test of this folder needs, as they are.
std::vector<PluginClaims> example_claims() {
  std::vector<PluginClaims> all = test::claims();
  all.push_back(
      {"gemini", "0.1.0", "plugins/gemini.so", source_file("plugins/gemini/manifest.json")});
  return all;
}

// The names of all keys below a schema, those of providers included.
void collect(const SchemaWalk& walk, aip::json::Value schema, std::set<std::string>& out) {
  for (const aip::json::Value branch : walk.branches(schema)) {
    for (const auto& member : branch["properties"].members()) {
      out.insert(member.key());
      collect(walk, member.value(), out);
    }
    if (branch["items"].is_object()) collect(walk, branch["items"], out);
  }
}

std::set<std::string> all_keys() {
  const aip::json::Value schema(core_schema());
  std::set<std::string> out;
  collect(SchemaWalk(schema), schema, out);
  for (const auto& member : schema["definitions"]["provider"].members()) {
    out.insert(member.key());
    collect(SchemaWalk(schema), member.value(), out);
  }
  return out;
}

}  // namespace

TEST_CASE("example: etc/aiproxy.yaml loads, and without a warning") {
  test::World world;
  world.files["etc/aiproxy.yaml"] = source_file("etc/aiproxy.yaml");

  const Loaded loaded = load("etc/aiproxy.yaml", example_claims(), world);

  REQUIRE_MESSAGE(loaded.config, test::all_texts(loaded.errors));
  CHECK(loaded.config->warnings.empty());
}

TEST_CASE("example: it loads as well with what its comments hold") {
  std::string text = source_file("etc/aiproxy.yaml");
  for (const char* key : {"# tls:", "# token:", "# proxy_url:", "# ca_file:"}) {
    std::size_t at = text.find(key);
    REQUIRE_MESSAGE(at != std::string::npos, std::string(key));
    for (; at != std::string::npos; at = text.find(key, at)) text.erase(at, 2);
  }
  test::World world;
  world.files = {{"etc/aiproxy.yaml", text},
                 {"/run/secrets/admin_token", "a-token-of-some-length"},
                 {"etc/ssl/my.pem", "-----BEGIN CERTIFICATE-----"},
                 {"etc/ssl/my.key", "-----BEGIN PRIVATE KEY-----"},
                 {"etc/ssl/private-ca.pem", "-----BEGIN CERTIFICATE-----"}};

  const Loaded loaded = load("etc/aiproxy.yaml", example_claims(), world);

  CHECK_MESSAGE(loaded.config, test::all_texts(loaded.errors));
}

TEST_CASE("example: every key of the schema stands in it") {
  const std::string text = source_file("etc/aiproxy.yaml");
  for (const std::string& key : all_keys()) {
    CHECK_MESSAGE(text.find(key + ":") != std::string::npos, key);
  }
}

TEST_CASE("example: its limits are the defaults") {
  test::World world;
  world.files["f"] = source_file("etc/aiproxy.yaml");
  const Loaded loaded = load("f", example_claims(), world);
  REQUIRE(loaded.config);
  const Limits& written = loaded.config->limits;
  const Limits defaults;

  CHECK(written.head_bytes == defaults.head_bytes);
  CHECK(written.header_fields == defaults.header_fields);
  CHECK(written.url_bytes == defaults.url_bytes);
  CHECK(written.body_bytes == defaults.body_bytes);
  CHECK(written.json_depth == defaults.json_depth);
  CHECK(written.event_bytes == defaults.event_bytes);
  CHECK(written.upstream_head_bytes == defaults.upstream_head_bytes);
  CHECK(written.connections == defaults.connections);
  CHECK(written.head_deadline_ms == defaults.head_deadline_ms);
  CHECK(written.body_idle_ms == defaults.body_idle_ms);
  CHECK(written.keep_alive_idle_ms == defaults.keep_alive_idle_ms);
  CHECK(written.upstream_idle_ms == defaults.upstream_idle_ms);
  CHECK(written.commit_after_ms == defaults.commit_after_ms);
  CHECK(written.heartbeat_ms == defaults.heartbeat_ms);
  CHECK(written.drain_timeout_ms == defaults.drain_timeout_ms);
}

TEST_CASE("example: every key of the schema stands in the reference") {
  const std::string text = source_file("docs/config.md");
  for (const std::string& key : all_keys()) {
    CHECK_MESSAGE(text.find("`" + key + "`") != std::string::npos, key);
  }
}
