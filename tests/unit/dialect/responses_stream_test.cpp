#include <doctest/doctest.h>

#include <algorithm>
#include <cstdio>

#include "core/dialect/responses_output.h"
#include "tests/support/responses_validator.h"
#include "tests/unit/dialect/support.h"

using aip::json::Value;
using aip::test::options_of;
using aip::test::ResponsesValidator;
namespace event = aip::test::event;
namespace dialect = aip::dialect;

namespace responses_stream_test {
namespace {

struct Stream {
  explicit Stream(const std::string& echo = "") {
    dialect::AnswerOptions options = options_of(true);
    const std::string more = echo.empty() ? "" : "," + echo;
    options.echo =
        R"("instructions":null,"metadata":{},"parallel_tool_calls":true,"temperature":null,)"
        R"("tool_choice":"auto","top_p":null)" +
        (echo.find("\"tools\"") == std::string::npos ? more + R"(,"tools":[])" : more);
    encoder = dialect::make_encoder(dialect::Kind::OpenAiResponses, options);
  }
  Stream& tell(const std::vector<aip_event>& events) {
    for (const aip_event& e : events) encoder->event(e, out);
    return *this;
  }
  Stream& end() {
    encoder->end(out);
    return *this;
  }
  std::unique_ptr<dialect::AnswerEncoder> encoder;
  std::string out;
};

// The types of a stream's events without "response.", one a word.
std::string order_of(const ResponsesValidator& v) {
  std::string out;
  for (const std::string& type : v.types()) {
    if (!out.empty()) out += ' ';
    out += type.starts_with("response.") ? type.substr(9) : type;
  }
  return out;
}

aip_usage kCounts[] = {{AIP_USAGE_INPUT, 0, 21},
                       {AIP_USAGE_OUTPUT, 0, 13},
                       {AIP_USAGE_CACHE_READ, 0, 4},
                       {AIP_USAGE_REASONING, 0, 5}};
aip_event usage() {
  aip_event e = event::make(AIP_EV_USAGE);
  e.usage = kCounts;
  e.usage_count = 4;
  return e;
}
aip_event signature(std::string_view text) {
  return event::make_text(AIP_EV_SIGNATURE, text);
}

// Everything that an answer can hold, with tools whose fragments are mixed.
std::vector<aip_event> all_events() {
  return {event::start("chatcmpl-abc", "gpt-x", 1700000001),
          event::reasoning("Let me "),
          event::escaped(event::reasoning("th\\u00ef\\nnk\\ud83d")),
          event::escaped(event::reasoning("\\ude00")),
          signature("sig=="),
          event::text("Hello \"you\"\n"),
          event::make_json(AIP_EV_LOGPROBS, R"({"content":[{"token":"a","logprob":-1}]})"),
          event::escaped(event::text("a\\ud83d")),
          event::make_json(AIP_EV_CITATION,
                           R"({"type":"url_citation","url_citation":{"url":"u","title":"t"}})"),
          event::make_text(AIP_EV_REFUSAL, "I cannot"),
          event::tool_begin(0, "call_1", "first"),
          event::tool_begin(1, "", "second"),
          event::tool_args(0, "{\"a\":"),
          event::tool_args(1, "{\"b\":"),
          event::tool_args(0, "1}"),
          event::block_end(0),
          event::tool_args(1, "2}"),
          event::tool_begin(2, "call_3", "third"),
          event::text("more"),
          event::make_json(AIP_EV_IMAGE, R"({"mime_type":"image/png","data":"AAAA"})"),
          usage(),
          event::finish(AIP_FINISH_TOOLS, "tool_calls")};
}

}  // namespace

TEST_CASE("responses_stream: a text in the order of OpenAI's own streams") {
  Stream s;
  s.tell({event::start("chatcmpl-abc", "gpt-x", 1700000001), event::text("Par"), event::text("is"),
          event::finish(AIP_FINISH_STOP, "stop"), usage()})
      .end();

  const ResponsesValidator v(s.out);

  CHECK(v.fault() == "");
  CHECK(v.ending() == "completed");
  CHECK(order_of(v) ==
        "created in_progress output_item.added content_part.added output_text.delta "
        "output_text.delta output_text.done content_part.done output_item.done completed");
  const Value response = v.response();
  CHECK(response["id"].str() == "resp_abc");
  CHECK(response["created_at"].integer() == 1700000001);
  CHECK(response["model"].str() == "gpt-x");
  CHECK(response["usage"].raw() ==
        R"({"input_tokens":21,"input_tokens_details":{"cached_tokens":4},"output_tokens":13,)"
        R"("output_tokens_details":{"reasoning_tokens":5},"total_tokens":34})");
  CHECK(s.out.find("[DONE]") == std::string::npos);
}

TEST_CASE("responses_stream: reasoning, parts, mixed tools and images keep every rule") {
  Stream s;
  s.tell(all_events()).end();

  const ResponsesValidator v(s.out);

  CHECK(v.fault() == "");
  CHECK(v.ending() == "completed");
  std::string items;
  const Value output = v.response()["output"];
  for (const Value item : output.items()) items += item["type"].str() + " ";
  CHECK(items ==
        "reasoning message function_call function_call function_call message "
        "image_generation_call ");
}

TEST_CASE("responses_stream: a tool without arguments has {}, once") {
  Stream s;
  s.tell({event::tool_begin(0, "c", "f"), event::finish(AIP_FINISH_TOOLS, "")}).end();

  const ResponsesValidator v(s.out);

  CHECK(v.fault() == "");
  CHECK(order_of(v) ==
        "created in_progress output_item.added function_call_arguments.delta "
        "function_call_arguments.done output_item.done completed");
  CHECK(s.out.find("{}{}") == std::string::npos);
}

TEST_CASE("responses_stream: a signed block comes back as it was, whatever the client shows") {
  Stream s;
  s.tell(all_events()).end();
  const ResponsesValidator v(s.out);
  const std::string sealed = (*v.response()["output"].items().begin())["encrypted_content"].str();
  const std::string body = R"({"input":[{"type":"reasoning","summary":[],"encrypted_content":")" +
                           sealed + R"("},{"role":"assistant","content":"x"}]})";

  const auto chat = dialect::parse_chat(dialect::Kind::OpenAiResponses, body);
  const auto canonical = dialect::to_canonical(dialect::Kind::OpenAiResponses, *chat, body);

  REQUIRE(canonical.ok());
  CHECK(Value(canonical->json)["messages"].raw() ==
        R"([{"role":"assistant","content":"x","thinking_blocks":[{"type":"thinking",)"
        R"("thinking":"Let me th\u00ef\nnk\ud83d\ude00","signature":"sig=="}]}])");
}

TEST_CASE("responses_stream: a custom tool's free text is unpacked, also what is no object") {
  Stream s(R"("tools":[{"type":"custom","name":"sql"}])");
  s.tell({event::tool_begin(0, "c0", "sql"), event::tool_args(0, "{\"input\":\"SELECT "),
          event::tool_args(0, "\\\"a\\\"\"}"), event::tool_begin(1, "c1", "sql"),
          event::tool_args(1, "DROP"), event::tool_begin(2, "c2", "other"),
          event::finish(AIP_FINISH_TOOLS, "")})
      .end();

  const ResponsesValidator v(s.out);

  CHECK(v.fault() == "");
  std::string inputs;
  const Value output = v.response()["output"];
  for (const Value item : output.items()) {
    inputs += item["type"].str() + "=" + item["input"].str() + item["arguments"].str() + ";";
  }
  CHECK(inputs == "custom_tool_call=SELECT \"a\";custom_tool_call=DROP;function_call={};");
}

TEST_CASE("responses_stream: length and filter are incomplete, and so is what was open") {
  for (const auto& [finish, reason] :
       {std::pair{AIP_FINISH_LENGTH, "max_output_tokens"}, {AIP_FINISH_FILTER, "content_filter"}}) {
    Stream s;
    s.tell({event::text("half"), event::finish(finish, "")}).end();
    const ResponsesValidator v(s.out);
    CHECK(v.fault() == "");
    CHECK(v.ending() == "incomplete");
    CHECK(v.response()["incomplete_details"]["reason"].str() == reason);
    CHECK((*v.response()["output"].items().begin())["status"].str() == "incomplete");
  }
}

TEST_CASE("responses_stream: a failure behind each event is told once, and nothing behind it") {
  dialect::ErrorReply reply;
  reply.status = 529;
  reply.type = "overloaded_error";
  reply.message = "Overloaded";
  const std::vector<aip_event> events = all_events();
  for (std::size_t cut = 0; cut < events.size(); ++cut) {
    CAPTURE(cut);
    Stream s;
    for (std::size_t i = 0; i < cut; ++i) s.encoder->event(events[i], s.out);
    s.encoder->keep_alive(s.out);
    s.encoder->fail(reply, s.out);
    const std::string once = s.out;
    s.encoder->fail(reply, s.out);

    CHECK(s.out == once);
    CHECK(s.encoder->finish() == 0);
    const ResponsesValidator v(s.out);
    CHECK(v.fault() == "");
    CHECK(v.ending() == "failed");
    CHECK(v.types().at(v.types().size() - 2) == "error");
    CHECK(v.response()["error"]["message"].str() == "Overloaded");
  }
  std::printf("responses: a failure behind each of %zu events, told once\n", events.size());
}

TEST_CASE("responses_stream: nothing is told behind the end, and no second choice") {
  Stream s;
  s.tell({event::text("a"), event::with_choice(event::text("other"), 1),
          event::finish(AIP_FINISH_STOP, ""), event::text("late")})
      .end();
  const std::string ended = s.out;
  s.encoder->fail(dialect::ErrorReply{}, s.out);

  CHECK(s.out == ended);
  CHECK(s.out.find("other") == std::string::npos);
  CHECK(s.out.find("late") == std::string::npos);
  CHECK(ResponsesValidator(s.out).fault() == "");
}

TEST_CASE("responses_stream: raw events pass, and a failure among them goes on counting") {
  Stream s;
  const std::string created =
      "event: response.created\ndata: {\"type\":\"response.created\",\"sequence_number\":0}\n\n";
  s.encoder->raw(created, s.out);
  s.encoder->fail(dialect::ErrorReply{}, s.out);
  CHECK(s.out.substr(0, created.size()) == created);
  CHECK(s.out.find("event: error\ndata: {\"type\":\"error\",\"sequence_number\":1,") ==
        created.size());
  CHECK(s.out.find("response.failed") == std::string::npos);

  for (const char* last : {"response.completed", "response.failed", "error"}) {
    Stream t;
    const std::string raw = "data: {\"type\":\"" + std::string(last) + "\"}\r\n\r\n";
    t.encoder->raw(raw, t.out);
    t.encoder->fail(dialect::ErrorReply{}, t.out);
    CHECK(t.out == raw);
  }
  Stream u;
  u.encoder->raw(created, u.out);
  CHECK(u.encoder->finish() == 0);
  u.tell({event::finish(AIP_FINISH_LENGTH, "")}).end();
  CHECK(u.encoder->finish() == AIP_FINISH_LENGTH);
  CHECK(u.out == created);
}

TEST_CASE("responses_stream: an answer beyond the limit is given up") {
  // One message of one part takes something itself.
  constexpr std::size_t kFits =
      aip::limits::kWholeAnswerBytesMax - sizeof(dialect::OutputItem) - sizeof(dialect::OutputPart);
  for (const std::size_t size : {kFits - 1, kFits, kFits + 1}) {
    Stream s;
    const std::string text(1024 * 1024, 'a');
    std::string out;
    for (std::size_t left = size; left != 0;) {
      const std::size_t now = std::min(left, text.size());
      s.encoder->event(event::text(std::string_view(text).substr(0, now)), out);
      out.clear();
      left -= now;
    }
    CHECK(s.encoder->too_large() == (size > kFits));
  }
}

TEST_CASE("responses_stream: items and parts of no or one letter count, too") {
  const std::vector<std::vector<aip_event>> kSmall{
      {event::reasoning(""), event::block_end(0)},
      {event::text("a"), event::make_text(AIP_EV_REFUSAL, "b")}};
  for (const std::vector<aip_event>& small : kSmall) {
    Stream s;
    const std::size_t most = aip::limits::kWholeAnswerBytesMax / sizeof(dialect::OutputPart);
    std::size_t told = 0;
    while (told <= most && !s.encoder->too_large()) {
      s.tell(small);
      s.out.clear();
      ++told;
    }
    CHECK(s.encoder->too_large());
  }
}

}  // namespace responses_stream_test
