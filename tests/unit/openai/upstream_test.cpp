#include "plugins/openai/upstream.h"

#include <doctest/doctest.h>

#include "tests/unit/openai/section.h"

using namespace aip::openai;  // NOLINT: short names read better in a table
using aip::sdk::Headers;
using aip::sdk::span;
using aip::sdk::text;

namespace {

std::string forwarded(std::string_view path, std::string_view query = {},
                      const std::string& section = "{}") {
  return forward_url(settings_of(section), path, query).value_or("refused");
}

// "name: value" of each field; a secret is told as <n>.
std::string lines_of(const Headers& headers) {
  std::string out;
  for (const aip_header& h : headers.raw()) {
    out += std::string(text(h.name)) + ": " + std::string(text(h.value));
    if (h.secret != 0) out += "<" + std::to_string(h.secret) + ">";
    out += "\n";
  }
  return out;
}

std::string credential_lines(const std::string& section, std::string_view kind,
                             std::uint32_t secret) {
  aip_credential credential{};
  credential.kind = span(kind);
  credential.secret = secret;
  Headers headers;
  add_credential(settings_of(section), credential, headers);
  return lines_of(headers);
}

}  // namespace

TEST_CASE("upstream: forwards keep path and query under the base, without a key in it") {
  CHECK(forwarded("/v1/files") == "https://api.openai.com/v1/files");
  CHECK(forwarded("/v1/files", "a=1&key=sk-x&b=%20") ==
        "https://api.openai.com/v1/files?a=1&b=%20");
  CHECK(forwarded("/v1/files", "key=sk-x") == "https://api.openai.com/v1/files");
  CHECK(forwarded("/v1/files", "keys=1&monkey=2") ==
        "https://api.openai.com/v1/files?keys=1&monkey=2");
  CHECK(forwarded("/v1") == "https://api.openai.com/v1");
  CHECK(forwarded("/dashboard/billing") == "https://api.openai.com/dashboard/billing");
  CHECK(forwarded("/v1/files", "", R"({"base_url":"https://g.example/openai/v1"})") ==
        "https://g.example/openai/v1/files");
  CHECK(forwarded("/dashboard/x", "", R"({"base_url":"https://g.example/openai/v1"})") ==
        "https://g.example/openai/dashboard/x");
  CHECK(forwarded("/v1/files", "api-version=9&x=1",
                  R"({"base_url":"https://r.a.com","azure":{"api_version":"1"}})") ==
        "https://r.a.com/openai/files?x=1&api-version=1");
}

TEST_CASE("upstream: a path that would leave its place is refused, in every spelling") {
  for (const std::string_view path : {"/v1/../admin", "/v1/./x", "/v1/%2e%2e/admin",
                                      "/v1/.%2E/admin", "/v1/a/..", "/v1/..\\x", "v1/files", ""}) {
    CHECK_MESSAGE(forwarded(path) == "refused", std::string(path));
  }
  CHECK(forwarded("/v1/..a/b..") == "https://api.openai.com/v1/..a/b..");
}

TEST_CASE("upstream: keys go as the service wants them") {
  CHECK(credential_lines("{}", "api_key", 1) == "authorization: Bearer <1>\n");
  CHECK(credential_lines("{}", "bearer", 1) == "authorization: Bearer <1>\n");
  CHECK(credential_lines("{}", "x-api-key", 1) == "authorization: Bearer <1>\n");
  CHECK(credential_lines("{}", "authorization", 1) == "authorization: <1>\n");
  CHECK(credential_lines("{}", "api_key", 0).empty());
  CHECK(credential_lines(R"({"azure":{}})", "api_key", 2) == "api-key: <2>\n");
  CHECK(credential_lines(R"({"azure":{}})", "bearer", 2) == "api-key: <2>\n");
}

TEST_CASE("upstream: a forward's fields pass by name, and no name of a person or key among them") {
  const std::vector<std::pair<std::string, std::string>> sent{
      {"Content-Type", "a/b"},
      {"accept-encoding", "gzip"},
      {"Range", "bytes=0-"},
      {"X-Stainless-Lang", "js"},
      {"OpenAI-Beta", "v"},
      {"Cookie", "c"},
      {"Authorization", "Bearer x"},
      {"x-api-key", "k"},
      {"X-Forwarded-For", "10.0.0.1"},
      {"Origin", "http://x"},
      {"Host", "h"},
      {"Connection", "close"},
      {"OpenAI-Organization", "org"},
      {"Sec-WebSocket-Version", "13"},
      {"Sec-WebSocket-Protocol", "realtime,openai-insecure-api-key.sk-1 ,openai-organization.o"}};
  std::vector<aip_header> raw;
  for (const auto& [name, value] : sent) raw.push_back({span(name), span(value), 0, 0});
  aip_request request{};
  request.headers = raw.data();
  request.header_count = raw.size();

  Headers headers;
  add_forwarded_fields(request, headers);

  CHECK(lines_of(headers) ==
        "Content-Type: a/b\naccept-encoding: gzip\nRange: bytes=0-\nX-Stainless-Lang: js\n"
        "OpenAI-Beta: v\nSec-WebSocket-Version: 13\nSec-WebSocket-Protocol: realtime\n");
}

TEST_CASE("upstream: an account belongs to its key") {
  const Settings settings =
      settings_of(R"({"organization":"ours","project":"p","headers":{"x-a":"b"}})");
  const std::string name = "OpenAI-Organization";
  const std::string value = "theirs";
  const aip_header sent{span(name), span(value), 0, 0};
  aip_request request{};
  request.headers = &sent;
  request.header_count = 1;

  Headers configured;
  add_account(settings, request, configured);
  request.credential.flags = AIP_CRED_CLIENT;
  Headers own;
  add_account(settings, request, own);

  CHECK(lines_of(configured) == "openai-organization: ours\nopenai-project: p\nx-a: b\n");
  CHECK(lines_of(own) == "openai-organization: theirs\nx-a: b\n");
}
