// Bad files, and exactly what is said about them.
#include <doctest/doctest.h>

#include <cstdio>

#include "core/config/yaml.h"
#include "tests/unit/config/support.h"

using namespace aip::config;
using test::errors_of;

namespace {

struct Case {
  const char *text, *errors;
};

}  // namespace

TEST_CASE("bad config: twenty files, each refused with its place (D8)") {
  const std::string bytes_100_mb = std::string(kYamlBytesMax + 1, '#');
  const std::string kind_words = "the file is ";
  const std::pair<std::string, std::string> cases[] = {
      {"listen: [\n", "aiproxy.yaml:1:9: this \"[\" is never closed\n"},
      {"a: \"x\nb: 1\n", "aiproxy.yaml:1:4: this quote is never closed\n"},
      {"workerz: 3\n", "aiproxy.yaml:1:1: workerz: unknown key; did you mean \"workers\"?\n"},
      {"workers: many\n", "aiproxy.yaml:1:10: workers: must be auto, got \"many\"\n"},
      {"log_level: info\nlog_level: warn\n",
       "aiproxy.yaml:2:1: the key \"log_level\" stands twice; first at line 1\n"},
      {"providers:\n  openai:\n    api_keys: [{val: ${MISSING}}]\n",
       "aiproxy.yaml:3:22: providers.openai.api_keys[0].val: the environment variable MISSING is "
       "not set; set it, or write ${MISSING:-default}\n"},
      {"providers: {openai: {api_keys: [{val: ${file:gone}}]}}\n",
       "aiproxy.yaml:1:39: providers.openai.api_keys[0].val: cannot read the file \"gone\": No "
       "such "
       "file or directory\n"},
      {"listen:\n  - address: :1\n    tls: {cert: gone.pem, key: gone.key}\n",
       "aiproxy.yaml:3:17: listen[0].tls.cert: cannot read the file \"gone.pem\": No such file or "
       "directory\naiproxy.yaml:3:32: listen[0].tls.key: cannot read the file \"gone.key\": No "
       "such "
       "file or directory\n"},
      {"listen: [{address: 'localhost:1', tls: {cert: aiproxy.yaml, key: aiproxy.yaml}}]\n",
       "aiproxy.yaml:1:47: listen[0].tls.cert: the file \"aiproxy.yaml\" holds no PEM certificate\n"
       "aiproxy.yaml:1:66: listen[0].tls.key: the file \"aiproxy.yaml\" holds no PEM private "
       "key\n"},
      {"listen: [{address: '127.0.0.1:9'}, {address: '127.0.0.1:9'}]\n",
       "aiproxy.yaml:1:46: listen[1].address: another listener has this address\n"},
      {"listen: [{address: 'localhost:99999'}]\n",
       "aiproxy.yaml:1:20: listen[0].address: an address is \"HOST:PORT\", \"[IPv6]:PORT\" or "
       "\":PORT\"; got \"localhost:99999\"\n"},
      {"", "aiproxy.yaml:1:1: the file is empty\n"},
      {bytes_100_mb, "aiproxy.yaml: the file is larger than 1024 KiB\n"},
      {std::string("a\0b: 1", 6),
       "aiproxy.yaml:1:2: a control character (U+0000); a quoted text "
       "may hold it as an escape\n"},
      {"\xff\xfeX", "aiproxy.yaml:1:1: the file is UTF-16; save it as UTF-8\n"},
      {"a: &a [*a]\n", "aiproxy.yaml:1:8: this alias stands inside its own anchor\n"},
      {"models: [{match: x, targets: [{provider: nobody}]}]\n",
       "aiproxy.yaml:1:42: models[0].targets[0].provider: no provider is named \"nobody\"; known "
       "here: openai, claude, mock\n"},
      {"providers: {gpt: {}}\n",
       "aiproxy.yaml:1:13: providers.gpt: no plugin is named \"gpt\"; known here: openai, claude, "
       "mock\n"},
      {"providers: {openai: {api_keys: [{id: 1, val: a}, {id: 1, val: b}]}}\n",
       "aiproxy.yaml:1:50: providers.openai.api_keys[1]: the id \"1\" stands twice in this list\n"},
      {"listen: [{address: '0.0.0.0:1'}]\nproviders: {openai: {api_keys: [{val: x}]}}\n",
       "aiproxy.yaml:1:20: listen[0].address: this address is reachable from other machines and "
       "would lend the configured credentials to everyone; write `auth: keys`, or `auth: open` if "
       "that is meant\n"},
  };
  int refused = 0;
  for (const auto& [text, errors] : cases) {
    const std::string got = errors_of(text);
    CHECK(got == errors);
    if (got == errors) ++refused;
  }
  std::printf("D8: bad configurations refused at load with file:line:column: %d of %zu\n", refused,
              std::size(cases));
}

TEST_CASE("bad config: what names lead to is checked") {
  const Case cases[] = {
      {"default_provider: opnai\n",
       "aiproxy.yaml:1:19: default_provider: no provider is named "
       "\"opnai\"; did you mean \"openai\"?\n"},
      {"models:\n  - {match: a, targets: [{provider: mock}]}\n  - {match: a, targets: [{provider: "
       "mock}]}\n",
       "aiproxy.yaml:3:13: models[1].match: \"a\" stands twice; the second is never reached\n"},
      {"models: [{match: a, policy: weighted, targets: [{provider: mock, weight: 0}]}]\n",
       "aiproxy.yaml:1:39: models[0].targets: all weights are 0, so no target can be chosen\n"},
      {"models: [{match: a, targets: []}]\n",
       "aiproxy.yaml:1:21: models[0].targets: must have at least one entry\n"},
      {"models: [{match: a}]\n", "aiproxy.yaml:1:10: models[0]: the key \"targets\" is missing\n"},
      {"providers: {x: {plugin: opneai}}\n",
       "aiproxy.yaml:1:25: providers.x.plugin: no plugin is "
       "named \"opneai\"; did you mean \"openai\"?\n"},
      {"providers: {a/b: {plugin: openai}}\n",
       "aiproxy.yaml:1:13: providers.a/b: a provider's name must be 1 to 64 letters, digits, "
       "\".\", \"_\" or \"-\"\n"},
      {"providers: [openai]\n", "aiproxy.yaml:1:12: providers: expected a mapping\n"},
      {"- listen\n", "aiproxy.yaml:1:1: a configuration is a mapping of keys to values\n"},
      {"just text\n", "aiproxy.yaml:1:1: a configuration is a mapping of keys to values\n"},
      {"limits: {head_bytes: 1024, url_bytes: 2048}\n",
       "aiproxy.yaml:1:39: limits.url_bytes: must be at most head_bytes (1024)\n"},
      {"admin: {address: '127.0.0.1:8999'}\n",
       "aiproxy.yaml:1:18: admin.address: a listener has this address\n"},
      {"admin: {token: short}\n",
       "aiproxy.yaml:1:16: admin.token: must have at least 16 "
       "characters\n"},
      {"providers: {openai: {tls: {ca_file: gone}}}\n",
       "aiproxy.yaml:1:37: providers.openai.tls.ca_file: cannot read the file \"gone\": No such "
       "file "
       "or directory\n"},
  };
  for (const Case& c : cases) CHECK(errors_of(c.text) == c.errors);
}

TEST_CASE("bad config: keys must differ in id and in hash") {
  const std::string hash(64, 'a'), other(64, 'b');
  const auto keys = [](const std::string& id, const std::string& sha) {
    return "  - {id: " + id + ", sha256: " + sha + "}\n";
  };
  CHECK(errors_of("keys:\n" + keys("x", hash) + keys("x", other)) ==
        "aiproxy.yaml:3:10: keys[1].id: the id \"x\" stands twice\n");
  // In any spelling of the digits.
  CHECK(errors_of("keys:\n" + keys("x", hash) + keys("y", std::string(64, 'A'))) ==
        "aiproxy.yaml:3:21: keys[1].sha256: this key stands twice, under two ids\n");
}

TEST_CASE("bad config: two claimants of a plugin's routes must be told apart") {
  const std::string two = "providers:\n  a: {plugin: mock}\n  b: {plugin: mock}\n";
  // The plugin's own name, written nowhere, is the owner.
  CHECK(errors_of(two).empty());
  CHECK(errors_of("providers:\n  a: {plugin: mock, routes: true}\n  b: {plugin: mock, routes: "
                  "true}\n") ==
        "aiproxy.yaml:3:3: providers.b: several providers could own the routes and models of the "
        "plugin \"mock\" (a, b); name one of them \"mock\", or write `routes: true` in exactly "
        "one\n");
  CHECK(errors_of("providers:\n  a: {plugin: mock, routes: true}\n  b: {plugin: mock}\n").empty());
}

TEST_CASE("bad config: two plugins that claim the same must be told apart") {
  std::vector<PluginClaims> claims = test::claims();
  claims.push_back({"twin", "1", "twin.so",
                    R"({"name":"twin","routes":[{"path":"/v1/*","operation":"forward"}],
                        "models":{"claims":["gpt-*"]},"aliases":{"openai-chat-web":{}}})"});
  const auto load_with = [&claims](const std::string& text) {
    test::World world;
    world.files["f"] = text;
    return test::all_texts(load("f", claims, world).errors);
  };

  CHECK(load_with("log_level: info\n") ==
        "f:1:1: providers.twin: the route * /v1/* is claimed by \"openai\" and \"twin\"; write "
        "`routes: true` in one of them\n"
        "f:1:1: providers.twin: the models gpt-* is claimed by \"openai\" and \"twin\"; write "
        "`routes: true` in one of them\n"
        "f:1:1: providers.twin: the name openai-chat-web is claimed by \"openai\" and \"twin\"; "
        "write `routes: true` in one of them\n");
  CHECK(load_with("providers: {twin: {routes: true}}\n").empty());
  CHECK(load_with("providers: {openai: {routes: true}}\n").empty());
}

TEST_CASE("bad config: a door to the network is opened only by a written word (E17)") {
  const std::string key = "providers: {openai: {api_keys: [{val: x}]}}\n";
  struct Door {
    const char* listen;
    bool with_credentials, starts;
  };
  const Door doors[] = {
      {"[{address: '0.0.0.0:1'}]", true, false},
      {"[{address: ':1'}]", true, false},
      {"[{address: '[::]:1'}]", true, false},
      {"[{address: '10.0.0.1:1'}]", true, false},
      {"[{address: 'example.com:1'}]", true, false},
      {"[{address: 'localhost:2'}, {address: ':1'}]", true, false},
      {"[{address: '0.0.0.0:1', auth: open}]", true, true},
      {"[{address: '0.0.0.0:1', auth: keys}]", true, true},
      {"[{address: '0.0.0.0:1'}]", false, true},
      {"[{address: '127.0.0.1:1'}]", true, true},
      {"[{address: '[::1]:1'}]", true, true},
      {"[{address: 'localhost:1'}]", true, true},
  };
  int silent = 0;
  for (const Door& door : doors) {
    const Loaded loaded = test::load_text("listen: " + std::string(door.listen) + "\n" +
                                          (door.with_credentials ? key : std::string()));
    CHECK_MESSAGE((loaded.config != nullptr) == door.starts, door.listen);
    if (loaded.config && !door.starts) ++silent;
  }
  std::printf("E17: silent open starts: %d of %zu\n", silent, std::size(doors));
}

TEST_CASE("bad config: what is allowed but doubtful is a warning") {
  const auto warnings = [](const char* text) {
    const Loaded loaded = test::load_text(text);
    REQUIRE_MESSAGE(loaded.config, test::all_texts(loaded.errors));
    return loaded.config->warnings;
  };
  CHECK(warnings("listen: [{address: 'localhost:1', auth: keys}]\n") ==
        std::vector<std::string>{"aiproxy.yaml:1:41: listen[0].auth: no key is configured, so "
                                 "nobody may enter"});
  CHECK(warnings("admin: {address: '0.0.0.0:1'}\n") ==
        std::vector<std::string>{
            "aiproxy.yaml:1:18: admin.address: the admin port is reachable from other machines"});
  CHECK(warnings("admin: {address: '0.0.0.0:1', enabled: false}\n").empty());
  CHECK(warnings("listen: [{address: ':1', auth: open}]\nproviders: {openai: {api_keys: [{val: "
                 "x}]}}\n") ==
        std::vector<std::string>{"aiproxy.yaml:1:32: listen[0].auth: open to the network: everyone "
                                 "who reaches this port uses the configured credentials"});
}

TEST_CASE("bad config: every limit, one below, at, and one above its range") {
  struct Range {
    const char* key;
    std::uint64_t low, high;
  };
  const Range ranges[] = {
      {"header_fields", 8, 1000},
      {"body_bytes", 1024, 1073741824},
      {"json_depth", 8, 512},
      {"event_bytes", 4096, 268435456},
      {"upstream_head_bytes", 1024, 1048576},
      {"connections", 1, 1000000},
      {"head_deadline_ms", 1, 86400000},
      {"body_idle_ms", 1, 86400000},
      {"keep_alive_idle_ms", 1, 86400000},
      {"upstream_idle_ms", 1, 86400000},
      {"commit_after_ms", 1, 86400000},
      {"heartbeat_ms", 1, 86400000},
      {"drain_timeout_ms", 1, 86400000},
  };
  for (const Range& range : ranges) {
    const auto good = [&range](std::uint64_t value) {
      return errors_of("limits: {" + std::string(range.key) + ": " + std::to_string(value) + "}\n")
          .empty();
    };
    CHECK_MESSAGE(!good(range.low - 1), range.key);
    CHECK_MESSAGE(good(range.low), range.key);
    CHECK_MESSAGE(good(range.low + 1), range.key);
    CHECK_MESSAGE(good(range.high - 1), range.key);
    CHECK_MESSAGE(good(range.high), range.key);
    CHECK_MESSAGE(!good(range.high + 1), range.key);
  }
  // These two hold each other.
  CHECK(errors_of("limits: {head_bytes: 1023, url_bytes: 256}\n").find("at least 1024") !=
        std::string::npos);
  CHECK(errors_of("limits: {head_bytes: 1024, url_bytes: 256}\n").empty());
  CHECK(errors_of("limits: {head_bytes: 1048576}\n").empty());
  CHECK_FALSE(errors_of("limits: {head_bytes: 1048577}\n").empty());
  CHECK_FALSE(errors_of("limits: {url_bytes: 255}\n").empty());
  CHECK(errors_of("limits: {url_bytes: 65536}\n").empty());
  CHECK_FALSE(errors_of("limits: {head_bytes: 1048576, url_bytes: 65537}\n").empty());
}

TEST_CASE("bad config: all errors of a file are told at once, in its order") {
  CHECK(errors_of("listen: [{address: nowhere}]\n"
                  "providers:\n"
                  "  openai: {retries: x, api_keys: [{val: \"${GONE}\"}]}\n"
                  "  nobody: {}\n"
                  "models: [{match: m, targets: [{provider: nobody}, {provider: else}]}]\n"
                  "unknown: 1\n") ==
        "aiproxy.yaml:1:20: listen[0].address: an address is \"HOST:PORT\", \"[IPv6]:PORT\" or "
        "\":PORT\"; got \"nowhere\"\n"
        "aiproxy.yaml:3:21: providers.openai.retries: expected an integer, got \"x\"\n"
        "aiproxy.yaml:3:41: providers.openai.api_keys[0].val: the environment variable GONE is not "
        "set; set it, or write ${GONE:-default}\n"
        "aiproxy.yaml:4:3: providers.nobody: no plugin is named \"nobody\"; known here: openai, "
        "claude, mock\n"
        "aiproxy.yaml:5:62: models[0].targets[1].provider: no provider is named \"else\"; known "
        "here: openai, nobody, claude, mock\n"
        "aiproxy.yaml:6:1: unknown: unknown key; known here: listen, admin, plugin_dir, state_dir, "
        "workers, log_level, access_log, proxy_url, providers, models, keys, default_provider, "
        "capabilities, limits\n");
}

TEST_CASE("bad config: a file that cannot be read is an error with its reason") {
  CHECK(test::all_texts(load("gone.yaml", test::claims(), test::World()).errors) ==
        "gone.yaml: cannot read the configuration: No such file or directory\n");
}
