#include "core/admit/admit.h"

#include <doctest/doctest.h>

#include "core/base/sha256.h"

using namespace aip;
using namespace aip::admit;

namespace {

config::Config config_with_keys() {
  config::Config config;
  for (const char* id : {"team-a", "team-b"}) {
    config::Key key;
    key.id = id;
    key.sha256 = sha256_hex("secret of " + key.id);
    config.keys.push_back(std::move(key));
  }
  return config;
}

config::Listener listener(config::Auth auth) {
  config::Listener out;
  out.host = "127.0.0.1";
  out.auth = auth;
  return out;
}

http::RequestHead head_with(std::initializer_list<std::pair<const char*, std::string>> fields,
                            std::string query = {}) {
  http::RequestHead head;
  for (const auto& [name, value] : fields) head.headers.add(name, value);
  head.query = std::move(query);
  return head;
}

// The id of the key that lets this head in; "open", or the error's name.
std::string entered(const config::Config& config, const config::Listener& where,
                    const http::RequestHead& head) {
  const auto key = authenticate(config, where, head);
  if (!key) return std::string(traits(key.error().code).name);
  return *key == nullptr ? "open" : (*key)->id;
}

bool host_passes(const char* host, const config::Listener& where) {
  return entered({}, where, head_with({{"host", host}})) == "open";
}

}  // namespace

TEST_CASE("admit: a virtual key opens, wherever it is shown") {
  const config::Config config = config_with_keys();
  const config::Listener keys = listener(config::Auth::Keys);
  const std::string a = "secret of team-a";

  CHECK(entered(config, keys, head_with({{"authorization", "Bearer " + a}})) == "team-a");
  CHECK(entered(config, keys, head_with({{"x-api-key", a}})) == "team-a");
  CHECK(entered(config, keys, head_with({{"api-key", a}})) == "team-a");
  CHECK(entered(config, keys, head_with({{"x-goog-api-key", "secret of team-b"}})) == "team-b");
  CHECK(entered(config, keys, head_with({}, "key=secret%20of%20team-a")) == "team-a");
  // A dummy in one place does not hide the key in another.
  CHECK(entered(config, keys, head_with({{"authorization", "Bearer aiproxy"}, {"x-api-key", a}})) ==
        "team-a");
}

TEST_CASE("admit: no key, a wrong one, and a key's own hash are refused") {
  const config::Config config = config_with_keys();
  const config::Listener keys = listener(config::Auth::Keys);
  for (const std::string& value :
       {std::string(), std::string("wrong"), std::string("secret of team-A"),
        std::string("secret of team-"), config.keys[0].sha256, std::string("team-a")}) {
    CHECK(entered(config, keys, head_with({{"authorization", "Bearer " + value}})) ==
          "policy_unauthenticated");
  }
  CHECK(entered(config, keys, head_with({})) == "policy_unauthenticated");
  CHECK(entered({}, keys, head_with({{"x-api-key", "x"}})) == "policy_unauthenticated");
}

TEST_CASE("admit: an entry without a hash opens to nobody") {
  config::Config config;
  config.keys.emplace_back();

  CHECK(entered(config, listener(config::Auth::Keys), head_with({{"x-api-key", "x"}})) ==
        "policy_unauthenticated");
}

TEST_CASE("admit: a listener with keys does not look at Host") {
  const config::Config config = config_with_keys();

  CHECK(entered(config, listener(config::Auth::Keys),
                head_with({{"host", "evil.example"}, {"x-api-key", "secret of team-a"}})) ==
        "team-a");
}

TEST_CASE("admit: an open listener takes names that it knows, and addresses") {
  const config::Listener open = listener(config::Auth::Open);
  for (const char* host :
       {"localhost", "localhost:8999", "LOCALHOST", "localhost.", "app.localhost:1", "127.0.0.1",
        "127.0.0.1:8999", "10.1.2.3:80", "[::1]", "[::1]:8999", "[2001:db8::1]:1", ""}) {
    CHECK_MESSAGE(host_passes(host, open), host);
  }
  for (const char* host :
       {"evil.example", "evil.example:8999", "localhost.evil.example", "127.0.0.1.evil.example",
        "xlocalhost", "aiproxy", "[::1].evil.example", "[evil]", "1.2.3", "0x7f000001"}) {
    CHECK_MESSAGE(!host_passes(host, open), host);
  }
}

TEST_CASE("admit: the listener's own name and its `hosts` pass") {
  config::Listener open = listener(config::Auth::Open);
  open.host = "Gateway.lan";
  open.hosts = {"aiproxy", "*.Internal.example"};
  for (const char* host : {"gateway.lan:1", "aiproxy:8999", "AIPROXY", "a.internal.example"}) {
    CHECK_MESSAGE(host_passes(host, open), host);
  }
  CHECK_FALSE(host_passes("internal.example", open));
  open.hosts = {"*"};
  CHECK(host_passes("anything.at.all", open));
}

TEST_CASE("admit: a refused Host is 403 and says who can mend it") {
  const auto key =
      authenticate({}, listener(config::Auth::Open), head_with({{"host", "evil.example"}}));

  REQUIRE_FALSE(key.ok());
  CHECK(key.error().code == ErrorCode::PolicyForbidden);
  CHECK(key.error().public_text().find("listen[].hosts") != std::string_view::npos);
}

TEST_CASE("admit: a key may use the models that it lists, or all") {
  config::Key key;
  CHECK(may_use_model(nullptr, "anything").ok());
  CHECK(may_use_model(&key, "anything").ok());
  key.models = {"fast", "gpt-*"};
  for (const char* model : {"fast", "gpt-4o", "gpt-"}) CHECK(may_use_model(&key, model).ok());
  for (const char* model : {"", "faster", "claude-3", "openai/gpt-4o", "GPT-4o"}) {
    const Status status = may_use_model(&key, model);
    REQUIRE_FALSE_MESSAGE(status.ok(), model);
    CHECK(status.error().code == ErrorCode::PolicyForbidden);
  }
}

TEST_CASE("admit: forwards are refused unless the key lists them") {
  config::Key key;
  CHECK(may_forward(nullptr, "DELETE", "/v1/files/x").ok());
  CHECK_FALSE(may_forward(&key, "GET", "/v1/files").ok());
  key.forward = {"POST /v1/images/*", "* /v1/files", "GET /v1/batches*"};
  struct Try {
    const char *method, *path;
    bool good;
  };
  const Try tries[] = {
      {"POST", "/v1/images/generations", true},
      {"GET", "/v1/images/generations", false},
      {"POST", "/v1/images", false},
      {"GET", "/v1/files", true},
      {"DELETE", "/v1/files", true},
      {"DELETE", "/v1/files/f-1", false},
      {"GET", "/v1/batches/b", true},
      {"POST", "/v1/images/../files", false},
      {"POST", "/v1/images/%2e%2e/files", false},
      {"POST", "/v1/images/..%2ffiles", false},
      {"POST", "/v1/images/..%2Ffiles", false},
      {"POST", "/v1/images/x%5c..%5cfiles", false},
      {"POST", "/v1/images//files", false},
      {"POST", "/v1/images/..\\files", false},
      {"POST", "", false},
  };
  for (const Try& t : tries) {
    CHECK_MESSAGE(may_forward(&key, t.method, t.path).ok() == t.good, t.method << " " << t.path);
  }
}
