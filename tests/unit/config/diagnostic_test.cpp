#include "core/config/diagnostic.h"

#include <doctest/doctest.h>

using namespace aip::config;

TEST_CASE("diagnostic: prints file, line, column, path and text, each if it is known") {
  CHECK(Diagnostic{"f.yaml", {7, 17}, "a.b", "x"}.to_string() == "f.yaml:7:17: a.b: x");
  CHECK(Diagnostic{"f.yaml", {}, "", "x"}.to_string() == "f.yaml: x");
  CHECK(Diagnostic{"", {}, "a", "x"}.to_string() == "a: x");
}

TEST_CASE("diagnostic: errors come in the order of the file") {
  Diagnostics out("f");
  out.error({3, 1}, "c", "third");
  out.error({1, 9}, "b", "second");
  out.error({1, 2}, "a", "first");

  const auto errors = out.errors();

  REQUIRE(errors.size() == 3);
  CHECK(errors[0].text == "first");
  CHECK(errors[1].text == "second");
  CHECK(errors[2].text == "third");
}

TEST_CASE("diagnostic: at most kDiagnosticsMax errors are kept, and the rest is counted") {
  const auto told = [](std::size_t n) {
    Diagnostics out("f");
    for (std::size_t i = 0; i < n; ++i) out.error({1, 1}, "", "x");
    return out.errors();
  };
  CHECK(told(kDiagnosticsMax - 1).size() == kDiagnosticsMax - 1);
  CHECK(told(kDiagnosticsMax).size() == kDiagnosticsMax);
  const auto above = told(kDiagnosticsMax + 2);
  CHECK(above.size() == kDiagnosticsMax + 1);
  CHECK(above.back().text == "and 2 more errors");
}

TEST_CASE("diagnostic: a registered secret is blotted out, also in what was told before") {
  Diagnostics out("f");
  out.error({1, 1}, "a.hunter22", "got \"hunter22\" and hunter22x");
  out.secret("hunter22");
  out.secret("short");

  CHECK(out.errors()[0].text == "got \"[secret]\" and [secret]x");
  CHECK(out.errors()[0].path == "a.[secret]");
}

TEST_CASE("diagnostic: the longest renamed path wins, and only whole steps count") {
  Diagnostics out("f");
  out.rename("providers.openai", "openai");
  out.rename("providers.openai.arkose", "arkose");
  out.error({1, 1}, "providers.openai.api_keys[0]", "x");
  out.error({2, 1}, "providers.openai.arkose.y", "x");
  out.error({3, 1}, "providers.openai2", "x");

  const auto errors = out.errors();

  CHECK(errors[0].path == "openai.api_keys[0]");
  CHECK(errors[1].path == "arkose.y");
  CHECK(errors[2].path == "providers.openai2");
}

TEST_CASE("diagnostic: texts of the file are quoted, cut and escaped") {
  CHECK(shown("fast") == "\"fast\"");
  CHECK(shown("a\x1b[1mb\n") == "\"a\\x1b[1mb\\x0a\"");
  CHECK(shown(std::string(kShownBytesMax, ' ')).size() == kShownBytesMax + 2);
  CHECK(shown(std::string(kShownBytesMax + 1, ' ')) ==
        "\"" + std::string(kShownBytesMax, ' ') + "...\"");
  // Not cut inside a character.
  const std::string accents = std::string(kShownBytesMax - 1, 'x') + "\xC3\xA9\xC3\xA9";
  CHECK(shown(accents) == "\"" + std::string(kShownBytesMax - 1, 'x') + "\xC3\xA9...\"");
}

TEST_CASE("diagnostic: what looks like a secret is not shown") {
  for (const char* text :
       {"sk-1", "sk-proj-abc", "AIzaSy", "eyJhbGciOi", "pat_x", "Bearer x", "xai-1", "gsk_1",
        "http://user:pass@host/", "socks5h://u@h:1", "a1b2c3d4e5f6g7h8i9j0"}) {
    CHECK(shown(text) == "a text that is not shown");
  }
  for (const char* text : {"fast", "gpt-4o-mini", "https://api.openai.com/v1", "1800000",
                           "a text of many words with 1 digit", "timeout_ms"}) {
    CHECK(shown(text) == "\"" + std::string(text) + "\"");
  }
}

TEST_CASE("diagnostic: the nearest known word is suggested, or all are listed") {
  const std::vector<std::string> known{"timeout_ms", "base_url", "routes", "tls"};

  CHECK(suggestion("timeuot_ms", known) == "; did you mean \"timeout_ms\"?");
  CHECK(suggestion("timeout", known) == "; known here: timeout_ms, base_url, routes, tls");
  CHECK(suggestion("bas_url", known) == "; did you mean \"base_url\"?");
  CHECK(suggestion("base-url", known) == "; did you mean \"base_url\"?");
  CHECK(suggestion("route", known) == "; did you mean \"routes\"?");
  CHECK(suggestion("zzz", known) == "; known here: timeout_ms, base_url, routes, tls");
  CHECK(suggestion("zzz", {}).empty());
  CHECK(nearest("", known).empty());
  CHECK(nearest(std::string(1000, 'x'), known).empty());
  CHECK(nearest("ab", {"cd"}).empty());
}
