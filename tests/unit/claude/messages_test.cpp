// D1: systems, roles, empty text, tool results, tool calls, ids, thinking.
#include "plugins/claude/messages.h"

#include "tests/unit/claude/support.h"

namespace aip::claude_test {
namespace {

const std::string kUser = R"({"role":"user","content":"hi"})";
const std::string kCall =
    R"({"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function",)"
    R"("function":{"name":"f","arguments":"{}"}}]})";
const std::string kHi = R"({"role":"user","content":[{"type":"text","text":"hi"}]})";

}  // namespace

TEST_CASE("D1 system: system and developer messages anywhere become system blocks in order") {
  const Outcome out = translate(with_messages(
      R"({"role":"system","content":"one"},{"role":"user","content":"hi"},)"
      R"({"role":"developer","content":[{"type":"text","text":"two","cache_control":{"type":"ephemeral"}},)"
      R"({"type":"text","text":"three"}]})"));

  CHECK(
      out["system"] ==
      R"([{"type":"text","text":"one"},{"type":"text","text":"two","cache_control":{"type":"ephemeral"}},)"
      R"({"type":"text","text":"three"}])");
  CHECK(out["messages"] == "[" + kHi + "]");
}

TEST_CASE("D1 system: blank system text is left out, and the member with it") {
  const Outcome out = translate(with_messages(
      R"({"role":"system","content":"  "},{"role":"system","content":[{"type":"text","text":""}]},)" +
      kUser));

  CHECK(out["system"].empty());
}

TEST_CASE("D1 roles: adjacent messages of one role become one turn") {
  CHECK(messages_of(R"({"role":"user","content":"a"},{"role":"user","content":"b"},)"
                    R"({"role":"assistant","content":"c"},{"role":"assistant","content":"d"},)"
                    R"({"role":"user","content":"e"})") ==
        R"([{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]},)"
        R"({"role":"assistant","content":[{"type":"text","text":"c"},{"type":"text","text":"d"}]},)"
        R"({"role":"user","content":[{"type":"text","text":"e"}]}])");
}

TEST_CASE("D1 roles: a conversation that the assistant begins gets a user turn in front") {
  const Outcome out =
      translate(with_messages(R"({"role":"assistant","content":"Hello!"},)" + kUser));

  CHECK(out["messages"] ==
        R"x([{"role":"user","content":[{"type":"text","text":"(the conversation begins)"}]},)x"
        R"({"role":"assistant","content":[{"type":"text","text":"Hello!"}]},)" +
            kHi + "]");
  CHECK(out.changed == Texts{"/messages/0"});
}

TEST_CASE("D1 roles: a conversation of system text alone is refused") {
  const Outcome out = translate(with_messages(R"({"role":"system","content":"x"})"));

  CHECK(out.body.empty());
  CHECK(out.failure.code == AIP_E_INVALID);
  CHECK(out.failure.param == "/messages");
}

TEST_CASE("D1 roles: an unknown role is refused by name of its place") {
  CHECK(translate(with_messages(kUser + R"(,{"role":"robot","content":"x"})")).failure.param ==
        "/messages/1/role");
}

TEST_CASE("D1 empty text: in every role and form") {
  struct Row {
    const char* name;
    std::string messages, want;
  };
  const std::string placeholder =
      R"x({"role":"user","content":[{"type":"text","text":"(no text)"}]})x";
  const std::vector<Row> rows{
      {"user \"\" at the end",
       kUser + R"(,{"role":"assistant","content":"a"},{"role":"user","content":""})",
       "[" + kHi + R"(,{"role":"assistant","content":[{"type":"text","text":"a"}]},)" +
           placeholder + "]"},
      {"user [] alone", R"({"role":"user","content":[]})", "[" + placeholder + "]"},
      {"user white space", R"({"role":"user","content":" \n\t"})", "[" + placeholder + "]"},
      {"user unicode space", R"({"role":"user","content":"\u00a0\u3000"})",
       "[" + placeholder + "]"},
      {"user \"\" beside text",
       R"({"role":"user","content":[{"type":"text","text":""},{"type":"text","text":"hi"}]})",
       "[" + kHi + "]"},
      {"assistant \"\"",
       kUser + R"(,{"role":"assistant","content":""},{"role":"user","content":"b"})",
       R"([{"role":"user","content":[{"type":"text","text":"hi"},{"type":"text","text":"b"}]}])"},
      {"assistant white space",
       kUser + R"(,{"role":"assistant","content":"  "},{"role":"user","content":"b"})",
       R"([{"role":"user","content":[{"type":"text","text":"hi"},{"type":"text","text":"b"}]}])"},
      {"assistant null without calls",
       kUser + R"(,{"role":"assistant","content":null},{"role":"user","content":"b"})",
       R"([{"role":"user","content":[{"type":"text","text":"hi"},{"type":"text","text":"b"}]}])"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    CHECK(messages_of(row.messages) == row.want);
  }
}

TEST_CASE("D1 empty text: beside tool_use it is left out, in tool results the content is") {
  const std::string out = messages_of(
      kUser +
      R"(,{"role":"assistant","content":"","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":""}},)"
      R"({"id":"b","type":"function","function":{"name":"f","arguments":"null"}}]},)"
      R"({"role":"tool","tool_call_id":"a","content":""},)"
      R"({"role":"tool","tool_call_id":"b","content":[{"type":"text","text":" "}]})");

  CHECK(out ==
        "[" + kHi +
            R"(,{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"f","input":{}},)"
            R"({"type":"tool_use","id":"b","name":"f","input":{}}]},)"
            R"({"role":"user","content":[{"type":"tool_result","tool_use_id":"a"},)"
            R"({"type":"tool_result","tool_use_id":"b"}]}])");
}

TEST_CASE("D1 prefill: a last assistant text loses the white space at its end") {
  for (const char* text : {"The answer:\\n ", "The answer:\\t", "The answer: \\u0020\\r\\n"}) {
    CAPTURE(text);
    CHECK(messages_of(kUser + R"(,{"role":"assistant","content":")" + text + R"("})") ==
          "[" + kHi + R"(,{"role":"assistant","content":[{"type":"text","text":"The answer:"}]}])");
  }
  // A backslash before an n is no line break.
  CHECK(messages_of(kUser + R"(,{"role":"assistant","content":"C:\\n"})") ==
        "[" + kHi + R"(,{"role":"assistant","content":[{"type":"text","text":"C:\\n"}]}])");
}

TEST_CASE("D1 prefill: newer models refuse it, and the host decides") {
  const std::string chat = with_messages(kUser + R"(,{"role":"assistant","content":"So"})");

  const Outcome refused = translate(chat, {.model = kAdaptiveModel});
  CHECK(refused.failure.flags == AIP_ERR_UNSUPPORTED);
  CHECK(refused.failure.param == "/messages/1");

  // A blank message behind it changes nothing.
  const std::string blank = with_messages(
      kUser + R"(,{"role":"assistant","content":"So"},{"role":"assistant","content":""})");
  CHECK(translate(blank, {.model = kAdaptiveModel}).failure.param == "/messages/1");
  CHECK(translate(blank, {.model = kAdaptiveModel, .drops = true})["messages"] == "[" + kHi + "]");

  const Outcome dropped = translate(chat, {.model = kAdaptiveModel, .drops = true});
  CHECK(dropped["messages"] == "[" + kHi + "]");
}

TEST_CASE("D1 tool results: consecutive ones become one user turn, in front of the user's words") {
  const std::string out = messages_of(
      kUser +
      R"(,{"role":"assistant","content":"ok","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}},)"
      R"({"id":"b","type":"function","function":{"name":"g","arguments":"{}"}}]},)"
      R"({"role":"tool","tool_call_id":"a","content":"1"},{"role":"user","content":"and?"},)"
      R"({"role":"tool","tool_call_id":"b","content":"2"})");

  CHECK(
      out ==
      "[" + kHi +
          R"(,{"role":"assistant","content":[{"type":"text","text":"ok"},)"
          R"({"type":"tool_use","id":"a","name":"f","input":{}},{"type":"tool_use","id":"b","name":"g","input":{}}]},)"
          R"({"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":"1"},)"
          R"({"type":"tool_result","tool_use_id":"b","content":"2"},{"type":"text","text":"and?"}]}])");
}

TEST_CASE(
    "D1 tool results: arrays of text and image are kept, is_error is passed and not guessed") {
  const std::string out = messages_of(
      kUser + "," + kCall +
      R"(,{"role":"tool","tool_call_id":"call_1","is_error":true,"content":[{"type":"text","text":"{\"error\":1}"},)"
      R"({"type":"image_url","image_url":{"url":"https://a/b.png"}}]})");
  CHECK(
      out.find(
          R"({"type":"tool_result","tool_use_id":"call_1","content":[{"type":"text","text":"{\"error\":1}"},)"
          R"({"type":"image","source":{"type":"url","url":"https://a/b.png"}}],"is_error":true})") !=
      std::string::npos);

  const std::string quiet =
      messages_of(kUser + "," + kCall +
                  R"(,{"role":"tool","tool_call_id":"call_1","content":"{\"error\":1}"})");
  CHECK(quiet.find("is_error") == std::string::npos);
}

TEST_CASE("D1 tool results: an orphan becomes text, a missing one is made up, both are disclosed") {
  const Outcome orphan =
      translate(with_messages(R"({"role":"tool","tool_call_id":"x","content":"7"},)" + kUser));
  CHECK(
      orphan["messages"] ==
      R"([{"role":"user","content":[{"type":"text","text":"Result of the tool call x: 7"},{"type":"text","text":"hi"}]}])");
  CHECK(orphan.changed == Texts{"/messages/0"});

  const Outcome missing = translate(with_messages(kUser + "," + kCall + "," + kUser));
  CHECK(
      missing["messages"] ==
      "[" + kHi +
          R"(,{"role":"assistant","content":[{"type":"tool_use","id":"call_1","name":"f","input":{}}]},)"
          R"({"role":"user","content":[{"type":"tool_result","tool_use_id":"call_1","content":"No result was given for this call.","is_error":true},)"
          R"({"type":"text","text":"hi"}]}])");
  CHECK(missing.changed == Texts{"/messages/1/tool_calls/0"});

  CHECK(translate(with_messages(kUser + "," + kCall)).changed == Texts{"/messages/1/tool_calls/0"});
}

TEST_CASE("D1 tool results: a second result for one call is an orphan") {
  const Outcome out =
      translate(with_messages(kUser + "," + kCall +
                              R"(,{"role":"tool","tool_call_id":"call_1","content":"1"},)"
                              R"({"role":"tool","tool_call_id":"call_1","content":"2"})"));

  CHECK(out.changed == Texts{"/messages/3"});
  CHECK(out["messages"].find("Result of the tool call call_1: 2") != std::string::npos);
}

TEST_CASE("D1 tool results: a late result, behind another turn, is text and the gap is filled") {
  const Outcome out = translate(with_messages(
      kUser + "," + kCall + "," + kUser + R"(,{"role":"assistant","content":"wait"},)" +
      R"({"role":"tool","tool_call_id":"call_1","content":"late"})"));

  CHECK(out.changed == Texts{"/messages/1/tool_calls/0", "/messages/4"});
}

TEST_CASE("D1 tool calls: text first, then tool_use; the arguments' own bytes survive") {
  const std::string out = messages_of(
      kUser +
      R"(,{"role":"assistant","content":"let me","tool_calls":[{"id":"c","type":"function","function":)"
      R"({"name":"f","arguments":"{\"z\": 1e3, \"a\": 10.0, \"id\": 12345678901234567890, \"t\": \"\\u00e9\\n\"}"}}]},)"
      R"({"role":"tool","tool_call_id":"c","content":"ok"})");

  CHECK(
      out.find(R"([{"type":"text","text":"let me"},{"type":"tool_use","id":"c","name":"f",)"
               R"("input":{"z": 1e3, "a": 10.0, "id": 12345678901234567890, "t": "\u00e9\n"}}])") !=
      std::string::npos);
}

TEST_CASE("D1 tool calls: arguments that are no object become {} and are disclosed") {
  for (const char* arguments : {R"("{\"a\":")", R"("[1]")", R"("7")", R"("true")", R"("x")"}) {
    CAPTURE(arguments);
    const Outcome out = translate(with_messages(
        kUser +
        R"(,{"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":)" +
        arguments + R"(}}]},{"role":"tool","tool_call_id":"c","content":"ok"})"));
    CHECK(out["messages"].find(R"("input":{})") != std::string::npos);
    CHECK(out.changed == Texts{"/messages/1/tool_calls/0/function/arguments"});
  }
  // An object in place of the string is what it is.
  CHECK(
      messages_of(
          kUser +
          R"(,{"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":{"a":1}}}]},)"
          R"({"role":"tool","tool_call_id":"c","content":"ok"})")
          .find(R"("input":{"a":1})") != std::string::npos);
}

TEST_CASE("D1 tool calls: legacy function_call and function role pair by name") {
  const std::string out = messages_of(
      kUser +
      R"(,{"role":"assistant","content":null,"function_call":{"name":"f","arguments":"{\"a\":1}"}},)"
      R"({"role":"function","name":"f","content":"5"})");
  const json::Value turns{out};
  std::vector<json::Value> list;
  for (const json::Value turn : turns.items()) list.push_back(turn);
  REQUIRE(list.size() == 3);

  json::Value call, result;
  for (const json::Value block : list[1]["content"].items()) call = block;
  for (const json::Value block : list[2]["content"].items()) result = block;
  CHECK(call["name"].equals("f"));
  CHECK(call["input"].raw() == R"({"a":1})");
  CHECK(result["tool_use_id"].str() == call["id"].str());
  CHECK(result["content"].equals("5"));
}

TEST_CASE("D1 tool calls: an assistant's refusal is text") {
  CHECK(messages_of(kUser + R"(,{"role":"assistant","content":null,"refusal":"I won't"},)" + kUser)
            .find(R"({"role":"assistant","content":[{"type":"text","text":"I won't"}]})") !=
        std::string::npos);
}

TEST_CASE("D1 ids: every id becomes one that Anthropic takes, the same in the result") {
  const std::string long_id(200, 'x');
  for (const std::string& id : Texts{"call:1", "call.1", "функция", long_id, "", "a b", "call_1"}) {
    CAPTURE(id);
    const std::string chat = kUser + R"(,{"role":"assistant","tool_calls":[{"id":")" + id +
                             R"(","type":"function","function":{"name":"f","arguments":"{}"}}]},)" +
                             R"({"role":"tool","tool_call_id":")" + id + R"(","content":"ok"})";
    const std::string once = messages_of(chat);
    CHECK(once == messages_of(chat));  // the same at each replay
    CHECK(once.find("(no") == std::string::npos);
    CHECK(once.find("No result") == std::string::npos);
    if (id == "call_1") CHECK(once.find(R"("id":"call_1")") != std::string::npos);
  }
}

TEST_CASE("D1 ids: ids that are used again in later turns, or twice in one, are told apart") {
  const std::string turn =
      R"({"role":"assistant","tool_calls":[{"id":"call_0","type":"function","function":{"name":"f","arguments":"{}"}},)"
      R"({"id":"call_0","type":"function","function":{"name":"g","arguments":"{}"}}]},)"
      R"({"role":"tool","tool_call_id":"call_0","content":"1"},{"role":"tool","tool_call_id":"call_0","content":"2"})";

  const Outcome out = translate(with_messages(kUser + "," + turn + "," + kUser + "," + turn));

  CHECK(out.changed.empty());  // and the validator has seen that all pair
}

TEST_CASE("D1 thinking: another provider's sealed state is left out") {
  CHECK(messages_of(
            R"({"role":"user","content":"q"},{"role":"assistant","content":"a","thinking_blocks":)"
            R"([{"type":"redacted_thinking","data":"gemini:text:QUJD"}]},)"
            R"({"role":"user","content":"r"})")
            .find("redacted") == std::string::npos);
}

TEST_CASE("D1 thinking: signed and redacted blocks stand in front, in their order, unchanged") {
  const std::string out = messages_of(
      kUser +
      R"(,{"role":"assistant","content":"so","thinking_blocks":[{"type":"thinking","thinking":"a\n\"b\"","signature":"S1=="},)"
      R"({"type":"redacted_thinking","data":"R1"},{"type":"thinking","thinking":"","signature":"S2"}],)"
      R"("tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]},)"
      R"({"role":"tool","tool_call_id":"c","content":"ok"})");

  CHECK(
      out.find(
          R"("content":[{"type":"thinking","thinking":"a\n\"b\"","signature":"S1=="},{"type":"redacted_thinking","data":"R1"},)"
          R"({"type":"thinking","thinking":"","signature":"S2"},{"type":"text","text":"so"},{"type":"tool_use")") !=
      std::string::npos);
}

TEST_CASE("D1 thinking: the other carriers are understood, unsigned reasoning is left out") {
  struct Row {
    const char* member;
    const char* want;  // at the front of the assistant's content
  };
  const std::vector<Row> rows{
      {R"("reasoning_content":"hm")", R"([{"type":"text","text":"so"}])"},
      {R"("reasoning_content":"hm","signature":"S")",
       R"([{"type":"thinking","thinking":"hm","signature":"S"},{"type":"text","text":"so"}])"},
      {R"("thinking_blocks":[{"type":"thinking","thinking":"hm","signature":""}])",
       R"([{"type":"text","text":"so"}])"},
      {R"("thinking_blocks":[])", R"([{"type":"text","text":"so"}])"},
      {R"("reasoning_details":[{"type":"reasoning.text","text":"hm","signature":"S","format":"anthropic-claude-v1"},)"
       R"({"type":"reasoning.encrypted","data":"R","format":"anthropic-claude-v1"}])",
       R"([{"type":"thinking","thinking":"hm","signature":"S"},{"type":"redacted_thinking","data":"R"},{"type":"text","text":"so"}])"},
      {R"("reasoning_details":[{"type":"reasoning.text","text":"hm","signature":"S","format":"google-gemini-v1"}])",
       R"([{"type":"text","text":"so"}])"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.member);
    CHECK(messages_of(kUser + R"(,{"role":"assistant","content":"so",)" + row.member + "}," + kUser)
              .find(std::string(R"({"role":"assistant","content":)") + row.want) !=
          std::string::npos);
  }
}

TEST_CASE("D1 assistant: parts that Anthropic has no place for are put to the host") {
  const std::string chat = with_messages(
      kUser +
      R"(,{"role":"assistant","content":[{"type":"image_url","image_url":{"url":"https://a/b"}}]},)" +
      kUser);
  CHECK(translate(chat).failure.param == "/messages/1/content/0");
  CHECK(translate(chat, {.drops = true})["messages"].find("image") == std::string::npos);

  const std::string audio =
      with_messages(kUser + R"(,{"role":"assistant","audio":{"id":"a"}},)" + kUser);
  CHECK(translate(audio).failure.param == "/messages/1/audio");
}

}  // namespace aip::claude_test
