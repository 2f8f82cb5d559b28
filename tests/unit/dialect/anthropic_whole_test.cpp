#include "core/dialect/anthropic_whole.h"

#include "core/base/limits.h"
#include "tests/unit/dialect/support.h"

using namespace aip::test;  // NOLINT: short names read better in a table
using aip::dialect::Kind;
using aip::json::Value;
using aip::sdk::Usage;

namespace {

std::string whole(std::initializer_list<aip_event> events) {
  const auto encoder = aip::dialect::make_encoder(Kind::Anthropic, options_of(false));
  std::string out;
  for (const aip_event& e : events) encoder->event(e, out);
  REQUIRE(out.empty());
  encoder->end(out);
  REQUIRE_MESSAGE(aip::json::check(out).ok(), out);
  CHECK(encoder->content_type() == "application/json");
  return out;
}

std::string content(std::initializer_list<aip_event> events) {
  return std::string(Value(whole(events))["content"].raw());
}

}  // namespace

TEST_CASE("anthropic whole: the bytes of an answer") {
  const Usage usage = Usage().set(AIP_USAGE_INPUT, 9).set(AIP_USAGE_OUTPUT, 2);
  CHECK(whole({event::start("msg_1", "m"), event::text("Hi "), event::text("you"),
               event::usage(usage), event::finish(AIP_FINISH_STOP)}) ==
        R"({"id":"msg_1","type":"message","role":"assistant","model":"m","content":)"
        R"([{"type":"text","text":"Hi you"}],"stop_reason":"end_turn","stop_sequence":null,)"
        R"("usage":{"input_tokens":9,"cache_creation_input_tokens":0,)"
        R"("cache_read_input_tokens":0,"output_tokens":2}})");
}

TEST_CASE("anthropic whole: blocks keep the order in which they began") {
  CHECK(content({event::reasoning("r"), event::signature("s"), event::redacted("d"),
                 event::text("a"), event::tool_begin(0, "t0", "f"), event::tool_begin(1, "t1", "g"),
                 event::tool_args(1, "{\"n\":1e3,"), event::tool_args(0, "{}"),
                 event::tool_args(1, "\"m\":10.0}"), event::image(R"({"url":"u"})"),
                 event::finish(3)}) ==
        R"([{"type":"thinking","thinking":"r","signature":"s"},)"
        R"({"type":"redacted_thinking","data":"d"},{"type":"text","text":"a"},)"
        R"({"type":"tool_use","id":"t0","name":"f","input":{}},)"
        R"({"type":"tool_use","id":"t1","name":"g","input":{"n":1e3,"m":10.0}},)"
        R"({"type":"image","source":{"type":"url","url":"u"}}])");
}

TEST_CASE("anthropic whole: arguments that are no object are kept as they were") {
  const auto input = [](std::string_view args) {
    const std::string all = content({event::tool_begin(0, "t", "f"), event::tool_args(0, args),
                                     event::finish(AIP_FINISH_TOOLS)});
    for (const Value block : Value(all).items()) return std::string(block["input"].raw());
    return std::string();
  };
  CHECK(input("") == "{}");
  CHECK(input("  ") == "{}");
  CHECK(input(R"({"a":"\u00f6"})") == R"({"a":"\u00f6"})");
  CHECK(input(R"({"a":)") == R"({"_raw":"{\"a\":"})");
  CHECK(input("[1]") == R"({"_raw":"[1]"})");
  CHECK(input("null") == R"({"_raw":"null"})");
}

TEST_CASE("anthropic whole: citations, a stop sequence, a provider's block") {
  const std::string out =
      whole({event::text("a"),
             event::citation(R"({"type":"url_citation","url_citation":{"url":"u","title":"t"}})"),
             event::provider("coze", "{}"), event::finish(AIP_FINISH_STOP_SEQUENCE, "x", "END")});
  const Value message(out);
  CHECK(message["content"].raw() ==
        R"([{"type":"text","text":"a","citations":[{"type":"web_search_result_location",)"
        R"("cited_text":"","url":"u","title":"t","encrypted_index":""}]}])");
  CHECK(message["stop_reason"].equals("stop_sequence"));
  CHECK(message["stop_sequence"].equals("END"));
  CHECK(message["coze"].raw() == "{}");
}

TEST_CASE("anthropic whole: an answer without words has no blocks") {
  CHECK(content({event::start("i", "m"), event::text(""), event::finish(1)}) == "[]");
}

TEST_CASE("anthropic whole: a raw answer passes, and a giant one is given up") {
  const auto encoder = aip::dialect::make_encoder(Kind::Anthropic, options_of(false));
  std::string out;
  encoder->raw("{\"type\":", out);
  encoder->raw("\"message\"}", out);
  encoder->event(event::text("not told"), out);
  encoder->event(event::finish(AIP_FINISH_STOP), out);
  encoder->end(out);
  CHECK(out == "{\"type\":\"message\"}");
  CHECK(encoder->finish() == AIP_FINISH_STOP);

  const auto giant = aip::dialect::make_encoder(Kind::Anthropic, options_of(false));
  const std::string piece(1 << 20, 'x');
  for (std::size_t i = 1; i < aip::limits::kWholeAnswerBytesMax >> 20; ++i) {
    giant->event(event::text(piece), out);
  }
  constexpr std::size_t kBlock = sizeof(aip::dialect::AnthropicBlock);
  giant->event(event::text(std::string_view(piece).substr(kBlock)), out);
  CHECK_FALSE(giant->too_large());
  giant->event(event::text("x"), out);
  CHECK(giant->too_large());
}
