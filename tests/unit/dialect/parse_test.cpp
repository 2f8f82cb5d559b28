#include <doctest/doctest.h>

#include <aiproxy/json.hpp>

#include "core/dialect/dialect.h"

using aip::Error;
using aip::ErrorCode;
using aip::Result;
using aip::dialect::Kind;
using aip::dialect::parse_chat;
using aip::dialect::parse_members;
using aip::dialect::ParsedChat;

namespace {

constexpr std::string_view kHi = R"([{"role":"user","content":"hi"}])";

Result<ParsedChat> parse(const std::string& body) {
  return parse_chat(Kind::OpenAiChat, body);
}

// "param: text" of the error; "served" if there is none.
std::string fault(const std::string& body) {
  const Result<ParsedChat> chat = parse(body);
  if (chat) return "served";
  CHECK(aip::traits(chat.error().code).status == 400);
  return chat.error().param + ": " + chat.error().detail;
}

std::string with_messages(const std::string& messages) {
  return R"({"model":"m","messages":)" + messages + "}";
}

}  // namespace

TEST_CASE("parse: what the core needs is read, and every member has its place") {
  const std::string body =
      R"( {"mod\u0065l" : "gpt-4o" , "messages":)" + std::string(kHi) +
      R"(,"stream":true,"stream_options":{"include_usage":true},"provider":"p","n":1e0} )";

  const Result<ParsedChat> chat = parse(body);

  REQUIRE(chat.ok());
  CHECK(chat->model == "gpt-4o");
  CHECK(chat->provider == "p");
  CHECK(chat->stream);
  CHECK(chat->include_usage);
  CHECK(chat->canonical.empty());
  REQUIRE(chat->members.size() == 6);
  CHECK(chat->members[0].name == "model");
  for (const auto& m : chat->members) {
    const std::string text = body.substr(m.begin, m.end - m.begin);
    CHECK(text.front() == '"');
    CHECK(text.substr(text.size() - m.value.size()) == m.value);
  }
}

TEST_CASE("parse: what may be left out or be null may be left out or be null") {
  const std::string messages(kHi);
  CHECK(fault(R"({"messages":)" + messages + "}") == "served");
  CHECK(fault(R"({"model":null,"stream":null,"stream_options":null,"messages":)" + messages +
              "}") == "served");
  CHECK(fault(R"({"stream_options":{"include_usage":null},"messages":)" + messages + "}") ==
        "served");
  CHECK_FALSE(parse(with_messages(messages))->stream);
}

TEST_CASE("parse: a body that is no JSON object is refused in words") {
  CHECK(fault("").find("empty") != std::string::npos);
  CHECK(fault(" \n").find("empty") != std::string::npos);
  CHECK(fault("hello").find("not valid JSON") != std::string::npos);
  CHECK(fault("[]").find("object") != std::string::npos);
  CHECK(fault("{}{}").find("not valid JSON") != std::string::npos);
  CHECK(fault("{\"model\":\"\xc3\x28\"}").find("UTF-8") != std::string::npos);
  CHECK(fault("{\"a\":" + std::string(64, '[') + std::string(64, ']') + "}").find("deep") !=
        std::string::npos);
}

TEST_CASE("parse: a member that stands twice is named, with or without escapes") {
  CHECK(fault(R"({"model":"a","model":"b","messages":[]})") ==
        R"(model: The member "model" stands in the body twice.)");
  CHECK(fault(R"({"model":"a","m\u006fdel":"b","messages":[]})").find("\"model\"") !=
        std::string::npos);
}

TEST_CASE("parse: the member at fault is named by its place") {
  const std::string messages(kHi);
  CHECK(fault(R"({"model":5,"messages":)" + messages + "}").find("model: model must") == 0);
  CHECK(fault(R"({"stream":"yes","messages":)" + messages + "}").find("stream: ") == 0);
  CHECK(fault(R"({"stream_options":1,"messages":)" + messages + "}").find("stream_options: ") == 0);
  CHECK(fault(R"({"stream_options":{"include_usage":1},"messages":)" + messages + "}")
            .find("stream_options.include_usage: ") == 0);
  CHECK(fault(R"({"model":"m"})").find("messages: ") == 0);
  CHECK(fault(with_messages("[]")).find("messages: ") == 0);
  CHECK(fault(with_messages("\"hi\"")).find("messages: ") == 0);
  CHECK(fault(with_messages("[1]")).find("messages[0]: ") == 0);
  CHECK(fault(with_messages("[{}]")).find("messages[0].role: ") == 0);
  CHECK(fault(with_messages(R"([{"role":"user"},{"role":"model"}])")).find("messages[1].role: ") ==
        0);
  CHECK(fault(with_messages(R"([{"role":"user","content":5}])")).find("messages[0].content: ") ==
        0);
  CHECK(fault(with_messages(R"([{"role":"user","content":["a"]}])"))
            .find("messages[0].content[0]: ") == 0);
  CHECK(fault(with_messages(R"([{"role":"user","content":[{"type":1}]}])"))
            .find("messages[0].content[0].type: ") == 0);
  CHECK(fault(with_messages(R"([{"role":"tool","content":"x"}])"))
            .find("messages[0].tool_call_id: ") == 0);
  CHECK(fault(with_messages(R"([{"role":"assistant","tool_calls":{}}])"))
            .find("messages[0].tool_calls: ") == 0);
  CHECK(fault(with_messages(R"([{"role":"assistant","tool_calls":[{"function":{}}]}])"))
            .find("messages[0].tool_calls[0].function.name: ") == 0);
}

TEST_CASE("parse: every role and every form of content that the providers know is served") {
  CHECK(fault(with_messages(R"([{"role":"system","content":"a"},{"role":"developer","content":"b"},
    {"role":"user","content":[{"type":"text","text":"c"},{"type":"whatever"}]},
    {"role":"assistant","content":null,"tool_calls":[{"id":"1","type":"function","function":
      {"name":"f","arguments":"{}"}},{"id":"2","type":"custom","custom":{"name":"g"}}]},
    {"role":"tool","tool_call_id":"1","content":"d"},{"role":"function","name":"f","content":"e"}])")) ==
        "served");
}

TEST_CASE("parse: a provider that is no string is not ours") {
  const auto chat = parse(R"({"provider":{"order":["a"]},"messages":)" + std::string(kHi) + "}");
  REQUIRE(chat.ok());
  CHECK(chat->provider.empty());
}

TEST_CASE("parse: a body that is no chat needs no messages, but the same care") {
  const std::string body = R"({"model":"text-embedding-3-small","input":[1,2]})";

  const Result<ParsedChat> members = parse_members(body);

  REQUIRE(members.ok());
  CHECK(members->model == "text-embedding-3-small");
  CHECK(members->members.size() == 2);
  CHECK_FALSE(parse_members(R"({"model":"a","model":"b"})").ok());
  CHECK_FALSE(parse_members("[]").ok());
}

TEST_CASE("parse: the depth that is configured is the bound, one below, at and one above it") {
  // The root, messages and a message are three levels; metadata brings `depth` in all.
  const auto nested = [](std::size_t depth) {
    return R"({"messages":[{"role":"user","content":"x"}],"metadata":)" +
           std::string(depth - 1, '[') + std::string(depth - 1, ']') + "}";
  };
  CHECK(parse_chat(Kind::OpenAiChat, nested(7), 8).ok());
  CHECK(parse_chat(Kind::OpenAiChat, nested(8), 8).ok());
  CHECK_FALSE(parse_chat(Kind::OpenAiChat, nested(9), 8).ok());
  CHECK_FALSE(parse_members(nested(9), 8).ok());
}

TEST_CASE("parse: a dialect that is not served yet is not found") {
  const Result<ParsedChat> chat = parse_chat(Kind::None, "{}");
  REQUIRE_FALSE(chat.ok());
  CHECK(chat.error().code == ErrorCode::CallerNotFound);
}

TEST_CASE("parse: a body that is cut anywhere is refused, never misread") {
  const std::string body =
      R"({"model":"gpt-4o","messages":[{"role":"user","content":"h\u00e9 \"x\""}],"stream":true})";
  for (std::size_t n = 0; n < body.size(); ++n) {
    const std::string cut = body.substr(0, n);  // a block of its own, so that ASan sees its end
    CHECK_FALSE(parse(cut).ok());
  }
}
