#include <doctest/doctest.h>

#include "tests/support/responses_validator.h"
#include "tests/unit/dialect/support.h"

using aip::json::Value;
namespace event = aip::test::event;
namespace dialect = aip::dialect;

namespace responses_whole_test {
namespace {

std::string whole_response(const std::vector<aip_event>& events) {
  dialect::AnswerOptions options = aip::test::options_of(false);
  options.echo = R"("tools":[],"store":false)";
  const auto encoder = dialect::make_encoder(dialect::Kind::OpenAiResponses, options);
  std::string out;
  for (const aip_event& e : events) encoder->event(e, out);
  encoder->keep_alive(out);
  REQUIRE(out.empty());
  encoder->end(out);
  REQUIRE_MESSAGE(aip::json::check(out).ok(), out);
  return out;
}

}  // namespace

TEST_CASE("responses_whole: one object with the items in the order in which they began") {
  const std::string out =
      whole_response({event::start("msg_1", "claude", 5), event::reasoning("hm"), event::text("a"),
                      event::tool_begin(0, "c", "f"), event::tool_args(0, "{}"),
                      event::finish(AIP_FINISH_TOOLS, "")});

  CHECK(
      out ==
      R"({"id":"resp_1","object":"response","created_at":5,"status":"completed","error":null,)"
      R"("incomplete_details":null,"model":"claude","output":[)"
      R"({"id":"rs_1_0","type":"reasoning","summary":[{"type":"summary_text","text":"hm"}]},)"
      R"({"id":"msg_1_1","type":"message","role":"assistant","content":[)"
      R"({"type":"output_text","text":"a","annotations":[],"logprobs":[]}],"status":"completed"},)"
      R"({"id":"fc_1_2","type":"function_call","call_id":"c","name":"f","arguments":"{}",)"
      R"("status":"completed"}],"tools":[],"store":false,"usage":null})");
}

TEST_CASE("responses_whole: without a name of the provider's our own stand in") {
  const std::string out = whole_response({event::finish(AIP_FINISH_STOP, "")});
  const Value v(out);
  CHECK(v["id"].str() == "resp_own");
  CHECK(v["model"].str() == "asked");
  CHECK(v["created_at"].integer() == 1700000000);
  CHECK(v["output"].size() == 0);
}

TEST_CASE("responses_whole: a provider's block is a member, redacted reasoning an item") {
  aip_event redacted = event::make_text(AIP_EV_SIGNATURE, "sealed");
  redacted.flags |= AIP_EVF_REDACTED;
  aip_event block = event::make_json(AIP_EV_PROVIDER, R"({"a":1})");
  const std::string name = "claude";
  block.name = aip::sdk::span(name);
  const std::string out =
      whole_response({redacted, block, event::text("x"), event::finish(AIP_FINISH_STOP, "")});
  const Value v(out);
  CHECK(v["claude"].raw() == R"({"a":1})");
  const Value item = *v["output"].items().begin();
  CHECK(item["type"].str() == "reasoning");
  CHECK(item["summary"].size() == 0);
  CHECK(item["encrypted_content"].str().starts_with("aiproxy.thinking.1."));
}

TEST_CASE("responses_whole: an image by its address is text") {
  const std::string out = whole_response(
      {event::image(R"({"url":"https:\/\/x"})"), event::finish(AIP_FINISH_STOP, "")});
  const Value v(out);
  const Value message = *v["output"].items().begin();
  const Value part = *message["content"].items().begin();
  CHECK(part["text"].str() == "![image](https://x)");
}

}  // namespace responses_whole_test
