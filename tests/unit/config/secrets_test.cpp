// Secrets in every wrong place: no error, warning or view of the configuration may show them.
#include <doctest/doctest.h>

#include <cstdio>

#include "tests/unit/config/support.h"

using namespace aip::config;

namespace {

// Eight canaries, of different looks; one of them looks like any word.
const std::vector<std::string> kCanaries{
    "sk-proj-CANARY0001aaaaaaaaaaaa", "AIzaCANARY0002bbbbbbbbbbbbbbb",
    "eyJhbGciOi.CANARY0003.cccccccc", "pat_CANARY0004ddddddddddddddd",
    "xai-CANARY0005eeeeeeeeeeeeeeee", "Bearer CANARY0006ffffffffffff",
    "a1CANARY0007gggggggggggggggggg", "plaincanary"};

// Any eight characters of the canary in the text?
bool leaks(const std::string& text, const std::string& canary) {
  for (std::size_t i = 0; i + 8 <= canary.size(); ++i) {
    if (text.find(canary.substr(i, 8)) != std::string::npos) return true;
  }
  return false;
}

// Everything that loading may print.
std::string everything(const Loaded& loaded) {
  std::string out = test::all_texts(loaded.errors);
  if (!loaded.config) return out;
  for (const std::string& warning : loaded.config->warnings) out += warning;
  out += redacted_json(*loaded.config);
  for (const Provider& provider : loaded.config->providers) {
    out += provider.section;
    for (const Credential& credential : provider.credentials) out += credential.extra;
  }
  return out;
}

// Where a secret belongs, or where a slip of the hand puts one; S is the secret.
const char* const kPlaces[] = {
    "providers: {openai: {api_keys: [{id: 1, val: S}]}}",
    "providers: {openai: {api_keys: [{id: 1, val: S}, {id: 1, val: S}]}}",
    "providers: {openai: {api_keys: [{id: 1, val: [S]}]}}",
    "providers: {openai: {api_keys: [{id: 1, vall: S}]}}",
    "providers: {openai: {api_keys: [{id: 1, val: S, retries: x}], retries: x}}",
    "providers: {openai: {api_keys: [S]}}",
    "providers: {openai: {api_keys: S}}",
    "providers: {openai: {api_key: S}}",
    "providers: {openai: {api_keys: {id: 1, val: S}}}",
    "providers: {openai: S}",
    "providers: {openai: {login_password: S, retries: x}}",
    "providers: {openai: {login_password: [S]}}",
    "providers: {openai: {web_sessions: [{id: 1, val: S}], mode: S}}",
    "providers: {openai: {proxy_url: 'http://u:S@h:1', retries: x}}",
    "providers: {openai: {proxy_url: 'ftp://u:S@h:1'}}",
    "providers: {openai: {base_url: 'https://u:S@h'}}",
    "proxy_url: 'http://u:S@h:1/path'",
    "admin: {token: S}",
    "admin: {token: S, port: 1}",
    "providers:\n  openai:\n    api_keys:\n      - id: 1\n        val: \"${SECRET}\"\n    retries: "
    "\"${SECRET}\"\n",
    "providers:\n  openai: {mode: \"${SECRET}\", retries: \"${SECRET}\", region: \"${SECRET}\", "
    "routes: \"${SECRET}\"}\n",
    "listen: [{address: \"${SECRET}\"}]",
    "models: [{match: x, targets: [{provider: mock, weight: \"${file:secret}\"}]}]",
    "providers: {openai: {api_keys: [{id: 1, val: \"S}]}}",
    "providers: {openai: {api_keys: [{id: 1, val: S}}]}",
    "openai: {api_keys: [{id: 1, val: S}]}\nport: x\n",
    "claude: {web_sessions: [{id: 1, val: S, organization_id: }], api_keys: S}\n",
};

}  // namespace

TEST_CASE("secrets: no error, warning or view shows a secret") {
  int hits = 0, texts = 0;
  for (const std::string& canary : kCanaries) {
    for (const std::string place : kPlaces) {
      std::string text = place;
      for (std::size_t at = text.find('S'); at != std::string::npos;
           at = text.find('S', at + canary.size())) {
        if (text.compare(at, 6, "SECRET") == 0) continue;
        text.replace(at, 1, canary);
      }
      test::World world;
      world.variables["SECRET"] = canary;
      world.files["secret"] = canary;
      const std::string printed = everything(test::load_text(text, world));
      CHECK_FALSE(printed.empty());
      ++texts;
      if (!leaks(printed, canary)) continue;
      ++hits;
      FAIL_CHECK(place << "\n" << printed);
    }
  }
  std::printf("E1 (configuration): canaries shown: %d of %d texts\n", hits, texts);
}
