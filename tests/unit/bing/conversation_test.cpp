#include "plugins/bing/conversation.h"

#include <doctest/doctest.h>

#include "core/base/json.h"

using namespace aip;
using namespace aip::bing;

namespace {

std::optional<Conversation> read(const std::string& text) {
  REQUIRE(json::check(text));
  return read_conversation(json::Value(text));
}

}  // namespace

TEST_CASE(
    "conversation: the block is read as the seed's document writes it, and as its code does") {
  for (const std::string text :
       {R"({"conversationId":"a","clientId":"b","Signature":"c","TraceId":"d"})",
        R"({"conversationId":"a","clientId":"b","signature":"c","traceId":"d"})"}) {
    const auto c = read(text);
    REQUIRE(c);
    CHECK(c->id + c->client_id + c->signature + c->trace_id == "abcd");
    CHECK(c->turn == 1);
  }
}

TEST_CASE("conversation: what is written is read again") {
  Conversation c;
  c.id = "51D|BingProd|\"";
  c.client_id = "2";
  c.signature = "a+/=";
  c.trace_id = "0123";
  c.image_url = "https://a.test/";
  c.turn = 7;
  std::string text;
  json::Writer out(text);
  out.object();
  write_conversation(c, out);
  out.end_object();

  const auto again = read(text);

  REQUIRE(again);
  CHECK(again->id == c.id);
  CHECK(again->signature == c.signature);
  CHECK(again->image_url == c.image_url);
  CHECK(again->turn == 7);
}

TEST_CASE("conversation: a block without one of its parts, or with a wrong one, is none") {
  CHECK_FALSE(read(R"({"conversationId":"a","clientId":"b"})"));
  CHECK_FALSE(read(R"({"conversationId":"a","signature":"c"})"));
  CHECK_FALSE(read(R"({"conversationId":1,"clientId":"b","signature":"c"})"));
  CHECK_FALSE(read(R"({"conversationId":"","clientId":"b","signature":"c"})"));
  CHECK_FALSE(read(R"("a")"));
  const std::string most(4096, 's');
  const auto with = [](const std::string& signature) {
    return read(R"({"conversationId":"a","clientId":"b","signature":")" + signature + "\"}");
  };
  CHECK(with(most.substr(1)));
  CHECK(with(most));
  CHECK_FALSE(with(most + "s"));
}

TEST_CASE("conversation: a creation needs its ids and its signature, which came in two places") {
  const auto created = [](const std::string& text, std::string_view signature) {
    REQUIRE(json::check(text));
    return read_created(json::Value(text), signature);
  };
  const std::string good = R"({"conversationId":"a","clientId":"b","result":{"value":"Success"}})";
  CHECK(std::get<Conversation>(created(good, "s")).signature == "s");
  CHECK(std::holds_alternative<sdk::Failure>(created(good, "")));
  CHECK(std::get<Conversation>(
            created(R"({"conversationId":"a","clientId":"b","conversationSignature":"old"})", ""))
            .signature == "old");
  CHECK(std::holds_alternative<sdk::Failure>(created(R"({"clientId":"b"})", "s")));
  CHECK(std::holds_alternative<sdk::Failure>(created("[]", "s")));
  CHECK(std::get<sdk::Failure>(created(R"({"result":{"value":"CaptchaChallenge"}})", "s"))
            .http_status == 403);
}
