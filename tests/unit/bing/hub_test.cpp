#include "plugins/bing/hub.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "core/base/json.h"

using namespace aip;
using namespace aip::bing;
using Step = HubAnswer::Step;

namespace {

struct Hub {
  HubAnswer answer{Shape::Stream, "https://b.test"};
  Step take(const std::string& record) {
    REQUIRE_MESSAGE(json::check(record), record);
    return answer.take(json::Value(record));
  }
  std::string extras() const {
    std::string text;
    json::Writer out(text);
    out.object();
    answer.write_extras(out);
    out.end_object();
    return text;
  }
};

std::string update(const std::string& message) {
  return R"({"type":1,"arguments":[{"messages":[)" + message + "]}]}";
}
std::string result(const std::string& messages, const std::string& value = "Success") {
  return R"({"type":2,"item":{"messages":[)" + messages + R"(],"result":{"value":")" + value +
         "\"}}}";
}

}  // namespace

TEST_CASE("hub: records of no interest, and of any shape, change nothing") {
  Hub hub;
  for (
      const char* record :
      {"{}", "[]", "1", "null", R"({"type":"1"})", R"({"type":9})", R"({"type":1})",
       R"({"type":1,"arguments":[]})", R"({"type":1,"arguments":[{}]})",
       R"({"type":1,"arguments":{"messages":1}})", R"({"type":1,"arguments":[{"messages":[{}]}]})",
       R"({"type":1,"arguments":[{"messages":[{"author":"bot"}]}]})",
       R"({"type":1,"arguments":[{"messages":[{"author":"bot","text":7,"adaptiveCards":3}]}]})",
       R"({"type":1,"arguments":[{"messages":[{"author":"user","text":"me"}]}]})",
       R"({"type":1,"arguments":[{"messages":[{"author":"bot","text":"x","messageType":"Progress"}]}]})"}) {
    CAPTURE(record);
    CHECK(hub.take(record) == Step::Go);
    CHECK(hub.answer.take_text().empty());
  }
  CHECK(hub.take(R"({"type":6})") == Step::Ping);
}

TEST_CASE("hub: the text of an older answer stands in its card alone") {
  Hub hub;
  hub.take(
      update(R"({"author":"bot","messageId":"m","adaptiveCards":[{"body":[{"text":"card"}]}]})"));
  CHECK(hub.answer.take_text() == "card");
}

TEST_CASE("hub: a result ends the turn, with what its last message adds") {
  Hub hub;
  hub.take(update(R"({"author":"bot","messageId":"m","text":"a"})"));
  CHECK(
      hub.take(result(R"({"author":"user","text":"q"},{"author":"bot","messageId":"m","text":"ab",)"
                      R"("suggestedResponses":[{"text":"s1"}],)"
                      R"("sourceAttributions":[{"seeMoreUrl":"u","providerDisplayName":"n"}]})")) ==
      Step::Done);
  CHECK(hub.answer.take_text() == "ab");
  CHECK_FALSE(hub.answer.filtered());
  CHECK(hub.extras() == R"({"suggestions":["s1"],"sources":[{"url":"u","title":"n"}]})");
}

TEST_CASE("hub: every end that is no answer is a failure with its own words") {
  struct Case {
    std::string record;
    int status;
    std::uint16_t flags;
  };
  const Case cases[] = {
      {result("", "Throttled"), 429, AIP_ERR_RATE},
      {result("", "CaptchaChallenge"), 403, AIP_ERR_AUTH},
      {result("", "InvalidSession"), 400, 0},
      {result("", "ProcessingMessage"), 409, AIP_ERR_RETRYABLE},
      {result("", "Whatever"), 502, 0},
      {result(""), 0, AIP_ERR_BAD_ANSWER},
      {R"({"type":2})", 0, AIP_ERR_BAD_ANSWER},
      {R"({"type":2,"item":{"result":"Success"}})", 0, AIP_ERR_BAD_ANSWER},
      {R"({"type":3})", 0, AIP_ERR_TRUNCATED},
      {R"({"type":3,"error":"why"})", 0, 0},
      {R"({"type":7})", 0, AIP_ERR_TRUNCATED},
      {R"({"type":7,"error":"why"})", 0, AIP_ERR_TRUNCATED},
  };
  for (const Case& c : cases) {
    CAPTURE(c.record);
    Hub hub;
    CHECK(hub.take(c.record) == Step::Failed);
    CHECK(hub.answer.failure().http_status == c.status);
    CHECK(hub.answer.failure().flags == c.flags);
    CHECK_FALSE(hub.answer.failure().message.empty());
  }
}

TEST_CASE("hub: an apology is a refusal, and Disengaged a filter") {
  Hub hub;
  hub.take(update(R"({"author":"bot","messageId":"m","text":"To do"})"));
  CHECK(hub.take(result(
            R"({"author":"bot","messageId":"n","text":"Sorry","contentOrigin":"Apology"})")) ==
        Step::Done);
  CHECK(hub.answer.filtered());
  CHECK(hub.answer.refusal() == "Sorry");
  Hub other;
  other.take(update(R"({"author":"bot","messageType":"Disengaged"})"));
  CHECK(other.take(result("")) == Step::Done);
  CHECK(other.answer.filtered());
}

TEST_CASE("hub: a query for an image becomes a link, once") {
  Hub hub;
  const std::string query = R"({"author":"bot","contentType":"IMAGE","text":"a cat"})";
  hub.take(update(query));
  hub.take(update(query));
  CHECK(hub.answer.take_text() == "\nhttps://b.test/images/create?q=a%20cat");
  // It is an answer, though no other text came with it.
  CHECK(hub.take(result("")) == Step::Done);
}

TEST_CASE("hub: a query for an image may be so long, and so many may come, and no more") {
  const auto links = [](std::size_t count, std::size_t bytes) {
    Hub hub;
    for (std::size_t i = 0; i < count; ++i) {
      const std::string number = std::to_string(i);
      const std::string text = number + std::string(bytes - number.size(), 'x');
      hub.take(update(R"({"author":"bot","contentType":"IMAGE","text":")" + text + "\"}"));
    }
    const std::string text = hub.answer.take_text();
    return std::count(text.begin(), text.end(), '\n');
  };
  CHECK(links(1, 2047) == 1);
  CHECK(links(1, 2048) == 1);
  CHECK(links(1, 2049) == 0);
  CHECK(links(63, 9) == 63);
  CHECK(links(64, 9) == 64);
  CHECK(links(65, 9) == 64);
}

TEST_CASE("hub: lists that never end are cut") {
  Hub hub;
  std::string list;
  for (int i = 0; i < 1000; ++i) list += std::string(i ? "," : "") + R"({"text":"s"})";
  hub.take(update(R"({"author":"bot","suggestedResponses":[)" + list + "]}"));
  CHECK(json::Value(hub.extras())["suggestions"].size() == 64);
}

TEST_CASE("hub: the handshake's answer") {
  CHECK_FALSE(refused_handshake(json::Value("{}")));
  CHECK_FALSE(refused_handshake(json::Value(R"({"type":6})")));
  CHECK(refused_handshake(json::Value(R"({"error":"no"})")));
}
