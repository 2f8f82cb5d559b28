// Which bot, user and conversation a request means, and in which order its places count.
#include "plugins/coze/identity.h"

#include <doctest/doctest.h>

#include <aiproxy/text.hpp>
#include <string>
#include <vector>

namespace aip::coze {
namespace {

const Settings kSettings = read_settings(
    R"({"api_chat":{"bots":[{"bot_id":"71","user":"a"},{"bot_id":"72","user":"b"},{"bot_id":"73","user":"b"}]}})");

struct Ask {
  std::string body = R"({"messages":[{"role":"user","content":"hi"}]})";
  std::string model = "coze-v3";
  std::vector<std::pair<std::string, std::string>> headers{};
  std::string extra = R"({"bot_id":"71","user":"a"})";
  bool own = false;
};

Outcome<Identity> ask(const Ask& a, const Settings& settings = kSettings) {
  std::vector<aip_header> headers;
  for (const auto& [name, value] : a.headers) {
    headers.push_back({sdk::span(name), sdk::span(value), 0, 0});
  }
  aip_request request{};
  request.model = sdk::span(a.model);
  request.headers = headers.data();
  request.header_count = headers.size();
  request.credential.extra = sdk::span(a.own ? std::string_view() : a.extra);
  request.credential.flags = a.own ? AIP_CRED_CLIENT : 0;
  return settle(request, read_chat(json::Value(a.body)), settings);
}

// "bot user conversation chat", or why not.
std::string told(const Ask& a, const Settings& settings = kSettings) {
  const Outcome<Identity> made = ask(a, settings);
  if (const auto* failure = std::get_if<sdk::Failure>(&made)) return failure->param;
  const Identity& who = std::get<Identity>(made);
  return who.bot_id + " " + who.user + " " + who.conversation_id + " " + who.chat_id;
}

std::string with_block(const std::string& block) {
  return R"({"messages":[{"role":"user","content":"hi"}],"coze":)" + block + "}";
}

}  // namespace

TEST_CASE("identity: with nothing said, what is configured for the token") {
  CHECK(told({}) == "71 a  ");
}

TEST_CASE("identity: headers come before the block, the block before the configuration") {
  const std::string body =
      with_block(R"({"conversation":{"bot_id":"72","user":"x","conversation_id":"8"}})");
  CHECK(told({.body = body}) == "72 x 8 ");
  CHECK(told({.body = body, .headers = {{"X-Bot-Id", "73"}}}) == "73 x 8 ");
  CHECK(told({.body = body, .headers = {{"x-auth-id", "b"}, {"x-bot-id", "71"}}}) == "71 b 8 ");
  // The host's own name for the second entry of a user.
  CHECK(told({.headers = {{"x-auth-id", "b/73"}, {"x-bot-id", "73"}}}) == "73 b  ");
}

TEST_CASE("identity: the block may stand as an answer gives it, and ids may be numbers") {
  CHECK(told({.body = with_block(
                  R"({"bot_id":72,"user":9,"conversation_id":"8","chat_id":"9"})")}) == "72 9 8 9");
  CHECK(told({.body = with_block(R"({"index":"b"})")}) == "71 b  ");
}

TEST_CASE("identity: a tool call's id leads back to its chat") {
  const std::string body = R"({"messages":[{"role":"user","content":"hi"},)"
                           R"({"role":"tool","tool_call_id":"coze-72-8-9-BUJ-1","content":"r"}]})";
  CHECK(told({.body = body}) == "72 a 8 9");
}

TEST_CASE("identity: a model may be a bot") {
  CHECK(told({.model = "73"}) == "73 a  ");
  CHECK(told({.model = "gpt-4"}) == "/model");
}

TEST_CASE("identity: the version by the model's name, else by the configuration") {
  const auto version = [](const char* model, const char* configured) {
    const Settings settings =
        read_settings(std::string(R"({"api_chat":{"api_version":")") + configured + R"("}})");
    return std::get<Identity>(ask({.model = model}, settings)).version;
  };
  CHECK(version("coze-v2", "v3") == Version::V2);
  CHECK(version("coze-v3", "v2") == Version::V3);
  CHECK(version("coze-api", "") == Version::V2);
  CHECK(version("coze-api", "v3") == Version::V3);
  CHECK(version("7317", "") == Version::V3);
  CHECK(version("7317", "v2") == Version::V2);
  CHECK(version("", "") == Version::V2);
}

TEST_CASE("identity: the operator's token asks the operator's bots; a client's own asks any") {
  CHECK(told({.headers = {{"x-bot-id", "99"}}}) == "/coze/conversation/bot_id");
  CHECK(told({.headers = {{"x-bot-id", "99"}}, .own = true}) == "99 aiproxy  ");
  CHECK(told({.headers = {{"x-auth-id", "b"}}, .own = true}) == "72 b  ");
  CHECK(told({.own = true}) == "/coze/conversation/bot_id");
  CHECK(told({.headers = {{"x-bot-id", "99"}}, .extra = "{}"}, read_settings("{}")) ==
        "99 aiproxy  ");
}

TEST_CASE("identity: a tool call's id is taken apart as it was put together") {
  const auto round = [](const ToolRef& ref) { return parse_tool_id(to_tool_id(ref)); };
  const auto same = round({"1", "2", "3", "a-b_c"});
  REQUIRE(same.has_value());
  CHECK((same->bot_id == "1" && same->conversation_id == "2" && same->chat_id == "3"));
  CHECK(same->id == "a-b_c");
  // What could not be taken apart stays Coze's own.
  CHECK(to_tool_id({"", "2", "3", "x"}) == "x");
  CHECK(to_tool_id({"1-1", "2", "3", "x"}) == "x");
  for (const char* foreign : {"", "x", "call_1", "coze-", "coze-1", "coze-1-2-3", "coze--2-3-x"}) {
    CAPTURE(foreign);
    CHECK_FALSE(parse_tool_id(foreign).has_value());
  }
}

}  // namespace aip::coze
