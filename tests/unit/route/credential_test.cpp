#include <doctest/doctest.h>

#include "core/route/route.h"

using namespace aip;
using namespace aip::route;

namespace {

http::RequestHead head_with(std::initializer_list<std::pair<const char*, const char*>> fields,
                            const char* query = "") {
  http::RequestHead head;
  for (const auto& [name, value] : fields) head.headers.add(name, value);
  head.query = query;
  return head;
}

std::string shown(const http::RequestHead& head) {
  const auto found = shown_credential(head);
  return found ? std::string(found->kind) + " " + found->value : "none";
}

}  // namespace

TEST_CASE("credential: every place where a client may show one") {
  CHECK(shown(head_with({})) == "none");
  CHECK(shown(head_with({{"Authorization", "Bearer k"}})) == "bearer k");
  CHECK(shown(head_with({{"authorization", "bearer  k "}})) == "bearer k");
  CHECK(shown(head_with({{"Authorization", "Basic dTpw"}})) == "authorization Basic dTpw");
  CHECK(shown(head_with({{"Authorization", "Bearer "}})) == "authorization Bearer");
  CHECK(shown(head_with({{"x-api-key", "k"}})) == "x-api-key k");
  CHECK(shown(head_with({{"API-Key", "k"}})) == "api-key k");
  CHECK(shown(head_with({{"x-goog-api-key", "k"}})) == "x-goog-api-key k");
  CHECK(shown(head_with({}, "alt=sse&key=k%2B")) == "key k+");
  CHECK(shown(head_with({}, "key=")) == "none");
  CHECK(shown(head_with({{"x-api-key", ""}})) == "none");
}

TEST_CASE("credential: Authorization comes first, then x-api-key, and all can be had") {
  const auto head = head_with(
      {{"x-goog-api-key", "g"}, {"x-api-key", "x"}, {"authorization", "Bearer a"}}, "key=q");

  const auto all = shown_credentials(head);

  REQUIRE(all.size() == 4);
  CHECK(all[0].value == "a");
  CHECK(all[1].value == "x");
  CHECK(all[2].value == "g");
  CHECK(all[3].value == "q");
  CHECK(shown(head) == "bearer a");
}

TEST_CASE(
    "credential: the client's own goes to a provider of the dialect's kind, or to one it named") {
  config::Provider provider;
  const ShownCredential own{"bearer", "sk-mine"};
  const auto allowed = [&](Dialect asked, Dialect spoken, bool named) {
    return client_credential_allowed(provider, config::Auth::Open, own, asked, spoken, named);
  };
  CHECK(allowed(Dialect::OpenAiChat, Dialect::OpenAiChat, false));
  CHECK(allowed(Dialect::OpenAiResponses, Dialect::OpenAiChat, false));
  CHECK(allowed(Dialect::Anthropic, Dialect::Anthropic, false));
  CHECK(allowed(Dialect::Gemini, Dialect::Gemini, false));
  CHECK_FALSE(allowed(Dialect::OpenAiChat, Dialect::Anthropic, false));
  CHECK_FALSE(allowed(Dialect::Anthropic, Dialect::OpenAiChat, false));
  CHECK_FALSE(allowed(Dialect::OpenAiChat, Dialect::None, false));
  CHECK_FALSE(allowed(Dialect::None, Dialect::None, false));
  CHECK(allowed(Dialect::OpenAiChat, Dialect::Anthropic, true));
  CHECK(allowed(Dialect::None, Dialect::None, true));
}

TEST_CASE("credential: the dummy, auth: keys and client_credentials: ignore keep it here") {
  config::Provider provider;
  const auto allowed = [&provider](const char* value, config::Auth auth) {
    return client_credential_allowed(provider, auth, {"bearer", value}, Dialect::OpenAiChat,
                                     Dialect::OpenAiChat, true);
  };
  CHECK(allowed("sk-mine", config::Auth::Open));
  CHECK_FALSE(allowed("aiproxy", config::Auth::Open));
  CHECK_FALSE(allowed("", config::Auth::Open));
  CHECK_FALSE(allowed("sk-mine", config::Auth::Keys));
  provider.client_credentials = config::ClientCredentials::Ignore;
  CHECK_FALSE(allowed("sk-mine", config::Auth::Open));
}
