#include "core/base/limits.h"
#include "tests/unit/dialect/support.h"

using namespace aip::test;  // NOLINT: short names read better in a table
using aip::json::Value;
using aip::sdk::Usage;

TEST_CASE("whole: the bytes of a short answer") {
  const Usage counts = Usage().set(AIP_USAGE_INPUT, 3).set(AIP_USAGE_OUTPUT, 2);
  CHECK(
      whole_of({event::start("chatcmpl-1", "gpt-4o", 1754432623), event::text("Hi "),
                event::escaped(event::text("\\\"you\\\"")), event::usage(counts),
                event::finish(AIP_FINISH_STOP)}) ==
      R"({"id":"chatcmpl-1","object":"chat.completion","created":1754432623,"model":"gpt-4o",)"
      R"("choices":[{"index":0,"message":{"role":"assistant","content":"Hi \"you\"","refusal":null},)"
      R"("logprobs":null,"finish_reason":"stop"}],)"
      R"("usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5,)"
      R"("prompt_tokens_details":{"cached_tokens":0},"completion_tokens_details":{"reasoning_tokens":0}}})");
}

TEST_CASE("whole: everything that an answer may hold") {
  const std::string out = whole_of(
      {event::reasoning("hm"), event::signature("s"), event::redacted("d"),
       event::logprobs("{\"content\":[{\"token\":\"a\"}]}"), event::text("a"),
       event::logprobs("{\"content\":[{\"token\":\"b\"}],\"refusal\":null}"), event::text("b"),
       event::citation("{\"type\":\"url_citation\"}"), event::image("{\"url\":\"u\"}"),
       event::audio("{\"id\":\"x\",\"data\":\"AA\",\"transcript\":\"t1\"}"),
       event::audio("{\"data\":\"BB\",\"transcript\":\"t2\",\"expires_at\":9}"),
       event::tool_begin(0, "c1", "f"), event::tool_args(0, "{\"a\":"), event::tool_args(0, "1}"),
       event::block_end(0), event::tool_begin(1, "c2", "g"), event::block_end(1),
       event::provider("coze", "{\"id\":1}"), event::finish(AIP_FINISH_TOOLS)});

  const Value choice = *Value(out)["choices"].items().begin();
  const Value message = choice["message"];
  CHECK(message["content"].str() == "ab");
  CHECK(message["reasoning_content"].str() == "hm");
  CHECK(
      message["thinking_blocks"].raw() ==
      R"([{"type":"thinking","thinking":"hm","signature":"s"},{"type":"redacted_thinking","data":"d"}])");
  CHECK(message["annotations"].size() == 1);
  CHECK(message["images"].size() == 1);
  CHECK(message["audio"].raw() == R"({"id":"x","expires_at":9,"data":"AABB","transcript":"t1t2"})");
  CHECK(message["tool_calls"].raw() ==
        R"([{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}},)"
        R"({"id":"c2","type":"function","function":{"name":"g","arguments":"{}"}}])");
  CHECK(choice["logprobs"]["content"].size() == 2);
  CHECK(choice["finish_reason"].str() == "tool_calls");
  CHECK(Value(out)["coze"].raw() == "{\"id\":1}");
}

TEST_CASE("whole: content is null beside tools or a refusal, and text otherwise") {
  const auto content = [](std::initializer_list<aip_event> events) {
    const std::string out = whole_of(events);
    const Value choice = *Value(out)["choices"].items().begin();
    return std::string(choice["message"]["content"].raw());
  };
  CHECK(content({event::tool_begin(0, "c", "f"), event::finish(AIP_FINISH_TOOLS)}) == "null");
  CHECK(content({event::refusal("no"), event::finish(AIP_FINISH_STOP)}) == "null");
  CHECK(content({event::finish(AIP_FINISH_STOP)}) == "\"\"");
}

TEST_CASE("whole: an emoji whose halves came in two pieces is one") {
  const std::string out = whole_of({event::escaped(event::text("\\ud83d")),
                                    event::escaped(event::text("\\ude00")), event::finish(1)});
  const Value choice = *Value(out)["choices"].items().begin();
  CHECK(choice["message"]["content"].str() == "\xf0\x9f\x98\x80");
}

TEST_CASE("whole: several choices stand in their order, each with its own finish") {
  const std::string out = whole_of(
      {event::with_choice(event::text("b"), 1), event::text("a"), event::finish(AIP_FINISH_STOP),
       event::with_choice(event::finish(AIP_FINISH_LENGTH, "length"), 1)});
  std::string seen;
  for (const Value c : Value(out)["choices"].items()) {
    seen += c["message"]["content"].str() + " " + c["finish_reason"].str() + ";";
  }
  CHECK(seen == "a stop;b length;");
}

TEST_CASE("whole: raw bytes are the answer, and the finish beside them counts") {
  Encoding e(options_of(false));
  e.encoder().raw("{\"a\": 1}", e.out);
  e.tell({event::finish(AIP_FINISH_STOP)}).end();
  CHECK(e.out == "{\"a\": 1}");
  CHECK(e.encoder().finish() == AIP_FINISH_STOP);
  CHECK(e.encoder().content_type() == "application/json");
}

TEST_CASE("whole: an answer one below, at and one above what may be gathered") {
  const std::string part(aip::limits::kWholeAnswerBytesMax / 4, 'x');
  for (const int more : {-1, 0, 1}) {
    Encoding e(options_of(false));
    for (int i = 0; i < 3; ++i) e.tell({event::text(part)});
    e.tell({event::text(std::string_view(part).substr(0, part.size() - 1))});
    const std::string last(static_cast<std::size_t>(1 + more), 'y');
    e.tell({event::text(last), event::finish(AIP_FINISH_STOP)});
    CHECK(e.encoder().too_large() == (more > 0));
    CHECK((e.encoder().finish() == 0) == (more > 0));
    e.end();
    CHECK(e.out.empty() == (more > 0));
  }
}
