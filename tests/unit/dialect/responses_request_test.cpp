#include "core/dialect/responses_request.h"

#include <doctest/doctest.h>

#include <aiproxy/json.hpp>

#include "core/base/json.h"
#include "core/dialect/sealed_thinking.h"

using aip::Error;
using aip::Result;
using aip::dialect::Canonical;
using aip::dialect::client_pointer;
using aip::dialect::Kind;
using aip::dialect::Lack;
using aip::dialect::parse_chat;
using aip::dialect::ParsedChat;
using aip::dialect::to_canonical;
using aip::json::Value;

namespace responses_request_test {
namespace {

Result<Canonical> translate(const std::string& body) {
  Result<ParsedChat> chat = parse_chat(Kind::OpenAiResponses, body);
  REQUIRE_MESSAGE(chat.ok(), body);
  return to_canonical(Kind::OpenAiResponses, *chat, body);
}

std::string canonical_of(const std::string& body) {
  Result<Canonical> made = translate(body);
  REQUIRE_MESSAGE(made.ok(), (made ? "" : made.error().detail));
  REQUIRE_MESSAGE(aip::json::check(made->json).ok(), made->json);
  return made->json;
}

std::string messages_of(const std::string& items) {
  return std::string(Value(canonical_of("{\"input\":[" + items + "]}"))["messages"].raw());
}

// "param" of the error; "served" if there is none.
std::string fault(const std::string& body) {
  Result<ParsedChat> chat = parse_chat(Kind::OpenAiResponses, body);
  if (!chat) {
    CHECK(aip::traits(chat.error().code).status == 400);
    return chat.error().param;
  }
  const Result<Canonical> made = to_canonical(Kind::OpenAiResponses, *chat, body);
  if (made) return "served";
  CHECK(aip::traits(made.error().code).status == 400);
  return made.error().param;
}

// A request that is good but for one member.
std::string with(const std::string& member) {
  return R"({"model":"m","input":"hi",)" + member + "}";
}

std::string lacks_of(const std::string& body) {
  std::string out;
  const Result<Canonical> made = translate(body);
  REQUIRE(made.ok());
  for (const Lack& lack : made->lacks) {
    CHECK(lack.weight == Lack::Weight::Disclose);
    out += lack.pointer + " ";
  }
  return out;
}

}  // namespace

TEST_CASE("responses_request: a text is the user's message, instructions the system's") {
  CHECK(
      canonical_of(
          R"({"model":"m","input":"h\u00efa","instructions":"Be brief.","stream":true})") ==
      R"({"messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"h\u00efa"}],)"
      R"("model":"m","stream":true})");
  CHECK(canonical_of(R"({"input":"x","instructions":null})") ==
        R"({"messages":[{"role":"user","content":"x"}]})");
}

TEST_CASE("responses_request: what the core reads") {
  const Result<ParsedChat> chat = parse_chat(
      Kind::OpenAiResponses, R"({"model":"gpt","provider":"p","stream":true,"input":"x"})");
  REQUIRE(chat.ok());
  CHECK(chat->model == "gpt");
  CHECK(chat->provider == "p");
  CHECK(chat->stream);
  CHECK(chat->include_usage);
  CHECK(chat->members.size() == 4);
}

TEST_CASE("responses_request: members that chat has under other names") {
  const std::string json = canonical_of(with(
      R"("max_output_tokens":100,"text":{"format":{"type":"json_schema","name":"n","strict":true,)"
      R"("schema":{"type":"object"},"description":null},"verbosity":"low"},)"
      R"("reasoning":{"effort":"high","summary":"auto"},"top_logprobs":2,)"
      R"("include":["message.output_text.logprobs","reasoning.encrypted_content"],)"
      R"("temperature":0.5,"user":"u","metadata":{"a":"b"},"parallel_tool_calls":false,)"
      R"("prompt_cache_key":"k","service_tier":null,"own_future_member":[1])"));
  const Value v(json);
  CHECK(v["max_tokens"].raw() == "100");
  CHECK(
      v["response_format"].raw() ==
      R"({"type":"json_schema","json_schema":{"name":"n","strict":true,"schema":{"type":"object"}}})");
  CHECK(v["verbosity"].str() == "low");
  CHECK(v["reasoning_effort"].str() == "high");
  CHECK(v["logprobs"].is_true());
  CHECK(v["top_logprobs"].raw() == "2");
  CHECK(v["temperature"].raw() == "0.5");
  CHECK(v["user"].str() == "u");
  CHECK(v["metadata"].raw() == R"({"a":"b"})");
  CHECK(v["parallel_tool_calls"].is_false());
  CHECK(v["prompt_cache_key"].str() == "k");
  CHECK(v["own_future_member"].raw() == "[1]");
  for (const char* gone :
       {"input", "text", "reasoning", "include", "max_output_tokens", "service_tier"}) {
    CHECK_FALSE(v[gone]);
  }
  CHECK(canonical_of(with(R"("text":{"format":{"type":"text"}})")).find("response_format") ==
        std::string::npos);
  CHECK(Value(canonical_of(with(R"("text":{"format":{"type":"json_object"}})")))["response_format"]
            .raw() == R"({"type":"json_object"})");
}

TEST_CASE("responses_request: content parts") {
  CHECK(
      messages_of(
          R"({"role":"user","content":[{"type":"input_text","text":"a"},)"
          R"({"type":"input_image","image_url":"https://x/i.png","detail":"low"},)"
          R"({"type":"input_image","file_id":"file-1","detail":"auto"},)"
          R"({"type":"input_file","filename":"a.pdf","file_data":"data:application/pdf;base64,AA"},)"
          R"({"type":"input_file","file_url":"https://x/a.pdf"},)"
          R"({"type":"input_audio","input_audio":{"data":"AA","format":"wav"}}]})") ==
      R"([{"role":"user","content":[{"type":"text","text":"a"},)"
      R"({"type":"image_url","image_url":{"url":"https://x/i.png","detail":"low"}},)"
      R"({"type":"file","file":{"file_id":"file-1"}},)"
      R"({"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,AA"}},)"
      R"({"type":"document","source":{"type":"url","url":"https://x/a.pdf"}},)"
      R"({"type":"input_audio","input_audio":{"data":"AA","format":"wav"}}]}])");
  CHECK(
      messages_of(
          R"({"type":"message","role":"developer","content":"d"},)"
          R"({"role":"assistant","content":[{"type":"output_text","text":"o","annotations":[]},)"
          R"({"type":"refusal","refusal":"no"}]},{"role":"user","content":[]})") ==
      R"([{"role":"developer","content":"d"},{"role":"assistant","content":[)"
      R"({"type":"text","text":"o"},{"type":"refusal","refusal":"no"}]},{"role":"user","content":""}])");
}

TEST_CASE(
    "responses_request: one turn of the assistant is one message, results follow their calls") {
  CHECK(
      messages_of(
          R"({"role":"user","content":"q"},{"type":"reasoning","id":"rs_1","summary":[)"
          R"({"type":"summary_text","text":"a"},{"type":"summary_text","text":"b"}]},)"
          R"({"role":"assistant","content":[{"type":"output_text","text":"Looking."}]},)"
          R"({"type":"function_call","id":"fc_1","call_id":"c1","name":"f","arguments":"{\"x\":1}"},)"
          R"({"type":"custom_tool_call","call_id":"c2","name":"g","input":"SELECT \"1\""},)"
          R"({"type":"function_call_output","call_id":"c1","output":"sunny"},)"
          R"({"type":"custom_tool_call_output","call_id":"c2","output":[)"
          R"({"type":"input_text","text":"1"},{"type":"input_image","image_url":"data:,"}]},)"
          R"({"role":"assistant","content":"One."},{"role":"assistant","content":"Two."})") ==
      R"([{"role":"user","content":"q"},)"
      R"({"role":"assistant","content":"Looking.","reasoning_content":"ab","tool_calls":[)"
      R"({"id":"c1","type":"function","function":{"name":"f","arguments":"{\"x\":1}"}},)"
      R"({"id":"c2","type":"function","function":{"name":"g",)"
      R"("arguments":"{\"input\":\"SELECT \\\"1\\\"\"}"}}]},)"
      R"({"role":"tool","tool_call_id":"c1","content":"sunny"},)"
      R"({"role":"tool","tool_call_id":"c2","content":[{"type":"text","text":"1"},)"
      R"({"type":"image_url","image_url":{"url":"data:,"}}]},)"
      R"({"role":"assistant","content":"One."},{"role":"assistant","content":"Two."}])");
}

TEST_CASE("responses_request: reasoning of ours, of others, and what nothing follows") {
  const std::string block = R"({"type":"thinking","thinking":"t","signature":"s"})";
  const std::string ours = aip::dialect::seal_thinking(block);
  const std::string call = R"({"type":"function_call","call_id":"c","name":"f","arguments":""})";
  CHECK(
      messages_of(R"({"type":"reasoning","summary":[],"encrypted_content":")" + ours + "\"}," +
                  call) ==
      R"([{"role":"assistant","content":null,"thinking_blocks":[)" + block +
          R"(],"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]}])");
  const std::string theirs =
      R"({"type":"reasoning","id":"rs","summary":[],"encrypted_content":"gAAA"})";
  CHECK(messages_of(theirs + R"(,{"role":"assistant","content":"x"})") ==
        R"([{"role":"assistant","content":"x","provider_state":{"provider":"openai-responses",)"
        R"("data":[)" +
            theirs + "]}}]");
  const std::string orphan = R"({"input":[)" + theirs + R"(,{"role":"user","content":"u"}]})";
  CHECK(Value(canonical_of(orphan))["messages"].raw() == R"([{"role":"user","content":"u"}])");
  CHECK(lacks_of(orphan) == "/input/0/encrypted_content /input/0 ");
}

TEST_CASE("responses_request: tools and the choice among them") {
  const std::string json = canonical_of(with(
      R"("tools":[{"type":"function","name":"f","description":null,"parameters":{"a":1.0},"strict":true},)"
      R"({"type":"web_search","search_context_size":"low"},)"
      R"({"type":"custom","name":"sql","description":"d","format":{"type":"grammar","syntax":"lark",)"
      R"("definition":"start: x"}}],"tool_choice":{"type":"custom","name":"sql"})"));
  CHECK(
      Value(json)["tools"].raw() ==
      R"([{"type":"function","function":{"name":"f","parameters":{"a":1.0},"strict":true}},)"
      R"({"type":"web_search","search_context_size":"low"},)"
      R"({"type":"function","function":{"name":"sql","description":"d","parameters":{"type":"object",)"
      R"("properties":{"input":{"type":"string","description":"The whole input, as free text. It must)"
      R"( follow this grammar (lark):\nstart: x"}},"required":["input"],)"
      R"("additionalProperties":false}}}])");
  CHECK(Value(json)["tool_choice"].raw() == R"({"type":"function","function":{"name":"sql"}})");

  const auto choice = [](const std::string& said) {
    return std::string(Value(canonical_of(with(R"("tool_choice":)" + said)))["tool_choice"].raw());
  };
  CHECK(choice("\"required\"") == "\"required\"");
  CHECK(choice("\"none\"") == "\"none\"");
  CHECK(choice(R"({"type":"function","name":"f"})") ==
        R"({"type":"function","function":{"name":"f"}})");
  CHECK(
      choice(
          R"({"type":"allowed_tools","mode":"required","tools":[{"type":"function","name":"f"}]})") ==
      R"({"type":"allowed_tools","allowed_tools":{"mode":"required","tools":[)"
      R"({"type":"function","function":{"name":"f"}}]}})");
  CHECK(choice(R"({"type":"web_search"})") == R"({"type":"web_search"})");
}

TEST_CASE("responses_request: what needs a service that remembers is refused by name") {
  CHECK(fault(with(R"("previous_response_id":"resp_1")")) == "previous_response_id");
  CHECK(fault(with(R"("conversation":{"id":"conv_1"})")) == "conversation");
  CHECK(fault(with(R"("background":true)")) == "background");
  CHECK(fault(with(R"("prompt":{"id":"pmpt_1"})")) == "prompt");
  CHECK(fault(with(R"("context_management":[{"type":"compaction"}])")) == "context_management");
  CHECK(fault(R"({"input":[{"type":"item_reference","id":"msg_1"}]})") == "input[0]");
  for (const char* nothing :
       {R"("previous_response_id":null)", R"("conversation":null)", R"("background":false)",
        R"("prompt":null)", R"("context_management":[])"}) {
    CHECK(fault(with(nothing)) == "served");
  }
}

TEST_CASE("responses_request: the member at fault is named") {
  CHECK(fault(R"({"model":"m"})") == "input");
  CHECK(fault(R"({"input":[]})") == "input");
  CHECK(fault(R"({"input":5})") == "input");
  CHECK(fault(R"({"input":"x","stream":1})") == "stream");
  CHECK(fault(R"({"input":"x","model":1})") == "model");
  CHECK(fault(R"({"input":["x"]})") == "input[0]");
  CHECK(fault(R"({"input":[{"role":"tool","content":"x"}]})") == "input[0].role");
  CHECK(fault(R"({"input":[{"role":"user","content":5}]})") == "input[0].content");
  CHECK(fault(R"({"input":[{"role":"user","content":[5]}]})") == "input[0].content[0]");
  CHECK(fault(R"({"input":[{"role":"user","content":[{"type":"input_text"}]}]})") ==
        "input[0].content[0].text");
  CHECK(fault(R"({"input":[{"role":"user","content":[{"type":"input_image"}]}]})") ==
        "input[0].content[0]");
  CHECK(fault(R"({"input":[{"role":"user","content":[{"type":"input_file"}]}]})") ==
        "input[0].content[0]");
  CHECK(fault(R"({"input":[{"type":"function_call","call_id":"c","name":"f"}]})") ==
        "input[0].arguments");
  CHECK(fault(R"({"input":[{"type":"function_call","name":"f","arguments":""}]})") ==
        "input[0].call_id");
  CHECK(fault(R"({"input":[{"type":"function_call_output","output":"x"}]})") == "input[0].call_id");
  CHECK(fault(R"({"input":[{"type":"function_call_output","call_id":"c"}]})") == "input[0].output");
  CHECK(fault(with(R"("instructions":[])")) == "instructions");
  CHECK(fault(with(R"("tools":{})")) == "tools");
  CHECK(fault(with(R"("tools":[{"type":"function"}])")) == "tools[0].name");
  CHECK(fault(with(R"("tools":[{}])")) == "tools[0].type");
  CHECK(fault(with(R"("tool_choice":1)")) == "tool_choice");
  CHECK(fault(with(R"("text":"x")")) == "text");
  CHECK(fault(with(R"("text":{"format":{"type":"xml"}})")) == "text.format.type");
  CHECK(fault(with(R"("text":{"format":{"type":"json_schema"}})")) == "text.format.schema");
  CHECK(fault(with(R"("reasoning":"high")")) == "reasoning");
  CHECK(fault(with(R"("include":"x")")) == "include");
  CHECK(fault(with(R"("max_output_tokens":"x")")) == "max_output_tokens");
}

TEST_CASE("responses_request: what is left out is disclosed, what is usual is not") {
  CHECK(lacks_of(with(R"("store":true,"truncation":"auto","max_tool_calls":3,)"
                      R"("reasoning":{"mode":"pro"},"text":{"own":1})")) ==
        "/store /truncation /max_tool_calls /reasoning/mode /text/own ");
  CHECK(lacks_of(with(R"("store":false,"truncation":"disabled","stream_options":{"a":1})")) == "");
}

TEST_CASE("responses_request: items of hosted tools go on, for the target to judge") {
  CHECK(messages_of(R"({"type":"web_search_call","id":"ws_1"},{"role":"assistant","content":"x"},)"
                    R"({"type":"computer_call_output","output":{}})") ==
        R"([{"role":"assistant","content":[{"type":"web_search_call","id":"ws_1"}]},)"
        R"({"role":"assistant","content":"x"},)"
        R"({"role":"user","content":[{"type":"computer_call_output","output":{}}]}])");
}

TEST_CASE("responses_request: a pointer of the target's is one of the client's own body") {
  const Result<Canonical> made = translate(
      R"({"instructions":"i","input":[{"type":"reasoning","summary":[]},{"role":"assistant",)"
      R"("content":"x"},{"role":"user","content":"u"}]})");
  REQUIRE(made.ok());
  const auto at = [&](std::string_view pointer) {
    return client_pointer(Kind::OpenAiResponses, *made, pointer);
  };
  CHECK(at("/messages/0") == "/instructions");
  CHECK(at("/messages/1/content/0") == "/input/0");
  CHECK(at("/messages/2/content/1") == "/input/2");
  CHECK(at("/messages/9") == "/input");
  CHECK(at("/messages") == "/input");
  CHECK(at("/response_format") == "/text/format");
  CHECK(at("/response_format/json_schema") == "/text/format");
  CHECK(at("/reasoning_effort") == "/reasoning/effort");
  CHECK(at("/max_tokens") == "/max_output_tokens");
  CHECK(at("/tools/3") == "/tools/3");
}

TEST_CASE("responses_request: the answer repeats what was asked for, on one line") {
  const Result<ParsedChat> chat =
      parse_chat(Kind::OpenAiResponses,
                 "{\"input\":\"x\",\"tools\":[\n{\"a\":1}],\"temperature\":0.1,\"user\":null}");
  REQUIRE(chat.ok());
  const std::string object = "{" + chat->echo + "}";
  REQUIRE(aip::json::check(object).ok());
  CHECK(object.find('\n') == std::string::npos);
  const Value v(object);
  CHECK(v["tools"].raw() == "[ {\"a\":1}]");
  CHECK(v["temperature"].raw() == "0.1");
  CHECK(v["user"].is_null());
  CHECK(v["tool_choice"].str() == "auto");
  CHECK(v["store"].is_false());
}

}  // namespace responses_request_test
