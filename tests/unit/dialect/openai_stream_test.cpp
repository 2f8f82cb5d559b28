#include "core/dialect/openai_json.h"
#include "core/dialect/thinking.h"
#include "tests/unit/dialect/support.h"

using namespace aip::test;  // NOLINT: short names read better in a table
using aip::dialect::Kind;
using aip::json::Value;
using aip::sdk::Usage;

TEST_CASE("stream: the bytes of a short answer") {
  Encoding e(options_of(true));

  e.tell({event::start("chatcmpl-1", "gpt-4o", 1754432623), event::text("Hi \"you\""),
          event::finish(AIP_FINISH_STOP, "stop")})
      .end();

  const std::string head =
      R"(data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1754432623,"model":"gpt-4o","choices":[{"index":0,"delta":)";
  const std::string none = R"(,"logprobs":null,"finish_reason":null}]})";
  CHECK(e.out == head + R"({"role":"assistant","content":""})" + none + "\n\n" +  //
                     head + R"({"content":"Hi \"you\""})" + none + "\n\n" +       //
                     head + R"({},"logprobs":null,"finish_reason":"stop"}]})" +
                     "\n\n"  //
                     "data: [DONE]\n\n");
  CHECK(e.encoder().content_type() == "text/event-stream; charset=utf-8");
  CHECK(e.encoder().finish() == AIP_FINISH_STOP);
}

TEST_CASE("stream: the answer has a name even if the provider gives none") {
  Encoding e(options_of(true));
  e.tell({event::text("a"), event::finish(AIP_FINISH_STOP)}).end();
  for (const std::string& data : datas_of(e.out)) {
    if (data == "[DONE]") continue;
    CHECK(Value(data)["id"].str() == "chatcmpl-own");
    CHECK(Value(data)["model"].str() == "asked");
    CHECK(Value(data)["created"].integer() == 1700000000);
  }
}

TEST_CASE("stream: the role is told once for each choice, before anything else of it") {
  Encoding e(options_of(true));
  e.tell({event::start("i", "m"), event::start("other", "m"), event::text("a"),
          event::with_choice(event::text("b"), 2), event::text("c"),
          event::with_choice(event::text("d"), 2), event::with_choice(event::finish(1), 2),
          event::finish(1)})
      .end();

  for (const std::int64_t choice : {0, 2}) {
    const Collected c = collect(e.out, choice);
    CHECK(c.roles == 1);
    CHECK(c.finishes == 1);
    CHECK(c.content == (choice == 0 ? "ac" : "bd"));
  }
  CHECK(collect(e.out, 1).chunks == 0);
  CHECK(e.out.find("other") == std::string::npos);
}

TEST_CASE("stream: usage is a chunk of its own, and null before, only if asked for") {
  const Usage early = Usage().set(AIP_USAGE_INPUT, 5);
  const Usage late = Usage()
                         .set(AIP_USAGE_INPUT, 12)
                         .set(AIP_USAGE_OUTPUT, 7)
                         .set(AIP_USAGE_CACHE_READ, 4)
                         .set(AIP_USAGE_REASONING, 2);
  for (const bool asked : {false, true}) {
    Encoding e(options_of(true, asked));
    e.tell({event::start("i", "m"), event::usage(early), event::text("a"),
            event::finish(AIP_FINISH_STOP), event::usage(late)})
        .end();

    const std::vector<std::string> datas = datas_of(e.out);
    REQUIRE(datas.size() == (asked ? 5 : 4));
    CHECK(datas.back() == "[DONE]");
    for (std::size_t i = 0; i < 3; ++i) {
      CHECK(Value(datas[i])["usage"].is_null() == asked);
      CHECK(static_cast<bool>(Value(datas[i])["usage"]) == asked);
    }
    if (!asked) continue;
    const Value last(datas[3]);
    CHECK(last["choices"].is_array());
    CHECK(last["choices"].size() == 0);
    CHECK(
        last["usage"].raw() ==
        R"({"prompt_tokens":12,"completion_tokens":7,"total_tokens":19,"prompt_tokens_details":{"cached_tokens":4},"completion_tokens_details":{"reasoning_tokens":2}})");
  }
}

TEST_CASE("stream: usage that nobody knows is not made up") {
  Encoding e(options_of(true, true));
  e.tell({event::text("a"), event::finish(AIP_FINISH_STOP)}).end();
  CHECK(e.out.find("\"usage\":{") == std::string::npos);
}

TEST_CASE("stream: tools have their index, id, type and name once, then fragments") {
  Encoding e(options_of(true));
  e.tell({event::text("let me"), event::tool_begin(4, "call_a", "look"),
          event::tool_args(4, "{\"q\":"), event::tool_begin(7, "", "find"),
          event::tool_args(4, "\"x\"}"), event::tool_args(7, ""), event::tool_args(7, "[1]"),
          event::block_end(4), event::block_end(7), event::finish(AIP_FINISH_TOOLS)})
      .end();

  const Collected c = collect(e.out);
  REQUIRE(c.tools.size() == 2);
  CHECK(c.tools[0] == "call_a look {\"q\":\"x\"}");
  CHECK(c.tools[1] == "call_chatcmpl-own_0_7 find [1]");
  CHECK(c.finish == "tool_calls");
  std::size_t types = 0;
  for (std::size_t at = 0; (at = e.out.find("\"type\":\"function\"", at)) != std::string::npos;
       ++at)
    ++types;
  CHECK(types == 2);
}

TEST_CASE("stream: a tool without arguments has {} exactly once") {
  const aip_event begin = event::tool_begin(0, "c", "now");
  const aip_event empty = event::tool_args(0, "");
  const aip_event end = event::block_end(0);
  const aip_event finish = event::finish(AIP_FINISH_TOOLS);
  for (const auto& events :
       std::vector<std::vector<aip_event>>{{begin, finish},
                                           {begin, end, finish},
                                           {begin, empty, end, end, finish},
                                           {begin, event::tool_args(0, "{}"), end, finish}}) {
    Encoding e(options_of(true));
    for (const aip_event& one : events) e.tell({one});
    e.end();
    CHECK(collect(e.out).tools == std::vector<std::string>{"c now {}"});
  }
}

TEST_CASE(
    "stream: reasoning, its signature and what was redacted come as a client can send them back") {
  Encoding e(options_of(true));
  e.tell({event::reasoning("Let me \"think\""), event::reasoning("."), event::signature("sig=="),
          event::block_end(0), event::redacted("opaque"), event::reasoning("more"),
          event::block_end(0), event::signature("bare"), event::text("so"),
          event::finish(AIP_FINISH_STOP)})
      .end();

  const Collected c = collect(e.out);
  CHECK(c.reasoning == "Let me \"think\".more");
  CHECK(c.content == "so");
  std::string blocks;
  for (const std::string& data : datas_of(e.out)) {
    for (const Value choice : Value(data)["choices"].items()) {
      for (const Value block : choice["delta"]["thinking_blocks"].items()) {
        blocks += std::string(block.raw()) + "\n";
      }
    }
  }
  CHECK(blocks ==
        "{\"type\":\"thinking\",\"thinking\":\"Let me \\\"think\\\".\",\"signature\":\"sig==\"}\n"
        "{\"type\":\"redacted_thinking\",\"data\":\"opaque\"}\n"
        "{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"bare\"}\n");
}

TEST_CASE("stream: a block of reasoning one below, at and one above the limit of what is kept") {
  for (const std::size_t size :
       {aip::dialect::kThinkingBytesMax - 1, aip::dialect::kThinkingBytesMax,
        aip::dialect::kThinkingBytesMax + 1}) {
    Encoding e(options_of(true));
    const std::string text(size, 'r');
    e.tell({event::reasoning(text), event::signature("s")});
    CHECK((e.out.find("thinking_blocks") != std::string::npos) ==
          (size <= aip::dialect::kThinkingBytesMax));
    CHECK(collect(e.out).reasoning == text);
  }
}

TEST_CASE("stream: logprobs stand in the chunk of the text that follows them") {
  Encoding e(options_of(true));
  e.tell({event::logprobs("{\"content\":[{\"token\":\"a\"}],\n\"refusal\":null}"), event::text("a"),
          event::text("b"), event::logprobs("{\"content\":[]}"), event::finish(AIP_FINISH_STOP)})
      .end();

  const std::vector<std::string> datas = datas_of(e.out);
  const Value first = *Value(datas[1])["choices"].items().begin();
  CHECK(first["delta"]["content"].str() == "a");
  CHECK(first["logprobs"]["content"].size() == 1);
  const Value second = *Value(datas[2])["choices"].items().begin();
  CHECK(second["logprobs"].is_null());
  const Value last = *Value(datas[3])["choices"].items().begin();
  CHECK(last["logprobs"].raw() == "{\"content\":[]}");
}

TEST_CASE("stream: refusals, annotations, images and audio") {
  Encoding e(options_of(true));
  e.tell({event::refusal("I "), event::refusal("won't"),
          event::citation("{\"type\":\"url_citation\",\n\"url_citation\":{}}"),
          event::image("{\"mime_type\":\"image/png\",\"data\":\"AAAA\"}"),
          event::image("{\"url\":\"https:\\/\\/x\"}"),
          event::audio("{\"id\":\"a\",\"data\":\"BBBB\"}"), event::finish(AIP_FINISH_FILTER)})
      .end();

  CHECK(collect(e.out).refusal == "I won't");
  CHECK(collect(e.out).finish == "content_filter");
  CHECK(e.out.find(R"({"annotations":[{"type":"url_citation", "url_citation":{}}]})") !=
        std::string::npos);
  CHECK(
      e.out.find(
          R"({"images":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"},"index":0}]})") !=
      std::string::npos);
  CHECK(e.out.find(R"("image_url":{"url":"https:\/\/x"},"index":1})") != std::string::npos);
  CHECK(e.out.find(R"("delta":{"audio":{"id":"a","data":"BBBB"}})") != std::string::npos);
}

TEST_CASE("stream: a provider block stands on the first chunk that knows it and on the last") {
  for (const bool usage : {false, true}) {
    Encoding e(options_of(true, usage));
    const Usage counts = Usage().set(AIP_USAGE_OUTPUT, 1);
    e.tell({event::start("i", "m"), event::provider("coze", "{\"id\":\n1}"), event::text("a"),
            event::text("b"), event::usage(counts), event::finish(AIP_FINISH_STOP)})
        .end();

    const std::vector<std::string> datas = datas_of(e.out);
    std::string on;
    for (const std::string& data : datas) {
      const Value block = data.front() == '{' ? Value(data)["coze"] : Value();
      CHECK((!block || block.raw() == "{\"id\": 1}"));
      on += block ? '1' : '0';
    }
    CHECK(on == (usage ? "010110" : "01010"));
  }
}

TEST_CASE("stream: a provider block that is known only at the end still comes") {
  Encoding e(options_of(true));
  e.tell({event::text("a"), event::finish(AIP_FINISH_STOP), event::provider("coze", "{}")}).end();
  const std::vector<std::string> datas = datas_of(e.out);
  CHECK(Value(datas[datas.size() - 2])["coze"].is_object());
  CHECK(collect(e.out).finishes == 1);
}

TEST_CASE("stream: the stop sequence that was hit is told beside the reason") {
  Encoding e(options_of(true));
  e.tell({event::text("a"), event::finish(AIP_FINISH_STOP_SEQUENCE, "stop_sequence", "\n\nH:")})
      .end();
  CHECK(e.out.find(R"("finish_reason":"stop","stop_reason":"\n\nH:"}])") != std::string::npos);
}

TEST_CASE("stream: a failure is an error event, and no [DONE] follows it") {
  Encoding e(options_of(true));
  e.tell({event::text("a")});
  aip::dialect::ErrorReply reply =
      aip::dialect::reply_for({aip::ErrorCode::ProviderTruncated, "upstream host 10.0.0.1"});
  e.encoder().fail(reply, e.out);

  const std::vector<std::string> datas = datas_of(e.out);
  CHECK(Value(datas.back())["error"]["message"].str() ==
        "The provider's answer ended early (truncated).");
  CHECK(e.out.find("[DONE]") == std::string::npos);
  CHECK(e.encoder().finish() == 0);
}

TEST_CASE("stream: an end counts only when every choice that began has its finish") {
  Encoding e(options_of(true));
  CHECK(e.encoder().finish() == 0);
  e.tell({event::text("a"), event::with_choice(event::text("b"), 1),
          event::finish(AIP_FINISH_LENGTH)});
  CHECK(e.encoder().finish() == 0);
  e.tell({event::with_choice(event::finish(AIP_FINISH_STOP), 1)});
  CHECK(e.encoder().finish() == AIP_FINISH_LENGTH);
}

TEST_CASE("stream: raw bytes are the answer; events beside them only tell") {
  Encoding e(options_of(true, true));
  const std::string bytes = "data: {\"x\":1}\r\n\r\n";
  const Usage counts = Usage().set(AIP_USAGE_OUTPUT, 1);
  e.encoder().raw(bytes, e.out);
  e.tell({event::finish(AIP_FINISH_STOP, "stop"), event::usage(counts)}).end();
  CHECK(e.out == bytes);
  CHECK(e.encoder().finish() == AIP_FINISH_STOP);
}

TEST_CASE("stream: a failure behind a raw [DONE] is not told, before it or in a text it is") {
  const auto fails_behind = [](std::vector<std::string_view> pieces) {
    Encoding e(options_of(true));
    std::size_t raw = 0;
    for (const std::string_view piece : pieces) {
      e.encoder().raw(piece, e.out);
      raw += piece.size();
    }
    e.encoder().fail(aip::dialect::reply_for({aip::ErrorCode::PolicyDraining, {}}), e.out);
    return e.out.size() > raw;
  };
  CHECK_FALSE(fails_behind({"data: [DONE]\n\n"}));
  CHECK_FALSE(fails_behind({"data: {}\r\n\r\ndata:[DONE]\r\n\r\n"}));
  CHECK_FALSE(fails_behind({"data: [DO", "NE]", "\n", "\n"}));
  CHECK(fails_behind({"data: {}\n\n"}));
  CHECK(fails_behind({"data: {\"a\":\"[DONE]\"}\n\n"}));
  CHECK(fails_behind({"data: [DONE]\n\n", "data: {}\n\n"}));
}

TEST_CASE("stream: a sign of life is a comment") {
  Encoding e(options_of(true));
  e.encoder().keep_alive(e.out);
  CHECK(e.out == ": keep-alive\n\n");
}

TEST_CASE("stream: an emoji whose halves came in two deltas leaves as one") {
  Encoding e(options_of(true));
  e.tell({event::escaped(event::text("a\\ud83d")), event::escaped(event::text("\\ude00")),
          event::escaped(event::reasoning("\\ud83d")), event::escaped(event::text("b\\ud83d")),
          event::tool_begin(0, "c", "f"), event::escaped(event::tool_args(0, "\\\"\\ud83d")),
          event::escaped(event::tool_args(0, "\\ude00\\\"")), event::finish(AIP_FINISH_TOOLS)})
      .end();

  const Collected c = collect(e.out);
  CHECK(c.content ==
        "a\xf0\x9f\x98\x80"
        "b\xef\xbf\xbd");
  CHECK(c.reasoning == "\xef\xbf\xbd");
  CHECK(c.tools == std::vector<std::string>{"c f \"\xf0\x9f\x98\x80\""});
  for (const std::string& data : datas_of(e.out)) {
    CHECK((data.find("\\ud83d") == std::string::npos) ==
          (data.find("\\ude00") == std::string::npos));
  }
}

TEST_CASE("stream: text cut between any two characters arrives as the same text") {
  const std::string text =
      "Gr\xc3\xbc\xc3\x9f\x65 \"\xe5\x8c\x97\xe4\xba\xac\"\n\\ \xf0\x9f\x91\x8b.";
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && (static_cast<unsigned char>(text[i]) & 0xc0) == 0x80) continue;
    Encoding e(options_of(true));
    e.tell({event::text(std::string_view(text).substr(0, i)),
            event::text(std::string_view(text).substr(i)), event::finish(AIP_FINISH_STOP)})
        .end();
    CHECK(collect(e.out).content == text);
  }
}

TEST_CASE("stream: choices and tools beyond every bound are left out") {
  Encoding e(options_of(true));
  e.tell({event::text("a"), event::with_choice(event::text("b"), aip::dialect::kChoicesMax - 1),
          event::with_choice(event::text("c"), aip::dialect::kChoicesMax),
          event::with_choice(event::text("d"), UINT32_MAX)});
  CHECK(collect(e.out, aip::dialect::kChoicesMax - 1).content == "b");
  CHECK(collect(e.out, aip::dialect::kChoicesMax).chunks == 0);
  for (std::uint32_t i = 0; i <= aip::dialect::kToolsMax; ++i)
    e.tell({event::tool_begin(i, "x", "f")});
  CHECK(collect(e.out).tools.size() == aip::dialect::kToolsMax);
}

TEST_CASE("stream: events that come too late or are unknown change nothing") {
  Encoding e(options_of(true));
  e.tell({event::text("a"), event::tool_args(9, "x"), event::block_end(9), event::ping(),
          event::make(999), event::finish(AIP_FINISH_STOP)});
  const std::string before = e.out;
  e.tell({event::text("late"), event::finish(AIP_FINISH_LENGTH), event::ping()});
  CHECK(e.out == before);
  CHECK(collect(e.out).content == "a");
}

TEST_CASE("stream: no other dialect has an encoder yet") {
  CHECK(aip::dialect::make_encoder(Kind::None, options_of(true)) == nullptr);
}
