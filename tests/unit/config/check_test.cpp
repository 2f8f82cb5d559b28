#include "core/config/check.h"

#include <doctest/doctest.h>

#include "core/config/judge.h"
#include "core/config/schema.h"
#include "tests/unit/config/support.h"

using namespace aip::config;

namespace {

// Judges `text` by the test plugin's section; the errors, or the JSON.
std::string judged(const std::string& text) {
  const aip::Result<Manifest> manifest = parse_manifest(test::kOpenAiManifest);
  REQUIRE(manifest.ok());
  Diagnostics out("f");
  const auto node = parse_yaml(text, out);
  REQUIRE(node.has_value());
  const std::string json =
      check(*node, {}, section_schema(*manifest), "p", {"/etc/aiproxy", UnknownKeys::Refuse}, out);
  if (!out.failed()) return json;
  std::string errors;
  for (const Diagnostic& d : out.errors()) {
    errors += (errors.empty() ? "" : " | ") + d.to_string().substr(2);
  }
  return errors;
}

struct CheckCase {
  const char *text, *meaning;
};

}  // namespace

TEST_CASE("check: the schema gives YAML's scalars their types") {
  const CheckCase cases[] = {
      {"api_keys: [{id: 10001, val: 5}]", R"({"api_keys":[{"id":"10001","val":"5"}]})"},
      {"api_version: 2023-06-01", R"({"api_version":"2023-06-01"})"},
      {"mode: fast", R"({"mode":"fast"})"},
      {"mode: 'fast'", R"({"mode":"fast"})"},
      {"retries: 3", R"({"retries":3})"},
      {"retries: 0", R"({"retries":0})"},
      {"temperature: 1.5e-3", R"({"temperature":1.5e-3})"},
      {"temperature: 2", R"({"temperature":2})"},
      {"routes: true", R"({"routes":true})"},
      {"routes: False", R"({"routes":false})"},
      {"tags: [yes, 1, 2.0]", "1:1: p.tags: must have at most 2 entries, has 3"},
      {"tags: [yes, 1]", R"({"tags":["yes","1"]})"},
      {"either: 12", R"({"either":12})"},
      {"either: auto", R"({"either":"auto"})"},
      {"free: {a: 1, b: x, c: true, d: '1', e: [1.5], f: }",
       R"({"free":{"a":1,"b":"x","c":true,"d":"1","e":[1.5]}})"},
      {"nested: {deep: true, again: {again: {deep: false}}}",
       R"({"nested":{"deep":true,"again":{"again":{"deep":false}}}})"},
  };
  for (const CheckCase& c : cases) CHECK(judged(c.text) == c.meaning);
}

TEST_CASE("check: a key without a value is absent, or an empty mapping or list") {
  CHECK(judged("api_keys:\nnested:\nmode:\nretries: ~\n") == R"({"api_keys":[],"nested":{}})");
}

TEST_CASE("check: paths are resolved, absolute ones kept") {
  CHECK(judged("cookie_path: cookies") == R"({"cookie_path":"/etc/aiproxy/cookies"})");
  CHECK(judged("cookie_path: /data/x") == R"({"cookie_path":"/data/x"})");
}

TEST_CASE("check: each fault is one sentence at its place") {
  const CheckCase cases[] = {
      {"retries: fast", "1:10: p.retries: expected an integer, got \"fast\""},
      {"retries: 1.5", "1:10: p.retries: expected an integer, got \"1.5\""},
      {"retries: 007", "1:10: p.retries: expected an integer, got \"007\""},
      {"retries: '3'",
       "1:10: p.retries: expected an integer, got \"3\" in quotes; remove the quotes"},
      {"retries: 6", "1:10: p.retries: must be at most 5, got \"6\""},
      {"retries: -1", "1:10: p.retries: must be at least 0, got \"-1\""},
      {"retries: 99999999999999999999",
       "1:10: p.retries: expected an integer, got \"99999999999999999999\""},
      {"retries: [1]", "1:10: p.retries: expected an integer, got a list"},
      {"retries: {a: 1}", "1:10: p.retries: expected an integer, got a mapping"},
      {"temperature: 0", "1:14: p.temperature: must be more than 0, got \"0\""},
      {"temperature: .5", "1:14: p.temperature: expected a number, got \".5\""},
      {"routes: yes", "1:9: p.routes: expected true or false, got \"yes\"; write true"},
      {"routes: off", "1:9: p.routes: expected true or false, got \"off\"; write false"},
      {"mode: fats",
       "1:7: p.mode: must be one of fast, slow, got \"fats\"; did you mean \"fast\"?"},
      {"mode: [fast]", "1:7: p.mode: expected text, got a list"},
      {"tags: []", "1:1: p.tags: must have at least one entry"},
      {"tags: [a, a]", "1:1: p.tags: holds the same entry twice"},
      {"tags: a", "1:7: p.tags: expected a list, got a text"},
      {"tags: [a, ~]", "1:11: p.tags[1]: an empty entry"},
      {"api_keys: [{id: 1}]", "1:12: p.api_keys[0]: the key \"val\" is missing"},
      {"api_keys: [{id: 1, val: ''}]", "1:25: p.api_keys[0].val: must not be empty"},
      {"api_keys: [{id: 1, val: }]", "1:12: p.api_keys[0]: the key \"val\" is missing"},
      {"api_keys:\n  - id: 1\n    val: [x]\n",
       "3:10: p.api_keys[0].val: expected text, got a list"},
      {"api_keys: [sk-proj-one]", "1:12: p.api_keys[0]: expected a mapping, got a text"},
      {"api_key: [{id: 1, val: x}]", "1:1: p.api_key: unknown key; did you mean \"api_keys\"?"},
      {"nested: {deep: true, again: {deeep: true}}",
       "1:30: p.nested.again.deeep: unknown key; did you mean \"deep\"?"},
      {"nested: {qqqqqq: true}", "1:10: p.nested.qqqqqq: unknown key; known here: deep, again"},
      {"api_version: yesterday",
       "1:14: p.api_version: must match \"^[0-9]{4}-[0-9]{2}-[0-9]{2}$\""},
      {"either: 5", "1:9: p.either: must be at least 10, got \"5\""},
      {"either: manual", "1:9: p.either: must be auto, got \"manual\""},
      {"either: [1]", "1:9: p.either: expected an integer or text, got a list"},
      {"timeout_ms: fast", "1:13: p.timeout_ms: expected a mapping, got a text"},
      {"timeout_ms: {connect: fast}",
       "1:23: p.timeout_ms.connect: expected an integer, got \"fast\""},
      {"timeout_ms: {connect: 0}", "1:23: p.timeout_ms.connect: must be at least 1, got \"0\""},
      {"chat_web_url: chat.openai.com",
       "1:15: p.chat_web_url: a URL must begin with http:// or https://; got \"chat.openai.com\""},
      {"region: us/east",
       "1:9: p.region: may hold letters, digits and \"-\" only, at most 63; got "
       "\"us/east\""},
      {"proxy_url: ftp://u:p@h",
       "1:12: p.proxy_url: a proxy's URL must begin with http://, "
       "https://, socks5:// or socks5h://"},
      {"base_url: http://u:p@h",
       "1:11: p.base_url: a URL here holds no user or password; got a "
       "text that is not shown"},
  };
  for (const CheckCase& c : cases) CHECK(judged(c.text) == c.meaning);
}

TEST_CASE("check: all faults are told, none of them twice") {
  CHECK(judged("retries: x\nmode: y\ntags: 5\nwhat: 1\nnested: {deep: 3}\n") ==
        "1:10: p.retries: expected an integer, got \"x\" | "
        "2:7: p.mode: must be one of fast, slow, got \"y\" | "
        "3:7: p.tags: expected a list, got a text | "
        "4:1: p.what: unknown key; known here: plugin, base_url, routes, client_credentials, "
        "drop_unsupported, tls, proxy_url, timeout_ms, hosts, api_keys, web_sessions, "
        "login_password, cookie_path, image_path, hars_path, chat_web_url, region, api_version, "
        "retries, temperature, mode, tags, nested, either, free, arkose | "
        "5:16: p.nested.deep: expected true or false, got \"3\"");
}

TEST_CASE("check: a text for a pattern may have 1024 bytes and not one more") {
  // Either way the pattern is not matched; above the limit it is not even tried.
  CHECK(judged("api_version: " + std::string(1023, 'x')).find("must match") != std::string::npos);
  CHECK(judged("api_version: " + std::string(1024, 'x')).find("must match") != std::string::npos);
  CHECK(judged("api_version: " + std::string(1025, 'x')).find("longer than 1024 characters") !=
        std::string::npos);
}

TEST_CASE("judge: a schema that is none is told in words") {
  const auto findings = judge(R"({"type": 5})", "{}");

  REQUIRE_FALSE(findings.ok());
  CHECK(findings.error().code == aip::ErrorCode::GatewayPlugin);
  CHECK(findings.error().detail.rfind("not a JSON Schema: ", 0) == 0);
}

TEST_CASE("judge: only the finding that explains is kept") {
  const auto findings =
      judge(R"({"properties":{"a":{"type":"array","items":{"properties":{"b":{"minimum":3}}}}}})",
            R"({"a":[{"b":5},{"b":1}]})");

  REQUIRE(findings.ok());
  REQUIRE(findings->size() == 1);
  CHECK(findings->front().keyword == Keyword::Minimum);
  CHECK(findings->front().path == std::vector<std::string>{"a", "1", "b"});
}

TEST_CASE("schema: the whole file's schema accepts and refuses as loading does") {
  std::vector<Manifest> manifests;
  for (const PluginClaims& claim : test::claims()) {
    manifests.push_back(*parse_manifest(claim.manifest));
  }
  const std::string schema = schema_json(std::span<const Manifest>(manifests));
  const auto accepts = [&schema](std::string_view document) {
    const auto findings = judge(schema, document);
    REQUIRE_MESSAGE(findings.ok(), findings.error().detail);
    return findings->empty();
  };

  CHECK(accepts("{}"));
  CHECK(accepts(R"({"providers":{"openai":{"retries":3,"nested":{"again":{"deep":true}}}}})"));
  CHECK_FALSE(accepts(R"({"providers":{"openai":{"retries":6}}})"));
  CHECK_FALSE(accepts(R"({"providers":{"openai":{"nested":{"again":{"deep":1}}}}})"));
  CHECK(accepts(R"({"providers":{"deepseek":{"plugin":"openai","retries":1}}})"));
  CHECK_FALSE(accepts(R"({"providers":{"deepseek":{"plugin":"openai","retries":6}}})"));
  CHECK_FALSE(accepts(R"({"providers":{"deepseek":{"plugin":"nobody"}}})"));
  CHECK_FALSE(accepts(R"({"providers":{"deepseek":{"retries":1}}})"));
  CHECK_FALSE(accepts(R"({"listne":[]})"));
}
