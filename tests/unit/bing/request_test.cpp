#include "plugins/bing/request.h"

#include <doctest/doctest.h>

#include <vector>

#include "core/base/json.h"
#include "plugins/bing/invocation.h"
#include "plugins/bing/upstream.h"
#include "tests/support/questions.h"

using namespace aip;
using namespace aip::bing;

namespace {

using Host = test::ListedQuestions;

std::variant<Turn, sdk::Failure> read(const std::string& text, Host& host) {
  REQUIRE_MESSAGE(json::check(text), text);
  return read_turn(json::Value(text), host);
}

Turn turn_of(const std::string& text) {
  Host host;
  auto read_back = read(text, host);
  REQUIRE_MESSAGE(std::holds_alternative<Turn>(read_back), text);
  return std::get<Turn>(read_back);
}

std::string param_of(const std::string& text) {
  Host host;
  auto read_back = read(text, host);
  REQUIRE_MESSAGE(std::holds_alternative<sdk::Failure>(read_back), text);
  return std::get<sdk::Failure>(read_back).param;
}

std::string with(const std::string& member) {
  return R"({"messages":[{"role":"user","content":"hi"}],)" + member + "}";
}

}  // namespace

TEST_CASE("request: the last message is the question, what stands before it the context") {
  const Turn turn = turn_of(
      R"({"messages":[{"role":"system","content":"S"},{"role":"user","content":"1"},)"
      R"({"role":"assistant","content":null},{"role":"assistant","content":"A"},)"
      R"({"role":"user","content":[{"type":"text","text":"2"},{"type":"text","text":"3"}]}]})");
  CHECK(turn.prompt == "2\n3");
  CHECK(turn.context == "[system]\nS\n\n[user]\n1\n\n[assistant]\nA");
}

TEST_CASE("request: a conversation that goes on knows its history itself") {
  const Turn turn =
      turn_of(R"({"bing":{"conversation":{"conversationId":"a","clientId":"b","signature":"c"}},)"
              R"("messages":[{"role":"user","content":"1"},{"role":"user","content":"2"}]})");
  CHECK(turn.prompt == "2");
  CHECK(turn.context.empty());
  CHECK(turn.conversation->id == "a");
}

TEST_CASE("request: what cannot be a question is refused with its place") {
  CHECK(param_of(R"({"messages":[{"role":"assistant","content":"a"}]})") == "/messages/0");
  CHECK(param_of(R"({"messages":[{"role":"user","content":""}]})") == "/messages/0");
  CHECK(param_of(R"({"messages":[]})") == "/messages/0");
  CHECK(param_of(with(R"("bing":{"conversation":{"conversationId":"a"}})")) ==
        "/bing/conversation");
  CHECK(param_of(with(R"("bing":{"imageBase64":"iVBO"})")) == "/bing/imageBase64");
}

TEST_CASE("request: one JPEG goes along, in the block or in the message") {
  CHECK(turn_of(with(R"("bing":{"imageBase64":"/9j/a"})")).image_base64 == "/9j/a");
  const std::string image =
      R"({"type":"image_url","image_url":{"url":"data:image/jpeg;base64,/9j/b"}})";
  const auto message = [](const std::string& parts) {
    return R"({"messages":[{"role":"user","content":[{"type":"text","text":"x"},)" + parts + "]}]}";
  };
  CHECK(turn_of(message(image)).image_base64 == "/9j/b");
  CHECK(param_of(message(image + "," + image)) == "/messages/0/content/2");
  CHECK(param_of(message(R"({"type":"image_url","image_url":{"url":"https://a.test/x.jpg"}})")) ==
        "/messages/0/content/1");
  CHECK(param_of(message(R"({"type":"input_audio"})")) == "/messages/0/content/1");
}

TEST_CASE("request: what Bing lacks is refused or dropped, what matters less is disclosed") {
  for (const char* member :
       {R"("tools":[{}])", R"("response_format":{"type":"json_object"})", R"("n":2)",
        R"("stop":["x"])", R"("logprobs":true)", R"("modalities":["text","audio"])"}) {
    Host strict;
    CHECK(std::holds_alternative<sdk::Failure>(read(with(member), strict)));
    CHECK(strict.asked.size() == 1);
    Host lax;
    lax.drops = true;
    CHECK(std::holds_alternative<Turn>(read(with(member), lax)));
  }
  for (const char* member :
       {R"("tools":[])", R"("response_format":{"type":"text"})", R"("n":1)", R"("stop":null)",
        R"("logprobs":false)", R"("user":"u")", R"("modalities":["text"])", R"("provider":"bing")",
        R"("stream":true,"stream_options":{})"}) {
    CAPTURE(member);
    Host host;
    CHECK(std::holds_alternative<Turn>(read(with(member), host)));
    CHECK(host.asked.empty());
    CHECK(host.changed.empty());
  }
  Host host;
  read(with(R"("temperature":0,"max_tokens":5,"tool_choice":"auto","nobody_knows":{})"), host);
  CHECK(host.changed ==
        std::vector<std::string>{"/temperature", "/max_tokens", "/tool_choice", "/nobody_knows"});
}

TEST_CASE("invocation: one record, whatever the question holds") {
  Turn turn;
  turn.prompt = "a\x1e\"b";
  Conversation conversation;
  conversation.id = "c";
  conversation.turn = 12;
  Question question;
  question.turn = &turn;
  question.conversation = &conversation;
  question.style = style_of("bing-precise");
  question.locale = "zh-CN";

  const std::string record = invocation(question);

  CHECK(record.find(kRecordEnd) == record.size() - 1);
  const json::Value value(std::string_view(record).substr(0, record.size() - 1));
  REQUIRE(json::check(value.raw()));
  CHECK(value["invocationId"].str() == "12");
  for (const json::Value argument : value["arguments"].items()) {
    CHECK(argument["message"]["text"].str() == turn.prompt);
    CHECK(argument["message"]["region"].str() == "CN");
    CHECK(argument["tone"].str() == "Precise");
  }
}

TEST_CASE("upstream: a token is escaped for the query") {
  CHECK(query_escaped("aZ0-._~") == "aZ0-._~");
  CHECK(query_escaped("+/= \xc3\xa4&") == "%2B%2F%3D%20%C3%A4%26");
}

TEST_CASE("settings: defaults, trimmed URLs, and whether there are cookies") {
  const Settings none = read_settings("{}");
  CHECK(none.base_url == "https://www.bing.com");
  CHECK(hub_http_url(none) == "https://sydney.bing.com");
  CHECK_FALSE(none.has_cookies);
  const Settings some = read_settings(
      R"({"base_url":"http://a/","hub_url":"ws://b","cookies":[{"id":"x"}],"locale":"de-DE"})");
  CHECK(some.base_url == "http://a");
  CHECK(hub_http_url(some) == "http://b");
  CHECK(some.has_cookies);
  CHECK(some.locale == "de-DE");
}
