#include "tests/unit/openai/support.h"

using namespace aip::test;  // NOLINT: short names read better in a table
using aip::json::Value;
using aip::openai::AnswerReader;
using aip::openai::make_reader;
using aip::openai::make_watcher;

namespace {

std::string typed(const std::vector<std::string>& chunks) {
  return read_chunks(*make_reader("seed"), chunks);
}
std::string watched(const std::vector<std::string>& chunks) {
  return read_chunks(*make_watcher(), chunks);
}
std::string whole(AnswerReader& reader, const std::string& answer) {
  REQUIRE(aip::json::check(answer).ok());
  if (const auto failure = reader.whole(Value(answer))) return "FAILED " + failure->message;
  return lines_of(reader.events());
}

}  // namespace

TEST_CASE("reader: the start is told once, with the first choice") {
  CHECK(
      typed(
          {R"({"choices":[],"id":"","model":"","prompt_filter_results":[]})",
           R"({"id":"a","model":"m","created":7,"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]})",
           delta(R"({"content":"x"})"), delta("{}", "\"stop\"")}) ==
      "START a m; TEXT x; FINISH 1 stop");
  CHECK(typed({R"({"id":12,"choices":[{"delta":{"content":"x"},"finish_reason":"stop"}]})"}) ==
        "START 12; TEXT x; FINISH 1 stop");
}

TEST_CASE("reader: the order within a chunk is that of the canonical form") {
  CHECK(
      typed({delta(R"({"tool_calls":[{"index":0,"id":"c","function":{"name":"f","arguments":"{}"}}],
                        "content":"t","reasoning_content":"r","refusal":"n","role":"assistant"})",
                   "\"tool_calls\"")}) ==
      "START; REASONING r; TEXT t; REFUSAL n; BEGIN 0 c f; ARGS 0 {}; END 0; FINISH 3 tool_calls");
}

TEST_CASE("reader: text escapes pass as they are") {
  const auto reader = make_reader("");
  const std::string chunk = delta(R"({"content":"a\n\u00e9\ud83d"})");
  REQUIRE_FALSE(reader->chunk(Value(chunk)).has_value());
  const aip_event& e = reader->events().back();
  CHECK(e.flags == AIP_EVF_ESCAPED);
  CHECK(aip::sdk::text(e.text) == R"(a\n\u00e9\ud83d)");
}

TEST_CASE("reader: reasoning under each of its names, but never twice") {
  CHECK(
      typed(
          {delta(R"({"reasoning_content":"a","reasoning":"a"})"), delta(R"({"reasoning":"b"})"),
           delta(
               R"({"reasoning_details":[{"type":"reasoning.text","text":"c"},{"type":"reasoning.summary","summary":"d"}]})"),
           delta(
               R"({"reasoning_details":[{"type":"reasoning.encrypted","data":"x"},{"text":"","signature":"s"}]})"),
           delta("{}", "\"stop\"")}) ==
      "START; REASONING a; REASONING b; REASONING c; REASONING d; SIGNATURE s; FINISH 1 stop");
}

TEST_CASE("reader: a finish reason is told once and last, with everything that comes behind it") {
  CHECK(
      typed({delta(R"({"content":"a"})", "\"length\""), delta(R"({"content":"b"})", "\"stop\"")}) ==
      "START; TEXT a; TEXT b; FINISH 2 length");
  CHECK(typed({delta(R"({"content":"a"})", "\"\""), delta("{}", "\"eos\"")}) ==
        "START; TEXT a; FINISH 1 eos");
  CHECK(typed({delta(R"({"content":"a"})")}) == "START; TEXT a; INCOMPLETE");
}

TEST_CASE("reader: calls that ended with \"stop\" are calls") {
  CHECK(typed({delta(R"({"tool_calls":[{"index":0,"id":"c","function":{"name":"f"}}]})",
                     "\"stop\"")}) == "START; BEGIN 0 c f; END 0; FINISH 3 stop");
}

TEST_CASE("reader: usage wherever it stands, and the last one counts") {
  CHECK(
      typed(
          {R"({"choices":[{"delta":{"content":"a"}}],"usage":{"prompt_tokens":1,"completion_tokens":1}})",
           R"({"choices":[{"delta":{},"finish_reason":"stop","usage":{"prompt_tokens":1,"completion_tokens":2}}]})",
           R"({"choices":[],"x_groq":{"usage":{"prompt_tokens":1,"completion_tokens":3}}})"}) ==
      "START; TEXT a; USAGE 1=1 2=1; USAGE 1=1 2=2; USAGE 1=1 2=3; FINISH 1 stop");
}

TEST_CASE("reader: failures that hide in a stream") {
  for (const bool is_typed : {true, false}) {
    const auto run = [&](const std::string& chunk) {
      const std::string all =
          is_typed ? typed({delta("{}"), chunk}) : watched({delta("{}"), chunk});
      const std::size_t at = all.find("FAILED");
      return at == std::string::npos ? all : all.substr(at);
    };
    CHECK(run(R"({"error":{"message":"m","code":429}})") == "FAILED 429 m");
    CHECK(run(R"({"error":"m"})") == "FAILED 502 m");
    CHECK(run(delta("{}", "\"error\"")) ==
          "FAILED 502 The provider ended its answer with an error.");
    CHECK(run(R"({"error":null,"choices":[]})").find("FAILED") == std::string::npos);
  }
  CHECK(typed({delta(R"({"content":"a"})", "\"length\""),
               R"({"error":{"message":"m"},"choices":[]})"}) == "START; TEXT a; FINISH 2 length");
}

TEST_CASE("reader: a whole message inside a stream") {
  CHECK(
      typed(
          {R"({"choices":[{"index":0,"message":{"role":"assistant","content":"all"},"finish_reason":"stop"}]})"}) ==
      "START; TEXT all; FINISH 1 stop");
}

TEST_CASE("reader: whole answers") {
  const auto reader = make_reader("");
  CHECK(whole(*reader, R"({"id":"a","model":"m","choices":[
    {"index":0,"message":{"content":"x"},"logprobs":{"content":[]},"finish_reason":"stop"},
    {"index":1,"message":{"content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]},"finish_reason":"tool_calls"}],
    "usage":{"prompt_tokens":1,"completion_tokens":2}})") ==
        "START a m; LOGPROBS {\"content\":[]}; TEXT x; BEGIN@1 0 c f; ARGS@1 0 {}; USAGE 1=1 2=2; "
        "FINISH 1 stop; END@1 0; FINISH@1 3 tool_calls");
  CHECK(
      whole(
          *make_reader(""),
          R"({"choices":[{"content_filter_results":{},"finish_reason":"content_filter","index":0}]})") ==
      "START; FINISH 4 content_filter");
  CHECK(whole(*make_reader(""), R"({"choices":[]})") == "FINISH 1");
  CHECK(whole(*make_reader(""), R"({"detail":"x"})") ==
        "FAILED The provider's answer has no choices.");
  CHECK(whole(*make_watcher(), R"({"object":"list"})") ==
        "FAILED The provider's answer has no choices.");
  CHECK(
      whole(
          *make_watcher(),
          R"({"choices":[{"index":1,"finish_reason":null},{"index":0,"finish_reason":"length"}]})") ==
      "FINISH 2 length; FINISH@1 1");
}

TEST_CASE("watcher: only what the ledger needs") {
  CHECK(watched({delta(R"({"role":"assistant","content":"a"})"), delta("{}", "\"stop\""),
                 R"({"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}})"}) ==
        "FINISH 1 stop; USAGE 1=1 2=2");
  const auto watcher = make_watcher();
  const std::string usage = R"({"choices":[],"usage":{"prompt_tokens":1}})";
  REQUIRE_FALSE(watcher->chunk(Value(usage)).has_value());
  CHECK(watcher->was_usage_only());
  const std::string text = delta(R"({"content":"a"})");
  REQUIRE_FALSE(watcher->chunk(Value(text)).has_value());
  CHECK_FALSE(watcher->was_usage_only());
  CHECK_FALSE(watcher->complete());
}

TEST_CASE("watcher: a service without finish reasons ends as told") {
  for (const auto& make : {+[] { return make_watcher(); }, +[] { return make_reader(""); }}) {
    const auto reader = make();
    const std::string chunk = R"({"choices":[{"index":2,"delta":{"content":"a"}}]})";
    REQUIRE_FALSE(reader->chunk(Value(chunk)).has_value());
    reader->assume_finished();
    std::string told = lines_of(reader->events());
    CHECK(reader->complete());
    reader->end();
    told += lines_of(reader->events());
    CHECK(told == "FINISH@2 1");
  }
}

TEST_CASE("reader: values of the wrong type are passed over") {
  CHECK(
      typed(
          {R"({"id":[],"model":{},"created":"x","choices":[{"index":"0","delta":null},5,{"delta":{"content":7,"tool_calls":{},"annotations":1}}]})",
           delta(
               R"({"tool_calls":[5,null,{"function":null},{"index":0,"function":{"name":3,"arguments":7}}],"audio":1,"images":[{}]})"),
           delta("{}", "\"stop\"")})
          .find("FINISH") != std::string::npos);
  CHECK(typed({"5", "[]", "null", "\"x\"", delta("{}", "\"stop\"")}) == "START; FINISH 1 stop");
}
