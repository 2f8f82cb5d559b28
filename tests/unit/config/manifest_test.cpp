#include "core/config/manifest.h"

#include <doctest/doctest.h>

#include "core/config/owner.h"
#include "tests/unit/config/support.h"

using namespace aip::config;

TEST_CASE("manifest: every member is read") {
  const auto manifest = parse_manifest(test::kOpenAiManifest);

  REQUIRE(manifest.ok());
  CHECK(manifest->name == "openai");
  CHECK(manifest->dialect == "openai-chat");
  CHECK(manifest->native == std::vector<std::string>{"openai-chat", "openai-responses"});
  CHECK(manifest->schema.rfind("{", 0) == 0);
  REQUIRE(manifest->credentials.size() == 2);
  CHECK(manifest->credentials[0].kind == "api_key");
  CHECK(manifest->credentials[0].secret == "val");
  REQUIRE(manifest->routes.size() == 2);
  CHECK(manifest->routes[0].path == "/v1/*");
  CHECK(manifest->routes[1].methods == std::vector<std::string>{"POST"});
  CHECK(manifest->model_claims == std::vector<std::string>{"gpt-*", "o1*"});
  CHECK(manifest->model_list == std::vector<std::string>{"gpt-4o-mini"});
  CHECK(manifest->aliases.count("openai-chat-web") == 1);
  CHECK(manifest->seed_section == "openai");
  CHECK(manifest->seed_keys == std::vector<std::string>{"arkose", "hars_path"});
  CHECK(manifest->hosts.size() == 2);
  CHECK(manifest->operations.size() == 5);
  CHECK(manifest->environment.at("api_key") == "OPENAI_API_KEY");
  CHECK_FALSE(manifest->background);
  CHECK(manifest->automatic);
}

TEST_CASE("manifest: a name is enough, and unknown members are left alone") {
  const auto manifest = parse_manifest(R"({"name":"x","of_tomorrow":[1]})");

  REQUIRE(manifest.ok());
  CHECK(manifest->schema == "{}");
  CHECK(manifest->routes.empty());
}

TEST_CASE("manifest: what is wrong is said in words") {
  const std::pair<const char*, const char*> cases[] = {
      {"{", "manifest: The text is not valid JSON"},
      {"[]", "manifest: it must be a JSON object"},
      {"{}", "manifest: \"name\" must be 1 to 64"},
      {R"({"name":"a/b"})", "manifest: \"name\" must be 1 to 64"},
      {R"({"name":5})", "manifest: \"name\" must be a string"},
      {R"({"name":"x","schema":[]})", "manifest: \"schema\" must be an object"},
      {R"({"name":"x","dialect":"latin"})", "manifest: \"latin\" is no dialect"},
      {R"({"name":"x","native":["latin"]})", "manifest: \"latin\" is no dialect"},
      {R"({"name":"x","native":"gemini"})", "manifest: \"native\" must be a list"},
      {R"({"name":"x","native_settings":{"gemini":"g"}})",
       "manifest: \"native_settings\" names \"gemini\", which is not in \"native\""},
      {R"({"name":"x","native":["gemini"],"native_settings":{"gemini":1}})",
       "manifest: \"gemini\" must be a string"},
      {R"({"name":"x","hosts":[1]})", "manifest: \"hosts\" must hold strings"},
      {R"({"name":"x","routes":[1]})", "manifest: \"routes\" must hold objects"},
      {R"({"name":"x","routes":[{"path":"v1","operation":"forward"}]})",
       "manifest: route \"v1\" must begin with \"/\""},
      {R"({"name":"x","routes":[{"path":"/v1*","operation":"forward"}]})",
       "manifest: route \"/v1*\" must begin with \"/\" and may end with \"/*\""},
      {R"({"name":"x","routes":[{"path":"/a/*/b","operation":"forward"}]})",
       "manifest: route \"/a/*/b\" must begin with \"/\" and may end with \"/*\""},
      {R"({"name":"x","routes":[{"path":"/a","operation":"dance"}]})",
       "manifest: route \"/a\": operation must be forward, route or chat"},
      {R"({"name":"x","routes":[{"path":"/a","operation":"chat"}]})",
       "manifest: route \"/a\": a chat, and only a chat, has a known dialect"},
      {R"({"name":"x","credentials":[{"list":"l"}]})", "manifest: a credential needs \"kind\""},
      {R"({"name":"x","credentials":[{"kind":"k"}]})",
       "manifest: credential \"k\" needs either \"list\" or \"value\""},
      {R"({"name":"x","credentials":[{"kind":"k","list":"a","value":"b"}]})",
       "manifest: credential \"k\" needs either \"list\" or \"value\""},
      {R"({"name":"x","background":"yes"})", "manifest: \"background\" must be true or false"},
      {R"({"name":"x","automatic":1})", "manifest: \"automatic\" must be true or false"},
  };
  for (const auto& [text, words] : cases) {
    const auto manifest = parse_manifest(text);
    REQUIRE_FALSE_MESSAGE(manifest.ok(), text);
    CHECK_MESSAGE(manifest.error().detail.rfind(words, 0) == 0, manifest.error().detail);
  }
}

namespace {

// Loads one section for a plugin with this manifest.
Loaded load_section(const std::string& manifest, const std::string& section) {
  test::World world;
  world.files["f"] = "providers:\n  x:\n" + section;
  return load("f", std::vector<PluginClaims>{{"x", "1", "x.so", manifest}}, world);
}

}  // namespace

TEST_CASE("provider: nested lists, entries that are secrets, and single secrets are credentials") {
  const std::string manifest = R"({"name":"x",
    "schema":{"type":"object","properties":{
      "api_chat":{"type":"object","properties":{
        "access_token":{"type":"string"},
        "bots":{"type":"array","items":{"type":"object","properties":{
          "bot_id":{"type":"string"},"user":{"type":"string"},"access_token":{"type":"string"}}}}}},
      "discord":{"type":"object","properties":{
        "auth":{"type":"array","items":{"type":"string"}},"guild_id":{"type":"string"}}}}},
    "credentials":[
      {"kind":"bot","list":"api_chat.bots","id":"bot_id","secret":"access_token"},
      {"kind":"token","value":"api_chat.access_token"},
      {"kind":"user","list":"discord.auth"}]})";

  const Loaded loaded = load_section(
      manifest,
      "    api_chat:\n      access_token: global-token\n      bots: [{bot_id: 71, user: 9, "
      "access_token: }, {bot_id: 72, access_token: own-token}]\n"
      "    discord: {auth: [user-token-1, user-token-2], guild_id: 108700000000007244}\n");

  REQUIRE_MESSAGE(loaded.config, test::all_texts(loaded.errors));
  const Provider& p = loaded.config->providers[0];
  REQUIRE(p.credentials.size() == 5);
  CHECK(p.credentials[0].id == "71");
  CHECK(p.credentials[0].secret.empty());
  CHECK(p.credentials[0].extra == R"({"bot_id":"71","user":"9"})");
  CHECK(p.credentials[1].secret.reveal() == "own-token");
  CHECK(p.credentials[2].kind == "token");
  CHECK(p.credentials[2].id == "1");
  CHECK(p.credentials[2].secret.reveal() == "global-token");
  CHECK(p.credentials[3].kind == "user");
  CHECK(p.credentials[4].id == "2");
  CHECK(p.credentials[4].secret.reveal() == "user-token-2");
  CHECK(
      p.section ==
      R"({"api_chat":{"bots":[{"bot_id":"71","user":"9"},{"bot_id":"72"}]},"discord":{"guild_id":"108700000000007244"}})");
}

TEST_CASE("provider: a key that does nothing says so, unless it asks for nothing") {
  const auto warnings = [](const std::string& section) {
    const Loaded loaded = load_section(
        R"({"name":"x","schema":{"type":"object","properties":{"old":{"type":"object","properties":{
          "enable":{"type":"boolean","deprecated":true,"description":"Not served."},
          "size":{"type":"integer","deprecated":true}}}}}})",
        section);
    REQUIRE_MESSAGE(loaded.config, test::all_texts(loaded.errors));
    return loaded.config->warnings;
  };
  CHECK(warnings("    old: {enable: false, size: }\n").empty());
  const std::vector<std::string> told = warnings("    old: {enable: true, size: 3}\n");
  REQUIRE(told.size() == 2);
  CHECK(told[0].find("old.enable: taken, but of no effect: Not served.") != std::string::npos);
  CHECK(told[1].find("old.size: taken, but of no effect") != std::string::npos);
}

TEST_CASE("provider: entries share a secret, and entries of one id are told apart") {
  const std::string manifest = R"({"name":"x",
    "schema":{"type":"object","properties":{
      "token":{"type":"string"},
      "bots":{"type":"array","items":{"type":"object","properties":{
        "bot":{"type":"string"},"user":{"type":"string"},"own":{"type":"string"}}}}}},
    "credentials":[
      {"kind":"bot","list":"bots","id":"user","qualifier":"bot","secret":"own","default":"token"}]})";
  const std::string bots =
      "    bots: [{user: u, bot: a}, {user: u, bot: b, own: mine}, {user: v, bot: a, own: ''}]\n";

  const Loaded shared = load_section(manifest, "    token: for-all\n" + bots);
  REQUIRE_MESSAGE(shared.config, test::all_texts(shared.errors));
  const auto& all = shared.config->providers[0].credentials;
  REQUIRE(all.size() == 3);
  CHECK((all[0].id == "u" && all[0].secret.reveal() == "for-all"));
  CHECK((all[1].id == "u/b" && all[1].secret.reveal() == "mine"));
  CHECK((all[2].id == "v" && all[2].secret.reveal() == "for-all"));
  CHECK(shared.config->providers[0].section.find("for-all") == std::string::npos);

  const Loaded none = load_section(manifest, bots);
  REQUIRE_MESSAGE(none.config, test::all_texts(none.errors));
  REQUIRE(none.config->providers[0].credentials.size() == 1);
  CHECK(none.config->providers[0].credentials[0].secret.reveal() == "mine");
  CHECK(none.config->warnings.size() >= 2);

  const Loaded twice = load_section(manifest,
                                    "    token: t\n    bots: [{user: u, bot: a}, "
                                    "{user: u, bot: b}, {user: u, bot: b}]\n");
  CHECK_FALSE(twice.config);
}

TEST_CASE("provider: a secret of no credential kind does not reach the plugin") {
  const Loaded loaded = load_section(
      R"({"name":"x","schema":{"type":"object","properties":{"a":{"type":"string","writeOnly":true},"b":{"type":"string"}}}})",
      "    {a: hidden, b: seen}\n");

  REQUIRE(loaded.config);
  CHECK(loaded.config->providers[0].section == R"({"b":"seen"})");
}

TEST_CASE("provider: the hosts of a section's URLs may be called") {
  const Loaded loaded = test::load_text(
      "providers:\n  openai: {base_url: 'http://A.example/v1', chat_web_url: 'http://127.0.0.1:9', "
      "hosts: [x.example]}\n");

  REQUIRE_MESSAGE(loaded.config, test::all_texts(loaded.errors));
  CHECK(loaded.config->providers[0].allowed_hosts ==
        std::vector<std::string>{"x.example", "a.example", "127.0.0.1"});
}

TEST_CASE("provider: a plugin's schema that is none is told with the plugin's section") {
  const Loaded loaded =
      load_section(R"({"name":"x","schema":{"type":"object","required":5}})", "    {}\n");

  CHECK_FALSE(loaded.config);
  REQUIRE_FALSE(loaded.errors.empty());
  CHECK(loaded.errors[0].to_string().rfind("f:2:3: providers.x: not a JSON Schema: ", 0) == 0);
}

TEST_CASE("owner: named like its plugin, else routes: true, else the only one") {
  const auto owner = [](std::vector<std::tuple<std::string, bool, bool>> providers) {
    Config config;
    for (const auto& [name, routes, automatic] : providers) {
      Provider p;
      p.name = name;
      p.plugin = "x";
      p.routes = routes;
      p.automatic = automatic;
      config.providers.push_back(p);
    }
    const Ownership found = owner_of(config, "x");
    return found.owner ? config.providers[*found.owner].name
                       : std::to_string(found.contenders.size());
  };
  CHECK(owner({}) == "0");
  CHECK(owner({{"a", false, false}}) == "a");
  CHECK(owner({{"a", false, false}, {"x", false, false}}) == "x");
  CHECK(owner({{"a", true, false}, {"x", false, false}}) == "x");
  CHECK(owner({{"a", true, false}, {"x", false, true}}) == "a");
  CHECK(owner({{"a", false, false}, {"x", false, true}}) == "x");
  CHECK(owner({{"a", false, false}, {"b", true, false}}) == "b");
  CHECK(owner({{"a", false, false}, {"b", false, false}}) == "2");
  CHECK(owner({{"a", true, false}, {"b", true, false}, {"c", false, false}}) == "2");
}
