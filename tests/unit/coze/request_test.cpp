// Canonical chat to the bodies of both versions, and what Coze has no word for.
#include "plugins/coze/request.h"

#include "tests/unit/coze/support.h"

namespace aip::coze_test {
namespace {

// The messages that go up, as "role:type:content".
Texts sent(const Made& made) {
  Texts out;
  for (const json::Value m : json::Value(made.value.body)["additional_messages"].items()) {
    out.push_back(m["role"].str() + ":" + m["type"].str() + ":" + m["content"].str());
  }
  return out;
}

const std::string kHistory =
    R"({"role":"system","content":"s"},{"role":"user","content":"a"},{"role":"assistant","content":"b"},)"
    R"({"role":"user","content":"c"},{"role":"user","content":"d"})";
const std::string kLoop =
    R"({"role":"user","content":"a"},{"role":"assistant","content":null,"tool_calls":[{"id":"coze-1-2-3-x","type":"function","function":{"name":"f","arguments":"{}"}}]},)"
    R"({"role":"tool","tool_call_id":"coze-1-2-3-x","content":[{"type":"text","text":"r"}]})";

}  // namespace

TEST_CASE("request: version 3 takes the whole history, or what was added to a conversation") {
  CHECK(sent(translate(with_messages(kHistory))) == Texts{"user:question:s", "user:question:a",
                                                          "assistant:answer:b", "user:question:c",
                                                          "user:question:d"});
  CHECK(sent(translate(with_messages(kHistory), {.conversation = "8"})) ==
        Texts{"user:question:c", "user:question:d"});
}

TEST_CASE("request: a system message becomes a user's, and the host is told") {
  CHECK(translate(with_messages(kHistory)).changed == Texts{"/messages/0/role"});
  CHECK(
      sent(translate(
          with_messages(
              R"({"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"developer","content":"d"},{"role":"user","content":"c"})"),
          {.conversation = "8"})) == Texts{"user:question:d", "user:question:c"});
}

TEST_CASE("request: messages without a word are left out") {
  CHECK(
      sent(translate(with_messages(
          R"({"role":"system","content":""},{"role":"assistant","content":null},{"role":"user","content":"a"},{"role":"user","content":[]})"))) ==
      Texts{"user:question:a"});
  CHECK(translate(with_messages(R"({"role":"user","content":""})")).failure.param == "/messages");
}

TEST_CASE("request: an answer that has begun is not gone on with") {
  const std::string chat =
      with_messages(R"({"role":"user","content":"a"},{"role":"assistant","content":"b"})");
  CHECK(translate(chat).failure.param == "/messages/1");
  CHECK(sent(translate(chat, {.drops = true})) == Texts{"user:question:a"});
}

TEST_CASE("request: the outputs of tools go to the chat that waits") {
  const Made made = translate(with_messages(kLoop), {.conversation = "2", .chat = "3"});
  CHECK(made.value.kind == coze::Translated::Kind::ToolOutputs);
  CHECK(made.value.body == R"({"stream":true,"tool_outputs":[{"tool_call_id":"x","output":"r"}]})");
  CHECK(translate(with_messages(kLoop)).failure.param == "/messages/2/tool_call_id");
  const Made beside =
      translate(with_messages(R"({"role":"assistant","content":"x"},{"role":"user","content":"u"},)"
                              R"({"role":"tool","tool_call_id":"y","content":"r"})"),
                {.conversation = "2", .chat = "3"});
  CHECK(beside.failure.param == "/messages/1");
}

TEST_CASE("request: tools of earlier turns are history") {
  const std::string later =
      kLoop + R"(,{"role":"assistant","content":"z"},{"role":"user","content":"q"})";
  CHECK(sent(translate(with_messages(later))) ==
        Texts{"user:question:a", R"(assistant:function_call:{"name":"f","arguments":"{}"})",
              "assistant:tool_response:r", "assistant:answer:z", "user:question:q"});
}

TEST_CASE("request: an answer that Coze does not keep is a stream") {
  const std::string chat = with_members(R"(,"coze":{"auto_save_history":false})");
  CHECK(translate(chat, {.wanted = coze::Delivery::Whole}).value.delivery ==
        coze::Delivery::Stream);
  CHECK(translate(with_members(""), {.wanted = coze::Delivery::Whole})["stream"] == "false");
}

TEST_CASE("request: the block's members go up, metadata unless it has its own") {
  const Made made = translate(with_members(
      R"(,"metadata":{"a":"b"},"coze":{"custom_variables":{"x":"y"},"bot_version":"7","unknown":1})"));
  CHECK(made["custom_variables"] == R"({"x":"y"})");
  CHECK(made["bot_version"] == R"("7")");
  CHECK(made["meta_data"] == R"({"a":"b"})");
  CHECK(made["unknown"].empty());
  CHECK(translate(
            with_members(R"(,"metadata":{"a":"b"},"coze":{"meta_data":{"c":"d"}})"))["meta_data"] ==
        R"({"c":"d"})");
}

TEST_CASE("request: version 2 has a query and a history") {
  const Ask v2{.version = coze::Version::V2};
  const Made made = translate(with_messages(kHistory), v2);
  CHECK(made["query"] == R"("c\n\nd")");
  CHECK(
      made["chat_history"] ==
      R"([{"role":"user","content":"s","content_type":"text"},{"role":"user","content":"a","content_type":"text"},{"role":"assistant","type":"answer","content":"b","content_type":"text"}])");
  const Made going =
      translate(with_messages(kHistory), {.version = coze::Version::V2, .conversation = "8"});
  CHECK(going["conversation_id"] == R"("8")");
  CHECK(going["chat_history"].empty());
  CHECK(translate(with_messages(kLoop), v2).failure.param == "/messages/2");
}

TEST_CASE("request: what Coze lacks is asked about by its pointer") {
  struct Row {
    const char *members, *pointer;
  };
  for (const Row& row : std::initializer_list<Row>{
           {R"(,"tools":[{"type":"function","function":{"name":"f"}}])", "/tools"},
           {R"(,"functions":[{"name":"f"}])", "/functions"},
           {R"(,"tool_choice":"required")", "/tool_choice"},
           {R"(,"response_format":{"type":"json_schema"})", "/response_format"},
           {R"(,"temperature":0)", "/temperature"},
           {R"(,"top_p":0.5)", "/top_p"},
           {R"(,"top_k":5)", "/top_k"},
           {R"(,"max_tokens":5)", "/max_tokens"},
           {R"(,"max_completion_tokens":5)", "/max_completion_tokens"},
           {R"(,"stop":"x")", "/stop"},
           {R"(,"n":2)", "/n"},
           {R"(,"logprobs":true)", "/logprobs"},
           {R"(,"top_logprobs":3)", "/top_logprobs"},
           {R"(,"logit_bias":{"1":2})", "/logit_bias"},
           {R"(,"frequency_penalty":1)", "/frequency_penalty"},
           {R"(,"presence_penalty":-1)", "/presence_penalty"},
           {R"(,"reasoning_effort":"low")", "/reasoning_effort"},
           {R"(,"thinking":{"type":"enabled"})", "/thinking"},
           {R"(,"audio":{"voice":"x"})", "/audio"},
           {R"(,"modalities":["text","audio"])", "/modalities"},
           {R"(,"web_search_options":{})", "/web_search_options"},
           {R"(,"coze":{"type":"discord"})", "/coze/type"}}) {
    CAPTURE(row.members);
    const Made refused = translate(with_members(row.members));
    CHECK(refused.failure.param == row.pointer);
    CHECK(refused.failure.flags == AIP_ERR_UNSUPPORTED);
    if (std::string_view(row.pointer) == "/coze/type") continue;
    const Made dropped = translate(with_members(row.members), {.drops = true});
    CHECK(dropped.ok());
    CHECK(dropped.asked == Texts{row.pointer});
  }
}

TEST_CASE("request: values that mean \"as usual\" are not asked about") {
  const Made made = translate(with_members(
      R"(,"temperature":1,"top_p":1.0,"n":1,"tool_choice":"auto","tools":[],"stop":[],"logprobs":false,"frequency_penalty":0,"response_format":{"type":"text"},"modalities":["text"],"thinking":{"type":"disabled"},"max_tokens":null,"stream_options":{"include_usage":true})"));
  CHECK(made.ok());
  CHECK(made.asked.empty());
  CHECK(made.changed.empty());
}

TEST_CASE("request: members that nobody knows are left out, and the host is told") {
  CHECK(translate(with_members(R"(,"seed":7,"a/b~c":1)")).changed == Texts{"/seed", "/a~1b~0c"});
}

}  // namespace aip::coze_test
