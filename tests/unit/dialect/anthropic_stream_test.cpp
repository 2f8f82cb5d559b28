// Every stream here is read by tests/support/anthropic_validator.h, which knows the protocol and
// not the encoder.
#include "core/dialect/anthropic_stream.h"

#include "tests/support/anthropic_validator.h"
#include "tests/unit/dialect/support.h"

using namespace aip::test;  // NOLINT: short names read better in a table
using aip::dialect::AnswerEncoder;
using aip::dialect::ErrorReply;
using aip::dialect::Kind;
using aip::json::Value;
using aip::sdk::Usage;

namespace {

class Streaming {
 public:
  Streaming() : encoder_(aip::dialect::make_encoder(Kind::Anthropic, options_of(true))) {}
  Streaming& tell(std::initializer_list<aip_event> events) {
    for (const aip_event& e : events) encoder_->event(e, out);
    return *this;
  }
  // A whole stream, which must keep to the rules.
  AnthropicStreamed end() {
    encoder_->end(out);
    AnthropicStreamed got = read_anthropic_stream(out);
    CHECK(got.fault == "");
    CHECK(got.complete);
    return got;
  }
  AnswerEncoder& encoder() { return *encoder_; }

  std::string out;

 private:
  std::unique_ptr<AnswerEncoder> encoder_;
};

AnthropicStreamed streamed(std::initializer_list<aip_event> events) {
  Streaming s;
  return s.tell(events).end();
}

using Tools = std::vector<AnthropicStreamed::Tool>;
using Blocks = std::vector<std::string>;

const Usage kUsage = Usage()
                         .set(AIP_USAGE_INPUT, 30)
                         .set(AIP_USAGE_OUTPUT, 7)
                         .set(AIP_USAGE_CACHE_READ, 12)
                         .set(AIP_USAGE_CACHE_WRITE, 8)
                         .set(AIP_USAGE_CACHE_WRITE_1H, 3)
                         .set(AIP_USAGE_REASONING, 2);

}  // namespace

TEST_CASE("anthropic stream: the bytes of a short answer") {
  Streaming s;
  s.tell({event::start("msg_1", "claude-x"), event::text("Hi \"you\""),
          event::finish(AIP_FINISH_STOP, "end_turn")});
  s.end();
  const std::string usage =
      R"({"input_tokens":0,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":0})";
  CHECK(
      s.out ==
      "event: message_start\n"
      R"(data: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"claude-x","content":[],"stop_reason":null,"stop_sequence":null,"usage":)" +
          usage + "}}\n\n" +
          "event: content_block_start\n"
          R"(data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}})"
          "\n\n"
          "event: content_block_delta\n"
          R"(data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi \"you\""}})"
          "\n\n"
          "event: content_block_stop\n"
          R"(data: {"type":"content_block_stop","index":0})"
          "\n\n"
          "event: message_delta\n"
          R"(data: {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":)" +
          usage + "}\n\n" + "event: message_stop\n" + R"(data: {"type":"message_stop"})" + "\n\n");
  CHECK(s.encoder().content_type() == "text/event-stream; charset=utf-8");
}

TEST_CASE(
    "anthropic stream: the answer has a name of Anthropic's form, whatever the provider says") {
  CHECK(streamed({event::text("a"), event::finish(1)}).id == "msg_own");
  CHECK(streamed({event::text("a"), event::finish(1)}).model == "asked");
  CHECK(streamed({event::start("chatcmpl-7", "m"), event::finish(1)}).id == "msg_7");
  CHECK(streamed({event::start("resp_7", "m"), event::finish(1)}).id == "msg_resp_7");
}

TEST_CASE("anthropic stream: text, thinking and tools are blocks, one after another") {
  const AnthropicStreamed got =
      streamed({event::start("i", "m"), event::reasoning("let "), event::reasoning("me"),
                event::signature("SIG"), event::redacted("HID"), event::text("so "),
                event::text("it is"), event::tool_begin(0, "t1", "look"),
                event::tool_args(0, R"({"a":)"), event::tool_args(0, "1}"), event::block_end(0),
                event::reasoning("more"), event::text("end"), event::finish(AIP_FINISH_TOOLS)});
  CHECK(got.blocks ==
        Blocks{"thinking", "redacted_thinking", "text", "tool_use", "thinking", "text"});
  CHECK(got.thinking == "let memore");
  CHECK(got.signatures == "SIG");
  CHECK(got.redacted == "HID");
  CHECK(got.text == "so it isend");
  CHECK(got.tools == Tools{{"t1", "look", R"({"a":1})"}});
  CHECK(got.stop_reason == "tool_use");
}

TEST_CASE("anthropic stream: no block is made of nothing") {
  const AnthropicStreamed got =
      streamed({event::start("i", "m"), event::text(""), event::reasoning(""), event::text("a"),
                event::text(""), event::reasoning(""), event::finish(1)});
  CHECK(got.blocks == Blocks{"text"});
  CHECK(streamed({event::start("i", "m"), event::finish(1)}).blocks.empty());
}

TEST_CASE("anthropic stream: tools that come interleaved are told one after another") {
  Streaming s;
  s.tell({event::start("i", "m"), event::tool_begin(0, "t0", "a"), event::tool_begin(1, "t1", "b"),
          event::tool_args(0, "{\"x\":"), event::tool_args(1, "{\"y\""), event::text("between"),
          event::tool_begin(2, "t2", "c"), event::tool_args(0, "0}")});
  // The first one does not wait for anybody.
  CHECK(s.out.find(R"("partial_json":"0}")") != std::string::npos);
  CHECK(s.out.find("t1") == std::string::npos);
  s.tell({event::tool_args(2, "{}"), event::block_end(0), event::tool_args(1, ":1}"),
          event::text(" and"), event::finish(AIP_FINISH_STOP)});
  const AnthropicStreamed got = s.end();
  CHECK(got.tools == Tools{{"t0", "a", "{\"x\":0}"}, {"t1", "b", "{\"y\":1}"}, {"t2", "c", "{}"}});
  CHECK(got.blocks == Blocks{"tool_use", "tool_use", "text", "tool_use", "text"});
  CHECK(got.text == "between and");
  CHECK(got.stop_reason == "tool_use");  // though the provider said "stop"
}

TEST_CASE("anthropic stream: a tool that nobody ended, that has no id, that has no arguments") {
  const AnthropicStreamed got =
      streamed({event::start("i", "m"), event::tool_begin(0, "", "a"),
                event::tool_begin(1, "", "b"), event::finish(AIP_FINISH_TOOLS)});
  REQUIRE(got.tools.size() == 2);
  CHECK(got.tools[0].input == "{}");
  CHECK(got.tools[0].id != got.tools[1].id);
}

TEST_CASE("anthropic stream: what waits behind an open tool is bounded") {
  const std::string piece(1 << 20, 'x');
  for (const std::size_t more : {std::size_t{0}, std::size_t{1}}) {
    Streaming s;
    s.tell({event::tool_begin(0, "t0", "a"), event::tool_begin(1, "t1", "b")});
    constexpr std::size_t kBlocks =
        2 * sizeof(aip::dialect::AnthropicBlock) + std::string_view("t0at1b").size();
    for (std::size_t i = 1; i < aip::dialect::kHeldBytesMax >> 20; ++i) {
      s.tell({event::tool_args(1, piece)});
    }
    s.tell({event::tool_args(1, std::string_view(piece).substr(kBlocks))});
    CHECK_FALSE(s.encoder().too_large());
    if (more != 0) s.tell({event::tool_args(1, "x")});
    CHECK(s.encoder().too_large() == (more != 0));
    // The open one alone may be of any length.
    Streaming one;
    one.tell({event::tool_begin(0, "t0", "a")});
    for (int i = 0; i < 20; ++i) one.tell({event::tool_args(0, piece)});
    CHECK_FALSE(one.encoder().too_large());
  }
}

TEST_CASE("anthropic stream: whatever waits behind an open tool counts") {
  const std::string piece(1 << 20, 'x');
  const aip_event sealed = event::make_text(AIP_EV_SIGNATURE, piece);
  const std::string url = R"({"url":")" + piece + "\"}";
  const aip_event image = event::make_json(AIP_EV_IMAGE, url);
  std::uint32_t block = 0;
  for (const aip_event& one : {sealed, image, event::tool_begin(0, piece, "a"),
                               event::tool_begin(0, "t", piece), event::text(piece)}) {
    Streaming s;
    s.tell({event::tool_begin(0, "t0", "a")});
    for (std::size_t i = 0; i < aip::dialect::kHeldBytesMax >> 20; ++i) {
      aip_event next = one;
      next.block = ++block;
      s.tell({next});
    }
    CHECK(s.encoder().too_large());
  }
}

TEST_CASE("anthropic stream: small blocks behind an open tool count as what they take") {
  Streaming s;
  s.tell({event::tool_begin(0, "t0", "a")});
  std::size_t told = 0;
  for (; told < 100'000 && !s.encoder().too_large(); ++told) {
    s.tell({event::make_text(AIP_EV_SIGNATURE, "s")});
  }
  CHECK(s.encoder().too_large());
  CHECK(told > aip::dialect::kHeldBytesMax / sizeof(aip::dialect::AnthropicBlock) / 2);
}

TEST_CASE("anthropic stream: usage is in Anthropic's sums, told early and late") {
  Streaming s;
  s.tell({event::start("i", "m"), event::usage(kUsage), event::text("a")});
  const std::string first = s.out.substr(0, s.out.find("\n\n"));
  CHECK(
      first.find(R"("usage":{"input_tokens":10,"cache_creation_input_tokens":8,)"
                 R"("cache_read_input_tokens":12,"cache_creation":{"ephemeral_5m_input_tokens":5,)"
                 R"("ephemeral_1h_input_tokens":3},"output_tokens":7,)"
                 R"("output_tokens_details":{"thinking_tokens":2}})") != std::string::npos);
  const Usage late = Usage().set(AIP_USAGE_OUTPUT, 99);
  s.tell({event::finish(1), event::usage(late)});  // behind the reason, as OpenAI's
  AnthropicStreamed got = s.end();
  CHECK(got.usage["input_tokens"] == 10);
  CHECK(got.usage["output_tokens"] == 99);
  const Usage strange = Usage().set(AIP_USAGE_INPUT, 3).set(AIP_USAGE_CACHE_READ, 5);
  got = streamed({event::text("a"), event::finish(1), event::usage(strange)});
  CHECK(got.usage["input_tokens"] == 0);
}

TEST_CASE("anthropic stream: every reason has a name of Anthropic's") {
  struct Row {
    std::uint32_t finish;
    const char* own;
    const char* want;
  };
  for (const Row& row :
       {Row{AIP_FINISH_STOP, "stop", "end_turn"}, Row{AIP_FINISH_LENGTH, "length", "max_tokens"},
        Row{AIP_FINISH_LENGTH, "model_context_window_exceeded", "model_context_window_exceeded"},
        Row{AIP_FINISH_FILTER, "SAFETY", "refusal"}, Row{AIP_FINISH_PAUSE, "", "pause_turn"},
        Row{AIP_FINISH_STOP, "refusal", "end_turn"}, Row{AIP_FINISH_TOOLS, "", "end_turn"},
        Row{99, "new", "end_turn"}}) {
    CAPTURE(row.own);
    CHECK(streamed({event::text("a"), event::finish(row.finish, row.own)}).stop_reason == row.want);
  }
  const AnthropicStreamed got =
      streamed({event::text("a"), event::finish(AIP_FINISH_STOP_SEQUENCE, "stop", "END\n")});
  CHECK(got.stop_reason == "stop_sequence");
  CHECK(got.stop_sequence == "END\n");
}

TEST_CASE("anthropic stream: a refusal is text, and the reason says so") {
  const AnthropicStreamed got = streamed(
      {event::refusal("I "), event::refusal("cannot"), event::finish(AIP_FINISH_STOP, "stop")});
  CHECK(got.text == "I cannot");
  CHECK(got.stop_reason == "refusal");
}

TEST_CASE("anthropic stream: citations stand in the text that they belong to") {
  const char* web =
      R"({"type":"url_citation","url_citation":{"start_index":0,"end_index":1,"url":"https://e.org/",
      "title":"E","cited_text":"x"}})";
  const char* file = R"({"type":"file_citation","file_citation":{"index":2,"filename":"f"}})";
  const AnthropicStreamed got =
      streamed({event::text("a"), event::citation(web), event::text("b"), event::citation(file),
                event::tool_begin(0, "t", "n"), event::citation(web), event::finish(3)});
  CHECK(got.citations == "web_search_result_location char_location ");
  CHECK(got.text == "ab");
}

TEST_CASE("anthropic stream: an image is a block in the form of a request's") {
  const AnthropicStreamed got =
      streamed({event::text("see"), event::image(R"({"mime_type":"image/png","data":"AAAA"})"),
                event::image(R"({"url":"https://e.org/a.png"})"), event::finish(1)});
  CHECK(got.blocks == Blocks{"text", "image", "image"});
}

TEST_CASE("anthropic stream: a character in two halves is told whole, in every kind of block") {
  const auto half = [](aip_event e) { return event::escaped(e); };
  const AnthropicStreamed got =
      streamed({half(event::reasoning("a\\ud83d")), half(event::reasoning("\\ude00")),
                half(event::text("b\\ud83d")), half(event::text("\\ude00")),
                event::tool_begin(0, "t", "n"), half(event::tool_args(0, "{\\\"c\\\":\\\"\\ud83d")),
                half(event::tool_args(0, "\\ude00\\\"}")), event::block_end(0),
                half(event::text("\\ud83d")), event::finish(1)});
  CHECK(got.thinking == "a😀");
  CHECK(got.text == "b😀\xEF\xBF\xBD");
  REQUIRE(got.tools.size() == 1);
  CHECK(got.tools[0].input == R"({"c":"😀"})");
}

TEST_CASE("anthropic stream: only the first choice is told, and nothing behind its end") {
  const AnthropicStreamed got =
      streamed({event::text("a"), event::with_choice(event::text("b"), 1), event::finish(1),
                event::with_choice(event::finish(2), 1), event::text("c"), event::finish(2)});
  CHECK(got.text == "a");
  CHECK(got.stop_reason == "end_turn");
}

TEST_CASE("anthropic stream: provider blocks stand beside the reason, logprobs and audio nowhere") {
  Streaming s;
  s.tell({event::provider("coze", "{\"a\":\n1}"), event::logprobs("{}"), event::audio("{}"),
          event::text("a"), event::finish(1)});
  s.end();
  CHECK(s.out.find(R"("coze":{"a": 1})") != std::string::npos);
}

TEST_CASE("anthropic stream: a failure behind any event is an error event and the end") {
  const std::vector<aip_event> events{event::start("i", "m"),
                                      event::usage(kUsage),
                                      event::reasoning("r"),
                                      event::signature("s"),
                                      event::text("a"),
                                      event::tool_begin(0, "t", "n"),
                                      event::tool_begin(1, "u", "o"),
                                      event::tool_args(0, "{"),
                                      event::tool_args(0, "}"),
                                      event::block_end(0),
                                      event::finish(AIP_FINISH_TOOLS)};
  ErrorReply reply;
  reply.status = 529;
  reply.message = "Overloaded";
  reply.request_id = "req";
  for (std::size_t n = 0; n <= events.size(); ++n) {
    CAPTURE(n);
    Streaming s;
    for (std::size_t i = 0; i < n; ++i) s.tell({events[i]});
    s.encoder().keep_alive(s.out);
    s.encoder().fail(reply, s.out);
    const AnthropicStreamed got = read_anthropic_stream(s.out);
    CHECK(got.fault == "");
    CHECK_FALSE(got.complete);
    CHECK(got.error_type == "overloaded_error");
    CHECK(got.error_message == "Overloaded");
    CHECK(got.pings == 1);
    CHECK((s.encoder().finish() != 0) == (n == events.size()));
  }
}

TEST_CASE("anthropic stream: raw bytes pass, and only the state is noted") {
  const std::string raw = "event: message_start\ndata: {}\n\n";
  const std::string stop = "event: message_stop\ndata: {\"type\":\"message_stop\"   }\n\n";
  Streaming s;
  s.encoder().raw(raw, s.out);
  s.tell({event::text("not rendered"), event::usage(kUsage)});
  CHECK(s.encoder().finish() == 0);
  s.tell({event::finish(AIP_FINISH_LENGTH)});
  CHECK(s.encoder().finish() == AIP_FINISH_LENGTH);
  CHECK(s.out == raw);
  // In pieces of any size; nothing may stand behind the last event.
  for (const char c : stop) s.encoder().raw({&c, 1}, s.out);
  s.encoder().end(s.out);
  s.encoder().fail(ErrorReply(), s.out);
  CHECK(s.out == raw + stop);
}

TEST_CASE("anthropic stream: a raw stream that was whole without its last event gets it") {
  Streaming s;
  const std::string raw =
      "event: content_block_delta\ndata: {\"text\":\"the word \\\"message_stop\\\"\"}\n\n";
  s.encoder().raw(raw, s.out);
  s.tell({event::finish(AIP_FINISH_STOP)});
  s.encoder().end(s.out);
  CHECK(s.out == raw + "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n");
}
