#include <doctest/doctest.h>

#include "tests/unit/route/support.h"

using namespace aip;
using namespace aip::route;
using test::table_of;

namespace {

struct Case {
  const char *method, *path, *meaning;
};

// "chat openai-chat" and what is set of provider, model and path; or the error's name.
std::string meaning(const Table& table, std::string_view method, std::string_view path) {
  const Result<Match> match = table.match(method, path);
  if (!match) return std::string(traits(match.error().code).name);
  return test::drawn(*match);
}

void check_all(const Table& table, std::span<const Case> cases) {
  for (const Case& c : cases) {
    CHECK_MESSAGE(meaning(table, c.method, c.path) == c.meaning,
                  c.method << " " << c.path << ": " << meaning(table, c.method, c.path));
  }
}

}  // namespace

TEST_CASE("match: the core's dialect routes") {
  const Case cases[] = {
      {"POST", "/c/v1/chat/completions", "chat openai-chat"},
      {"POST", "/v1/chat/completions", "chat openai-chat"},
      {"POST", "/v1/responses", "chat openai-responses"},
      {"POST", "/v1/messages", "chat anthropic"},
      {"POST", "/v1/messages/count_tokens", "count_tokens anthropic"},
      {"POST", "/v1/embeddings", "embeddings openai-chat"},
      {"GET", "/v1/models", "list_models openai-chat"},
      {"GET", "/v1/models/gpt-4o", "get_model openai-chat model=gpt-4o"},
      {"POST", "/v1beta/models/gemini-pro:generateContent", "chat gemini model=gemini-pro"},
      {"POST", "/v1beta/models/gemini-pro:streamGenerateContent", "chat gemini model=gemini-pro"},
      {"POST", "/v1beta/models/gemini-pro:countTokens", "count_tokens gemini model=gemini-pro"},
      {"GET", "/v1beta/models", "list_models gemini"},
      {"GET", "/v1beta/models/gemini-pro", "get_model gemini model=gemini-pro"},
  };
  check_all(*table_of("log_level: info\n"), cases);
}

TEST_CASE("match: newcomers' base URLs work too") {
  const Case cases[] = {
      {"POST", "/chat/completions", "chat openai-chat"},
      {"POST", "/responses", "chat openai-responses"},
      {"POST", "/messages", "chat anthropic"},
      {"POST", "/messages/count_tokens", "count_tokens anthropic"},
      {"POST", "/embeddings", "embeddings openai-chat"},
      {"GET", "/models", "list_models openai-chat"},
      {"GET", "/models/gpt-4o", "get_model openai-chat model=gpt-4o"},
      {"POST", "/models/gemini-pro:generateContent", "chat gemini model=gemini-pro"},
      {"POST", "/v1/models/gemini-pro:streamGenerateContent", "chat gemini model=gemini-pro"},
      {"POST", "/v1/v1/messages", "chat anthropic"},
      {"POST", "/v1/v1/chat/completions", "chat openai-chat"},
  };
  check_all(*table_of("log_level: info\n"), cases);
}

TEST_CASE("match: only Gemini's streaming verb asks for a stream in the path") {
  const auto table = table_of("log_level: info\n");
  CHECK(table->match("POST", "/v1beta/models/m:streamGenerateContent")->stream);
  CHECK(table->match("POST", "/v1/models/m:streamGenerateContent")->stream);
  CHECK_FALSE(table->match("POST", "/v1beta/models/m:generateContent")->stream);
  CHECK_FALSE(table->match("POST", "/v1beta/models/m:countTokens")->stream);
  CHECK_FALSE(table->match("POST", "/v1/chat/completions")->stream);
}

TEST_CASE("match: a model's name in the path may hold slashes, colons and escapes") {
  const Case cases[] = {
      {"GET", "/v1/models/deepseek/chat", "get_model openai-chat model=deepseek/chat"},
      {"GET", "/v1/models/a%2Fb", "get_model openai-chat model=a/b"},
      {"POST", "/v1beta/models/p/m:x:generateContent", "chat gemini model=p/m:x"},
      {"GET", "/v1/models/ft:gpt-4o:org", "get_model openai-chat model=ft:gpt-4o:org"},
      {"GET", "/v1/models/100%25", "get_model openai-chat model=100%"},
      {"GET", "/v1/models/a%zz", "get_model openai-chat model=a%zz"},
  };
  check_all(*table_of("log_level: info\n"), cases);
}

TEST_CASE("match: routes below a provider's name belong to its plugin") {
  const Case cases[] = {
      {"GET", "/v1/files", "forward none provider=openai path=/v1/files"},
      {"DELETE", "/v1/files/f-1", "forward none provider=openai path=/v1/files/f-1"},
      {"POST", "/auth/token/web", "route none provider=openai path=/auth/token/web"},
      {"GET", "/claude/api/v1/models", "forward none provider=claude path=/claude/api/v1/models"},
      // An exact path comes before the prefix that holds it.
      {"POST", "/claude/api/openai", "chat openai-chat provider=claude path=/claude/api/openai"},
      {"GET", "/claude/api/openai", "forward none provider=claude path=/claude/api/openai"},
      // The core's own come before both, but another method may be the plugin's.
      {"GET", "/v1/chat/completions", "forward none provider=openai path=/v1/chat/completions"},
      {"GET", "/v1/responses/r-1", "forward none provider=openai path=/v1/responses/r-1"},
      {"DELETE", "/v1/models/m", "forward none provider=openai path=/v1/models/m"},
  };
  check_all(*table_of("log_level: info\n"), cases);
}

TEST_CASE("match: an unknown path is 404, a known one with another method 405") {
  const Case cases[] = {
      {"GET", "/", "caller_not_found"},
      {"GET", "/nothing", "caller_not_found"},
      {"GET", "/v2/chat", "caller_not_found"},
      {"POST", "/v1beta/chat/completions", "caller_not_found"},
      {"POST", "/v1beta/models/m:embedContent", "caller_not_found"},
      {"GET", "/v1beta/models/m:embedContent", "caller_not_found"},
      {"POST", "/v1beta/models/m", "caller_not_found"},
      {"POST", "/v1beta/models", "caller_not_found"},
      {"GET", "/auth/token/web", "caller_method_not_allowed"},
      {"GET", "/chat/completions", "caller_method_not_allowed"},
      {"POST", "/models", "caller_method_not_allowed"},
      {"GET", "/v1beta/models/m:generateContent", "caller_method_not_allowed"},
      {"POST", "/c/chat/completions", "caller_not_found"},
      {"GET", "", "caller_not_found"},
  };
  check_all(*table_of("log_level: info\n"), cases);
}

TEST_CASE("match: a 405 names the method that is allowed") {
  const auto table = table_of("log_level: info\n");

  CHECK(table->match("GET", "/chat/completions").error().detail ==
        "This method is not allowed here; use POST.");
}

TEST_CASE("match: Responses over WebSocket is refused with 426, with and without /v1") {
  const auto table = table_of("log_level: info\n");

  CHECK(meaning(*table, "GET", "/v1/responses") == "caller_upgrade_refused");
  CHECK(meaning(*table, "GET", "/responses") == "caller_upgrade_refused");
}

TEST_CASE("match: every provider also answers below /p/<name>") {
  const auto table = table_of("providers: {deepseek: {plugin: openai}}\n");
  const Case cases[] = {
      {"POST", "/p/deepseek/v1/chat/completions", "chat openai-chat provider=deepseek"},
      {"POST", "/p/deepseek/chat/completions", "chat openai-chat provider=deepseek"},
      {"POST", "/p/claude/v1/messages", "chat anthropic provider=claude"},
      {"POST", "/p/mock/v1beta/models/m:generateContent", "chat gemini provider=mock model=m"},
      // The plugin's routes, though another provider owns them.
      {"GET", "/p/deepseek/v1/files", "forward none provider=deepseek path=/v1/files"},
      {"POST", "/p/deepseek/auth/token/web", "route none provider=deepseek path=/auth/token/web"},
      {"GET", "/p/deepseek/auth/token/web", "caller_method_not_allowed"},
      // What no route takes is forwarded, where the plugin forwards at all.
      {"GET", "/p/claude/v1/files", "forward none provider=claude path=/v1/files"},
      {"GET", "/p/deepseek/user/balance", "forward none provider=deepseek path=/user/balance"},
      {"GET", "/p/nobody/v1/models", "caller_not_found"},
      {"GET", "/p/deepseek", "caller_not_found"},
      {"GET", "/p/", "caller_not_found"},
      {"GET", "/p//v1/models", "caller_not_found"},
  };
  check_all(*table, cases);
}

TEST_CASE("match: a provider whose plugin does not forward has no unknown paths below /p/") {
  const auto table =
      table_of("providers: {x: {plugin: narrow}}\n", R"({"name":"narrow","operations":["chat"]})");

  CHECK(meaning(*table, "GET", "/p/x/v1/files") == "caller_not_found");
  CHECK(meaning(*table, "POST", "/p/x/v1/messages") == "chat anthropic provider=x");
}

TEST_CASE("match: no path with dot segments or a backslash reaches a plugin") {
  const auto table = table_of("log_level: info\n");
  for (const char* path : {"/v1/../admin", "/v1/./x", "/v1/..", "/v1/.", "/v1/%2e%2e/x",
                           "/v1/%2E./x", "/v1/.%2e", "/v1/a/../../x", "/claude/api/../web/x",
                           "/v1/a\\..\\x", "/p/openai/../x", "/p/openai/v1/%2e%2e/x"}) {
    CHECK_MESSAGE(meaning(*table, "GET", path) == "caller_bad_request", path);
  }
  for (const char* path : {"/v1/...", "/v1/.hidden", "/v1/a..b", "/v1/a.b", "/v1/..a"}) {
    CHECK_MESSAGE(meaning(*table, "GET", path).rfind("forward", 0) == 0, path);
  }
}

TEST_CASE("match: routes belong to the provider named like the plugin, else to routes: true") {
  const auto owner = [](const char* text) {
    return table_of(text)->match("GET", "/v1/files")->provider;
  };
  CHECK(owner("providers: {a: {plugin: openai}, b: {plugin: openai}}\n") == "openai");
  CHECK(owner("providers: {a: {plugin: openai, routes: true}, b: {plugin: openai}}\n") == "a");
  CHECK(owner("providers: {a: {plugin: openai, routes: true}, openai: {}}\n") == "openai");
}

TEST_CASE("match: of two plugins that claim one path, routes: true decides") {
  const std::string twin = R"({"name":"twin","routes":[{"path":"/v1/*","operation":"forward"}]})";

  CHECK(
      table_of("providers: {twin: {routes: true}}\n", twin)->match("GET", "/v1/files")->provider ==
      "twin");
  CHECK(table_of("providers: {openai: {routes: true}}\n", twin)
            ->match("GET", "/v1/files")
            ->provider == "openai");
}
