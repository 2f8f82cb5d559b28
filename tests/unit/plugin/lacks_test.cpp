#include <aiproxy/lacks.hpp>

#include <doctest/doctest.h>

#include <string>

#include "tests/support/questions.h"

namespace sdk = aip::sdk;
namespace json = aip::json;
namespace asks = aip::sdk::asks;

namespace {

struct Chat {
  json::Value n, bias;
};
constexpr std::array<sdk::Lack<Chat>, 2> kLacks{{
    {&Chat::n, asks::above_one, "/n", "Acme gives one answer."},
    {&Chat::bias, asks::not_empty, "/logit_bias", "Acme has no bias."},
}};

}  // namespace

TEST_CASE("lacks: the first member that asks for something refuses the request") {
  const Chat chat{json::Value("2"), json::Value(R"({"1":1})")};
  aip::test::ListedQuestions questions;
  const sdk::MaybeFailure failure = sdk::judge_lacks(kLacks, chat, questions);
  REQUIRE(failure);
  CHECK(failure->param == "/n");
  CHECK(failure->message == "Acme gives one answer.");
  CHECK(failure->flags == AIP_ERR_UNSUPPORTED);
  CHECK(questions.asked.size() == 1);
}

TEST_CASE("lacks: where the policy drops, each member is asked for and none refuses") {
  const Chat chat{json::Value("2"), json::Value(R"({"1":1})")};
  aip::test::ListedQuestions questions;
  questions.drops = true;
  CHECK_FALSE(sdk::judge_lacks(kLacks, chat, questions));
  CHECK(questions.asked == std::vector<std::string>{"/n", "/logit_bias"});
}

TEST_CASE("lacks: members that ask for nothing are as good as absent") {
  aip::test::ListedQuestions questions;
  CHECK_FALSE(sdk::judge_lacks(kLacks, Chat{}, questions));
  CHECK_FALSE(sdk::judge_lacks(kLacks, Chat{json::Value("1"), json::Value("{}")}, questions));
  CHECK(questions.asked.empty());
}

TEST_CASE("lacks: absent members and nulls ask for nothing, whatever is looked for") {
  for (const json::Value value : {json::Value(), json::Value("null")}) {
    CHECK_FALSE(asks::present(value));
    CHECK_FALSE(asks::is_true(value));
    CHECK_FALSE(asks::above_one(value));
    CHECK_FALSE(asks::not_zero(value));
    CHECK_FALSE(asks::not_empty(value));
    CHECK_FALSE(asks::more_than_text(value));
  }
  CHECK(asks::not_zero(json::Value("-0.5")));
  CHECK_FALSE(asks::not_zero(json::Value("0.0")));
  CHECK_FALSE(asks::above_one(json::Value("\"2\"")));
  CHECK(asks::more_than_text(json::Value(R"(["text","audio"])")));
  CHECK_FALSE(asks::more_than_text(json::Value(R"(["text"])")));
}

TEST_CASE("lacks: members that nobody knows are disclosed by their pointers") {
  aip::test::ListedQuestions questions;
  sdk::disclose({"weird", "a/b"}, questions);
  CHECK(questions.changed == std::vector<std::string>{"/weird", "/a~1b"});
}
