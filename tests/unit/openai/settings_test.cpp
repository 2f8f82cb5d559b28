#include "plugins/openai/settings.h"

#include <doctest/doctest.h>

#include "plugins/openai/upstream.h"
#include "tests/unit/openai/section.h"

using namespace aip::openai;  // NOLINT: short names read better in a table
using aip::sdk::Failure;

namespace {

std::string chat_url(const std::string& section, std::string_view model = "m") {
  return model_url(settings_of(section), "/chat/completions", model);
}
std::string based(const std::string& base) {
  return chat_url(R"({"base_url":")" + base + "\"}");
}

}  // namespace

TEST_CASE("settings: an address with or without a version, a slash, or the chat itself") {
  CHECK(chat_url("{}") == "https://api.openai.com/v1/chat/completions");
  CHECK(based("https://api.openai.com/v1") == "https://api.openai.com/v1/chat/completions");
  CHECK(based("https://api.openai.com/v1/") == "https://api.openai.com/v1/chat/completions");
  CHECK(based("https://api.deepseek.com") == "https://api.deepseek.com/v1/chat/completions");
  CHECK(based("https://openrouter.ai/api/v1") == "https://openrouter.ai/api/v1/chat/completions");
  CHECK(based("https://api.z.ai/api/paas/v4") == "https://api.z.ai/api/paas/v4/chat/completions");
  CHECK(based("https://g.example/v1beta/openai") ==
        "https://g.example/v1beta/openai/chat/completions");
  CHECK(based("http://127.0.0.1:8080") == "http://127.0.0.1:8080/v1/chat/completions");
  CHECK(based("http://v1.example") == "http://v1.example/v1/chat/completions");
  CHECK(based("https://x.example/openai") == "https://x.example/openai/v1/chat/completions");
  CHECK(based("https://x.example/v1/chat/completions") == "https://x.example/v1/chat/completions");
  CHECK(based("http://[::1]:80/video") == "http://[::1]:80/video/v1/chat/completions");
}

TEST_CASE("settings: api_path says what stands between") {
  CHECK(chat_url(R"({"base_url":"https://x.example","api_path":""})") ==
        "https://x.example/chat/completions");
  CHECK(chat_url(R"({"base_url":"https://x.example","api_path":"/compat/api"})") ==
        "https://x.example/compat/api/chat/completions");
}

TEST_CASE("settings: Azure's deployment goes behind as much of its path as the base has") {
  const auto azure = [](const std::string& base, const std::string& more = {}) {
    return chat_url(
        R"({"base_url":")" + base + R"(","azure":{"api_version":"2024-10-21")" + more + "}}",
        "gpt-4o");
  };
  const std::string full =
      "https://r.openai.azure.com/openai/deployments/gpt-4o/chat/"
      "completions?api-version=2024-10-21";
  CHECK(azure("https://r.openai.azure.com") == full);
  CHECK(azure("https://r.openai.azure.com/openai") == full);
  CHECK(azure("https://r.openai.azure.com/openai/deployments") == full);
  CHECK(azure("https://r.openai.azure.com/openai/deployments/gpt-4o") == full);
  CHECK(azure("https://gate.example", R"(,"deployment_path":"/d/{model}")") ==
        "https://gate.example/d/gpt-4o/chat/completions?api-version=2024-10-21");
  CHECK(chat_url(R"({"base_url":"https://r.openai.azure.com","azure":{}})") ==
        "https://r.openai.azure.com/openai/v1/chat/completions");
  CHECK(chat_url(R"({"base_url":"https://r.openai.azure.com/openai/v1","azure":{}})") ==
        "https://r.openai.azure.com/openai/v1/chat/completions");
  CHECK(plain_url(settings_of(R"({"base_url":"https://r.a.com","azure":{"api_version":"1"}})"),
                  "/models") == "https://r.a.com/openai/models?api-version=1");
}

TEST_CASE("settings: a key is wanted where one is needed") {
  CHECK(settings_of("{}").is_openai);
  CHECK(settings_of(R"({"base_url":"https://api.openai.com/v1"})").is_openai);
  CHECK_FALSE(settings_of(R"({"base_url":"https://api.openai.com.example"})").is_openai);
  CHECK_FALSE(settings_of("{}").has_keys);
  CHECK(settings_of(R"({"api_keys":[{"id":"1"}]})").has_keys);
}

TEST_CASE("settings: headers that belong to the gateway are refused by name") {
  for (const char* name : {"Authorization", "api-key", "Host", "Content-Length", "cookie"}) {
    Settings settings;
    Failure failure;
    CHECK_FALSE(
        read_settings(R"({"headers":{")" + std::string(name) + R"(":"x"}})", settings, failure));
    CHECK(failure.message.find(name) != std::string::npos);
  }
  CHECK(settings_of(R"({"headers":{"x-title":"t"}})").headers.size() == 1);
}
