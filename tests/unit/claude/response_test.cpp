// D2 and WIRE 4.3: answers and streams as events.
#include "plugins/claude/response.h"

#include <doctest/doctest.h>

#include "plugins/claude/citations.h"
#include "plugins/claude/usage.h"
#include "tests/unit/claude/events.h"

namespace aip::claude_test {
namespace {

using Shape = claude::AnswerReader::Shape;
using List = std::vector<std::string>;

const std::string kStartEvent =
    R"({"type":"message_start","message":{"id":"msg_1","model":"claude-x","content":[],"usage":{"input_tokens":5,"output_tokens":1}}})";
const std::string kStopEvent = R"({"type":"message_stop"})";

std::string open_block(const std::string& block) {
  return R"({"type":"content_block_start","index":0,"content_block":)" + block + "}";
}
std::string delta(const std::string& members) {
  return R"({"type":"content_block_delta","index":0,"delta":{)" + members + "}}";
}
std::string text(const std::string& escaped) {
  return delta(R"("type":"text_delta","text":")" + escaped + "\"");
}
const std::string kTextBlock = open_block(R"({"type":"text","text":""})");
const std::string kClose = R"({"type":"content_block_stop","index":0})";
std::string end_with(const std::string& reason, const std::string& more = {}) {
  return R"({"type":"message_delta","delta":{"stop_reason":")" + reason + "\"" + more +
         R"(},"usage":{"output_tokens":9}})";
}
std::string tool(const std::string& id) {
  return open_block(R"({"type":"tool_use","id":")" + id + R"(","name":"f","input":{}})");
}
std::string partial(const std::string& escaped) {
  return delta(R"("type":"input_json_delta","partial_json":")" + escaped + "\"");
}

// The lines between START and its USAGE, and the end's USAGE and FINISH.
List middle(const List& events, Shape shape = Shape::Plain, const char* reason = "end_turn") {
  List all{kStartEvent};
  all.insert(all.end(), events.begin(), events.end());
  all.push_back(end_with(reason));
  all.push_back(kStopEvent);
  const Told told = read_stream(all, shape);
  CHECK_FALSE(told.failure.has_value());
  CHECK(told.complete);
  REQUIRE(told.lines.size() >= 4);
  CHECK(told.lines[0] == "START msg_1 claude-x");
  return List(told.lines.begin() + 2, told.lines.end() - 2);
}

}  // namespace

TEST_CASE("D2 text: deltas of several blocks become TEXT, still escaped, empty ones nothing") {
  CHECK(middle({kTextBlock, text(""), text("a\\n\\u00e9"), kClose, kTextBlock, text("b"),
                kClose}) == List{"TEXT a\n\u00e9", "TEXT b"});

  claude::AnswerReader reader(Shape::Plain);
  CHECK_FALSE(reader.stream_event(kStartEvent).has_value());
  const std::string event = text("a\\n\\u00e9");
  CHECK_FALSE(reader.stream_event(event).has_value());
  REQUIRE(reader.events().size() == 1);
  CHECK(reader.events()[0].flags == AIP_EVF_ESCAPED);
  CHECK(sdk::text(reader.events()[0].text) == "a\\n\\u00e9");
}

TEST_CASE("D2 thinking: text, then its signature; without one the end is told; redacted whole") {
  CHECK(middle({open_block(R"({"type":"thinking","thinking":"","signature":""})"),
                delta(R"("type":"thinking_delta","thinking":"hm")"),
                delta(R"("type":"thinking_delta","thinking":"")"),
                delta(R"("type":"signature_delta","signature":"S==")"), kClose}) ==
        List{"REASONING hm", "SIGNATURE S=="});
  CHECK(middle({open_block(R"({"type":"thinking","thinking":"","signature":""})"),
                delta(R"("type":"thinking_delta","thinking":"hm")"), kClose}) ==
        List{"REASONING hm", "END 0"});
  CHECK(middle({open_block(R"({"type":"redacted_thinking","data":"R=="})"), kClose}) ==
        List{"REDACTED R=="});
}

TEST_CASE("C5 tools: numbered from 0 without gaps, whatever stands between them") {
  CHECK(middle(
            {kTextBlock, text("x"), kClose, tool("a"), partial(""), partial("{\\\"k\\\":"),
             partial("1}"), kClose,
             open_block(
                 R"({"type":"server_tool_use","id":"srvtoolu_1","name":"web_search","input":{}})"),
             partial("{\\\"q\\\":1}"), kClose,
             open_block(
                 R"({"type":"web_search_tool_result","tool_use_id":"srvtoolu_1","content":[]})"),
             kClose, tool("b"), partial("{}"), kClose},
            Shape::Plain, "tool_use") == List{"TEXT x", "TOOL 0 a f", "ARGS 0 {\"k\":", "ARGS 0 1}",
                                              "END 0", "TOOL 1 b f", "ARGS 1 {}", "END 1"});
}

TEST_CASE("C19 tools: one without arguments has {} exactly once") {
  for (const List& between : {List{}, List{partial("")}, List{partial(""), partial("")}}) {
    List events{tool("a")};
    events.insert(events.end(), between.begin(), between.end());
    events.push_back(kClose);
    CHECK(middle(events, Shape::Plain, "tool_use") == List{"TOOL 0 a f", "ARGS 0 {}", "END 0"});
  }
  // An input that an intermediary sends whole with the block's start.
  CHECK(middle({open_block(R"({"type":"tool_use","id":"a","name":"f","input":{"k":1e3}})"), kClose},
               Shape::Plain, "tool_use") == List{"TOOL 0 a f", "ARGS 0 {\"k\":1e3}", "END 0"});
}

TEST_CASE("D2 structured output: the input of the JSON tool is the answer's text, the end a stop") {
  const std::string json_tool =
      open_block(R"({"type":"tool_use","id":"t","name":"answer_in_json","input":{}})");
  const Told told = read_stream({kStartEvent, json_tool, partial(""), partial("{\\\"a\\\":"),
                                 partial("1}"), kClose, end_with("tool_use"), kStopEvent},
                                Shape::JsonTool);
  CHECK(told.all() ==
        "START msg_1 claude-x\nUSAGE 1=5 2=1\nTEXT {\"a\":\nTEXT 1}\nUSAGE 1=5 2=9\nFINISH 1 "
        "tool_use\n");

  CHECK(middle({json_tool, kClose}, Shape::JsonTool, "tool_use") == List{"TEXT {}"});
  // Beside a call of the client's own tools the answer ends in tool calls.
  const Told both = read_stream({kStartEvent, json_tool, partial("{}"), kClose, tool("a"), kClose,
                                 end_with("tool_use"), kStopEvent},
                                Shape::JsonTool);
  CHECK(both.lines.back() == "FINISH 3 tool_use");
  // Without the plan for it the name means nothing.
  CHECK(middle({json_tool, kClose}, Shape::Plain, "tool_use") ==
        List{"TOOL 0 t answer_in_json", "ARGS 0 {}", "END 0"});

  const Told whole = read_whole(
      R"({"type":"message","id":"m","model":"x","content":[{"type":"tool_use","id":"t","name":"answer_in_json","input":{"a":"\u00e9"}}],"stop_reason":"tool_use"})",
      Shape::JsonTool);
  CHECK(whole.all() == "START m x\nTEXT {\"a\":\"\\u00e9\"}\nFINISH 1 tool_use\n");
}

TEST_CASE("D2 stop_reason: the whole table, unknown ones are a stop with their name") {
  struct Row {
    const char* reason;
    std::uint32_t finish;
  };
  const Row rows[] = {{"end_turn", AIP_FINISH_STOP},
                      {"stop_sequence", AIP_FINISH_STOP_SEQUENCE},
                      {"pause_turn", AIP_FINISH_PAUSE},
                      {"max_tokens", AIP_FINISH_LENGTH},
                      {"model_context_window_exceeded", AIP_FINISH_LENGTH},
                      {"refusal", AIP_FINISH_FILTER},
                      {"compaction", AIP_FINISH_STOP},
                      {"something_new", AIP_FINISH_STOP}};
  for (const Row& row : rows) {
    CAPTURE(row.reason);
    const Told told = read_stream({kStartEvent, end_with(row.reason), kStopEvent});
    CHECK(told.lines.back() == "FINISH " + std::to_string(row.finish) + " " + row.reason);
  }
  CHECK(read_stream({kStartEvent, tool("a"), kClose, end_with("tool_use"), kStopEvent})
            .lines.back() == "FINISH 3 tool_use");
  CHECK(read_stream(
            {kStartEvent, end_with("stop_sequence", R"(,"stop_sequence":"\n\"E")"), kStopEvent})
            .lines.back() == "FINISH 5 stop_sequence \n\"E");
}

TEST_CASE("D2 refusal: the explanation of stop_details is told, if there is one") {
  const auto lines = [](const char* details) {
    return read_stream({kStartEvent,
                        end_with("refusal", std::string(R"(,"stop_details":)") + details),
                        kStopEvent})
        .all();
  };
  CHECK(
      lines(R"({"type":"refusal","category":"c","explanation":"No \"x\"."})") ==
      "START msg_1 claude-x\nUSAGE 1=5 2=1\nUSAGE 1=5 2=9\nREFUSAL No \"x\".\nFINISH 4 refusal\n");
  CHECK(lines("null").find("REFUSAL") == std::string::npos);
  CHECK(lines(R"({"type":"refusal","category":null,"explanation":null})").find("REFUSAL") ==
        std::string::npos);
}

TEST_CASE("C13 usage: cumulative, sums with the cache, the last figure that is no null wins") {
  const auto last_usage = [](const char* start, const char* end) {
    const Told told =
        read_stream({R"({"type":"message_start","message":{"id":"m","model":"x","usage":)" +
                         std::string(start) + "}}",
                     R"({"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":)" +
                         std::string(end) + "}",
                     kStopEvent});
    std::string last;
    for (const std::string& line : told.lines) {
      if (line.substr(0, 5) == "USAGE") last = line.substr(6);
    }
    return last;
  };
  // input = 1, output = 2, cache read = 3, cache write = 4, of it 1h = 5, reasoning = 6, searches =
  // 11
  CHECK(last_usage(
            R"({"input_tokens":10,"cache_read_input_tokens":100,"cache_creation_input_tokens":1000,
                       "cache_creation":{"ephemeral_5m_input_tokens":300,"ephemeral_1h_input_tokens":700},"output_tokens":1})",
            R"({"output_tokens":20})") == "1=1110 2=20 3=100 4=1000 5=700");
  CHECK(last_usage(
            R"({"input_tokens":43,"output_tokens":1})",
            R"({"input_tokens":61,"output_tokens":20,"output_tokens_details":{"thinking_tokens":7},
                       "server_tool_use":{"web_search_requests":2}})") == "1=61 2=20 6=7 11=2");
  CHECK(last_usage(R"({"input_tokens":0,"output_tokens":0})",
                   R"({"input_tokens":5,"cache_read_input_tokens":null,"output_tokens":6})") ==
        "1=5 2=6");
  CHECK(last_usage(R"({"input_tokens":5,"output_tokens":2})", "{}") == "1=5 2=2");
  CHECK(last_usage("null", R"({"output_tokens":3})") == "1=0 2=3");
  CHECK(last_usage("null", "null").empty());
}

TEST_CASE("D2 stream: ping is told as such, unknown events, blocks and deltas are nothing") {
  CHECK(middle({R"({"type": "ping"})", R"({"type":"new_event","x":1})", "{}",
                open_block(R"({"type":"hologram","text":"x"})"),
                delta(R"("type":"hologram_delta","text":"x")"), kClose, kTextBlock, text("a"),
                kClose}) == List{"PING", "TEXT a"});
}

TEST_CASE("D2 errors: an error event in mid-stream fails with the status of its type") {
  struct Row {
    const char* type;
    int status, flags;
  };
  const Row rows[] = {{"overloaded_error", 529, AIP_ERR_OVERLOADED | AIP_ERR_RETRYABLE},
                      {"api_error", 500, AIP_ERR_RETRYABLE},
                      {"rate_limit_error", 429, AIP_ERR_RATE | AIP_ERR_RETRYABLE},
                      {"invalid_request_error", 400, 0},
                      {"unheard_of", 502, AIP_ERR_RETRYABLE}};
  for (const Row& row : rows) {
    const Told told = read_stream(
        {kStartEvent, kTextBlock, text("a"),
         R"({"type":"error","error":{"type":")" + std::string(row.type) + R"(","message":"m"}})"});
    REQUIRE(told.failure.has_value());
    CHECK(told.failure->http_status == row.status);
    CHECK(told.failure->flags == row.flags);
    CHECK(told.failure->type == row.type);
    CHECK(told.failure->message == "m");
    CHECK_FALSE(told.complete);
  }
}

TEST_CASE("C4 the end: whole behind message_delta, truncated before it") {
  const Told no_stop =
      read_stream({kStartEvent, kTextBlock, text("a"), kClose, end_with("end_turn")});
  CHECK_FALSE(no_stop.failure.has_value());
  CHECK(no_stop.lines.back() == "FINISH 1 end_turn");
  CHECK(no_stop.stop_missing);

  for (const List& events : {List{}, List{kStartEvent}, List{kStartEvent, kTextBlock, text("a")},
                             List{kStartEvent, kTextBlock, text("a"), kClose}}) {
    const Told told = read_stream(events);
    REQUIRE(told.failure.has_value());
    CHECK((told.failure->flags & AIP_ERR_TRUNCATED) != 0);
    CHECK(told.all().find("FINISH") == std::string::npos);
  }
}

TEST_CASE(
    "D2 stream: START comes first and once, also where message_start is missing or repeated") {
  CHECK(read_stream({kTextBlock, text("a"), end_with("end_turn"), kStopEvent}).all() ==
        "START  \nTEXT a\nUSAGE 1=0 2=9\nFINISH 1 end_turn\n");
  CHECK(read_stream({kStartEvent, kStartEvent, text("a"), end_with("end_turn"), kStopEvent})
            .all()
            .rfind("START") == 0);
}

TEST_CASE("D2 stream: nothing follows FINISH, a block left open is closed before it") {
  const Told told = read_stream(
      {kStartEvent, tool("a"), partial("{"), end_with("max_tokens"), kStopEvent, kStopEvent});
  CHECK(told.lines.back() == "FINISH 2 max_tokens");
  CHECK(told.lines[told.lines.size() - 2] == "END 0");
}

TEST_CASE("D2 citations: web results are told with their block's range, document places by name") {
  const std::string web =
      R"({"type":"web_search_result_location","cited_text":"c","url":"https://a","title":"T","encrypted_index":"E"})";
  const std::string page =
      R"({"type":"page_location","cited_text":"p","document_index":1,"document_title":"D","file_id":null,"start_page_number":1})";
  CHECK(
      middle({kTextBlock, text("\\u00e9\\n\U0001F600"), kClose, kTextBlock,
              delta(R"("type":"citations_delta","citation":)" + web), text("ab"), text("c"),
              delta(R"("type":"citations_delta","citation":)" + page), kClose}) ==
      List{
          "TEXT \u00e9\n\U0001F600", "TEXT ab", "TEXT c",
          R"(CITATION {"type":"url_citation","url_citation":{"start_index":3,"end_index":6,"url":"https://a","title":"T","cited_text":"c"}})",
          R"(CITATION {"type":"file_citation","file_citation":{"start_index":3,"end_index":6,"filename":"D","index":1,"cited_text":"p"}})"});
}

TEST_CASE("citations: characters are code points, however they are escaped") {
  CHECK(claude::characters_of("") == 0);
  CHECK(claude::characters_of("abc") == 3);
  CHECK(claude::characters_of("\u00e9\u4e2d\U0001F600") == 3);
  CHECK(claude::characters_of(R"(\n\"\\)") == 3);
  CHECK(claude::characters_of(R"(\u00e9\ud83d\ude00x)") == 3);
}

TEST_CASE("D2 whole answers: all blocks, null where there is no text, the same events") {
  const Told told = read_whole(
      R"({"id":"msg_1","type":"message","role":"assistant","model":"m","content":[)"
      R"({"type":"thinking","thinking":"hm","signature":"S"},{"type":"redacted_thinking","data":"R"},)"
      R"({"type":"text","text":"a"},{"type":"server_tool_use","id":"s","name":"w","input":{"q":1}},)"
      R"({"type":"text","text":"b\n","citations":[{"type":"web_search_result_location","url":"u","title":null}]},)"
      R"({"type":"tool_use","id":"t1","name":"f","input":{"z": 1e3, "a":"\u00e9"}},{"type":"tool_use","id":"t2","name":"g","input":{}}],)"
      R"("stop_reason":"tool_use","stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":2}})");
  CHECK(
      told.all() ==
      "START msg_1 m\nUSAGE 1=1 2=2\nREASONING hm\nSIGNATURE S\nREDACTED R\nTEXT a\nTEXT b\n\n"
      R"(CITATION {"type":"url_citation","url_citation":{"start_index":1,"end_index":3,"url":"u","title":""}})"
      "\nTOOL 0 t1 f\n"
      R"(ARGS 0 {"z": 1e3, "a":"\u00e9"})"
      "\nEND 0\nTOOL 1 t2 g\nARGS 1 {}\nEND 1\nFINISH 3 tool_use\n");
}

TEST_CASE("D2 whole answers: an error with 200, and JSON that is no message") {
  CHECK(read_whole(R"({"type":"error","error":{"type":"overloaded_error","message":"m"}})")
            .failure->http_status == 529);
  for (const char* body : {"{}", "[]", "7", R"({"choices":[]})", R"({"content":"x"})"}) {
    CAPTURE(body);
    CHECK(read_whole(body).failure->flags == AIP_ERR_BAD_ANSWER);
  }
}

TEST_CASE("the short cut takes exactly the service's form, and then agrees with the walker") {
  struct Row {
    const char* data;
    bool taken;
  };
  const Row rows[] = {
      {R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a"}})",
       true},
      {R"({"type":"content_block_delta","index":12,"delta":{"type":"text_delta","text":"a\"\\"}   }  )",
       true},
      {R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":""}})", true},
      {R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"}}"}})",
       true},
      {R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"\ud83d\ude00 é"}})",
       true},
      {R"({"type": "content_block_delta","index":0,"delta":{"type":"text_delta","text":"a"}})",
       false},
      {R"({"type":"content_block_delta","index":-1,"delta":{"type":"text_delta","text":"a"}})",
       false},
      {R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a","x":1}})",
       false},
      {R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a"},"x":1})",
       false},
      {R"({"type":"content_block_delta","index":0,"delta":{"text":"a","type":"text_delta"}})",
       false},
      {R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":7}})", false},
      {R"({"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"a"}})",
       false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.data);
    CHECK(claude::text_of_delta(row.data).has_value() == row.taken);
    const List events{kStartEvent, row.data, end_with("end_turn"), kStopEvent};
    CHECK(read_stream(events, Shape::Plain, Path::ShortCut).all() ==
          read_stream(events, Shape::Plain, Path::Walker).all());
  }
  // Cut anywhere, it says no and stays within its bounds.
  const std::string whole(rows[1].data);
  const std::size_t brace = whole.rfind('}');
  for (std::size_t n = 0; n <= brace; ++n) {
    const std::string part = whole.substr(0, n);
    CHECK_FALSE(claude::text_of_delta(part).has_value());
  }
}

}  // namespace aip::claude_test
