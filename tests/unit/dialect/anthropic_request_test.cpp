#include "core/dialect/anthropic_request.h"

#include <doctest/doctest.h>

#include <aiproxy/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "core/base/json.h"
#include "core/dialect/dialect.h"

using aip::Result;
using aip::dialect::Canonical;
using aip::dialect::client_pointer;
using aip::dialect::Kind;
using aip::dialect::Lack;
using aip::dialect::parse_chat;
using aip::dialect::ParsedChat;
using aip::dialect::to_canonical;
using aip::json::Value;

namespace {

const std::string kHi = R"([{"role":"user","content":"hi"}])";

// A body with these messages and further members.
std::string body(const std::string& messages, const std::string& more = {}) {
  return R"({"model":"m","max_tokens":9,"messages":)" + messages +
         (more.empty() ? "" : "," + more) + "}";
}

struct Made {
  std::string json, error;
  Canonical canonical;
  // The value of a member of the canonical chat.
  [[nodiscard]] std::string at(std::string_view name) const {
    return std::string(Value(json)[name].raw());
  }
  // "/a, /b!": what is lacking; with a mark what would be refused.
  [[nodiscard]] std::string lacks() const {
    std::string out;
    for (const Lack& lack : canonical.lacks) {
      out += (out.empty() ? "" : ", ") + lack.pointer;
      if (lack.weight == Lack::Weight::Refuse) out += "!";
    }
    return out;
  }
};

Made make(const std::string& text) {
  Made made;
  const Result<ParsedChat> chat = parse_chat(Kind::Anthropic, text);
  if (!chat) {
    made.error = chat.error().detail;
    return made;
  }
  Result<Canonical> canonical = to_canonical(Kind::Anthropic, *chat, text);
  if (!canonical) {
    made.error = canonical.error().detail;
    CHECK(aip::traits(canonical.error().code).status == 400);
    CHECK(made.error.starts_with(canonical.error().param + ": "));
    return made;
  }
  made.canonical = std::move(*canonical);
  made.json = made.canonical.json;
  REQUIRE_MESSAGE(aip::json::check(made.json).ok(), made.json);
  // What a plugin is promised of canonical chat.
  CHECK(parse_chat(Kind::OpenAiChat, made.json).ok());
  return made;
}

std::string messages_of(const std::string& messages, const std::string& more = {}) {
  const Made made = make(body(messages, more));
  CHECK(made.error == "");
  return made.at("messages");
}

}  // namespace

TEST_CASE("anthropic request: the core reads model, stream and its own members, and no more") {
  const std::string text =
      body(R"([{"role":"robot","content":7}])", R"("stream":true,"provider":"p")");
  const Result<ParsedChat> chat = parse_chat(Kind::Anthropic, text);
  REQUIRE(chat.ok());  // whether a robot may speak, a native target's service will say
  CHECK(chat->model == "m");
  CHECK(chat->provider == "p");
  CHECK(chat->stream);
  CHECK(chat->members.size() == 5);
}

TEST_CASE("anthropic request: what no target could read is refused at once") {
  const auto fault = [](const std::string& text) { return make(text).error; };
  CHECK(fault("{}") == "messages: Field required");
  CHECK(fault(R"({"messages":{}})") == "messages: Input should be a list.");
  CHECK(fault(R"({"messages":[]})") == "messages: At least one message is required.");
  CHECK(fault(body(kHi, R"("stream":"yes")")) == "stream: Input should be true or false.");
  CHECK(fault("[1]").find("JSON object") != std::string::npos);
  CHECK(fault("{\"messages\":[").size() > 5);
  CHECK(fault(R"({"messages":[{}],"messages":[{}]})").find("twice") != std::string::npos);
}

TEST_CASE("anthropic request: faults are named by their place, in Anthropic's way") {
  struct Row {
    const char* messages;
    const char* want;
  };
  for (
      const Row& row : {
          Row{R"([1])", "messages.0: Input should be an object."},
          Row{R"([{"content":"a"}])", "messages.0.role: Field required"},
          Row{R"([{"role":"tool","content":"a"}])",
              "messages.0.role: Input should be 'user' or 'assistant'."},
          Row{R"([{"role":"user"}])", "messages.0.content: Field required"},
          Row{R"([{"role":"user","content":1}])",
              "messages.0.content: Input should be a string or a list."},
          Row{R"([{"role":"user","content":["a"]}])",
              "messages.0.content.0: Input should be an object."},
          Row{R"([{"role":"user","content":[{}]}])", "messages.0.content.0.type: Field required"},
          Row{R"([{"role":"user","content":[{"type":"text","text":null}]}])",
              "messages.0.content.0.text: Field required"},
          Row{R"([{"role":"user","content":[{"type":"image","source":{"type":"base64"}}]}])",
              "messages.0.content.0.source: A base64 image needs media_type and data."},
          Row{R"([{"role":"user","content":[{"type":"tool_result"}]}])",
              "messages.0.content.0.tool_use_id: Field required"},
          Row{R"([{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":1}]}])",
              "messages.0.content.0.content: Input should be a string or a list."},
          Row{R"([{"role":"user","content":[{"type":"tool_result","tool_use_id":"t",
               "content":[{"type":"text"}]}]}])",
              "messages.0.content.0.content.0.text: Field required"},
          Row{R"([{"role":"assistant","content":[{"type":"thinking"}]}])",
              "messages.0.content.0.thinking: Field required"},
          Row{R"([{"role":"assistant","content":[{"type":"redacted_thinking"}]}])",
              "messages.0.content.0.data: Field required"},
          Row{R"([{"role":"assistant","content":[{"type":"tool_use","name":"f"}]}])",
              "messages.0.content.0.id: Field required"},
          Row{R"([{"role":"assistant","content":[{"type":"tool_use","id":"t"}]}])",
              "messages.0.content.0.name: Field required"},
          Row{R"([{"role":"assistant","content":[{"type":"tool_use","id":"t","name":"f","input":"{}"}]}])",
              "messages.0.content.0.input: Input should be an object."},
      }) {
    CAPTURE(row.messages);
    CHECK(make(body(row.messages)).error == row.want);
  }
  for (const auto& [more, want] : {
           std::pair{R"("system":1)", "system: Input should be a string or a list of text blocks."},
           std::pair{R"("tools":{})", "tools: Input should be a list."},
           std::pair{R"("tools":[{"name":"f"}])", "tools.0.input_schema: Field required"},
           std::pair{R"("tools":[{"input_schema":{}}])", "tools.0.name: Field required"},
           std::pair{R"("tool_choice":{"type":"some"})",
                     "tool_choice.type: Input should be 'auto', 'any', 'tool' or 'none'."},
           std::pair{R"("tool_choice":{"type":"tool"})", "tool_choice.name: Field required"},
           std::pair{R"("stop_sequences":"a")", "stop_sequences: Input should be a list."},
           std::pair{R"("stop_sequences":["a",1])", "stop_sequences.1: Input should be a string."},
           std::pair{R"("temperature":"hot")", "temperature: Input should be a number."},
           std::pair{R"("thinking":{})", "thinking.type: Field required"},
           std::pair{R"("output_config":{"format":{"type":"text"}})",
                     "output_config.format: Input should be a json_schema with its schema."},
       }) {
    CAPTURE(more);
    CHECK(make(body(kHi, more)).error == want);
  }
  CHECK(make(R"({"max_tokens":0,"messages":[{"role":"user","content":"a"}]})").error ==
        "max_tokens: Input should be a whole number of at least 1.");
}

TEST_CASE("anthropic request: system comes first, as a text or as parts with their marks") {
  const std::string user = R"({"role":"user","content":"hi"})";
  CHECK(messages_of(kHi, R"("system":"Be \"brief\".")") ==
        R"([{"role":"system","content":"Be \"brief\"."},)" + user + "]");
  CHECK(messages_of(kHi, R"("system":[{"type":"text","text":"a"}])") ==
        R"([{"role":"system","content":"a"},)" + user + "]");
  const std::string mark = R"("cache_control":{"type":"ephemeral","ttl":"1h"})";
  CHECK(messages_of(kHi, R"("system":[{"type":"text","text":"a",)" + mark +
                             R"(},{"type":"text","text":"b","cache_control":null}])") ==
        R"([{"role":"system","content":[{"type":"text","text":"a",)" + mark +
            R"(},{"type":"text","text":"b"}]},)" + user + "]");
  for (const char* none : {R"("system":"")", R"("system":[])", R"("system":null)"}) {
    CHECK(messages_of(kHi, none) == "[" + user + "]");
  }
  CHECK(messages_of(R"([{"role":"user","content":"a"},{"role":"system","content":"b"}])") ==
        R"([{"role":"user","content":"a"},{"role":"system","content":"b"}])");
}

TEST_CASE("anthropic request: a tool's results become messages of their own, before the rest") {
  CHECK(messages_of(R"([{"role":"user","content":[
      {"type":"tool_result","tool_use_id":"a","content":"one"},
      {"type":"text","text":"and now?"},
      {"type":"tool_result","tool_use_id":"b","is_error":true,"content":[{"type":"text","text":"t"},
        {"type":"image","source":{"type":"base64","media_type":"image/png","data":"AA"}}],
        "cache_control":{"type":"ephemeral"}},
      {"type":"tool_result","tool_use_id":"c"}]}])") ==
        R"([{"role":"tool","tool_call_id":"a","content":"one"},)"
        R"({"role":"tool","tool_call_id":"b","content":[{"type":"text","text":"t"},)"
        R"({"type":"image_url","image_url":{"url":"data:image/png;base64,AA"}}],"is_error":true,)"
        R"("cache_control":{"type":"ephemeral"}},)"
        R"({"role":"tool","tool_call_id":"c","content":""},)"
        R"({"role":"user","content":"and now?"}])");
}

TEST_CASE("anthropic request: parts of a user's message") {
  const std::string document =
      R"({"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"AA"},"title":"t","citations":{"enabled":true}})";
  const std::string unknown = R"({"type":"hologram","beam":[1,2]})";
  const std::string by_file = R"({"type":"image","source":{"type":"file","file_id":"file_1"}})";
  CHECK(messages_of(R"([{"role":"user","content":[{"type":"text","text":"a"},
      {"type":"image","source":{"type":"url","url":"https://e.org/\u00e9"},"cache_control":{"type":"ephemeral"}},)" +
                    by_file + "," + document + "," + unknown + "]}]") ==
        R"([{"role":"user","content":[{"type":"text","text":"a"},)"
        R"({"type":"image_url","image_url":{"url":"https://e.org/\u00e9"},)"
        R"("cache_control":{"type":"ephemeral"}},)" +
            by_file + "," + document + "," + unknown + "]}]");
  const Made made = make(body(
      R"([{"role":"user","content":[{"type":"search_result","title":"T","source":"s","content":[{"type":"text","text":"w"}]}]},
      {"role":"assistant","content":[{"type":"text","text":"x","citations":[{"type":"char_location"}]}]}])"));
  CHECK(made.at("messages") == R"([{"role":"user","content":[{"type":"text","text":"T\ns\n\nw"}]},)"
                               R"({"role":"assistant","content":"x"}])");
  CHECK(made.lacks() == "/messages/0/content/0, /messages/1/content/0/citations");
  CHECK(messages_of(R"([{"role":"user","content":[]}])") == R"([{"role":"user","content":""}])");
}

TEST_CASE("anthropic request: an assistant's thinking, text and calls") {
  CHECK(messages_of(R"([{"role":"user","content":"a"},{"role":"assistant","content":[
      {"type":"thinking","thinking":"t1","signature":"s1"},
      {"type":"redacted_thinking","data":"d"},
      {"type":"thinking","thinking":"t2","signature":"s2"},
      {"type":"text","text":"so"},
      {"type":"tool_use","id":"c1","name":"f","input":{"n": 1e3, "s":"\"q\""}},
      {"type":"tool_use","id":"c2","name":"g","cache_control":{"type":"ephemeral"}}]}])") ==
        R"([{"role":"user","content":"a"},{"role":"assistant","content":"so","thinking_blocks":[)"
        R"({"type":"thinking","thinking":"t1","signature":"s1"},)"
        R"({"type":"redacted_thinking","data":"d"},)"
        R"({"type":"thinking","thinking":"t2","signature":"s2"}],"tool_calls":[)"
        R"({"id":"c1","type":"function","function":{"name":"f",)"
        R"("arguments":"{\"n\": 1e3, \"s\":\"\\\"q\\\"\"}"}},)"
        R"({"id":"c2","type":"function","function":{"name":"g","arguments":"{}"},)"
        R"("cache_control":{"type":"ephemeral"}}]}])");
  // Only calls: no content. Reasoning that nobody signed: only words.
  CHECK(messages_of(R"([{"role":"assistant","content":[
      {"type":"thinking","thinking":"a","signature":""},{"type":"thinking","thinking":"b"},
      {"type":"tool_use","id":"c","name":"f","input":{}}]}])") ==
        R"([{"role":"assistant","content":null,"reasoning_content":"a\nb","tool_calls":[)"
        R"({"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]}])");
  // Blocks of tools that the service runs stay where they are.
  const std::string server =
      R"({"type":"server_tool_use","id":"s","name":"web_search","input":{}},{"type":"web_search_tool_result","tool_use_id":"s","content":[]})";
  CHECK(messages_of(R"([{"role":"assistant","content":[)" + server + "]}]") ==
        R"([{"role":"assistant","content":[)" + server + "]}]");
}

TEST_CASE("anthropic request: tools") {
  const std::string schema =
      R"({"type":"object","properties":{"a":{"$ref":"#/$defs/x"}},"$defs":{"x":{"const":1}}})";
  const std::string own = R"({"type":"web_search_20250305","name":"web_search","max_uses":3})";
  const Made made = make(body(
      kHi,
      R"("tools":[{"name":"f","description":"d","input_schema":)" + schema +
          R"(,"strict":true,"cache_control":{"type":"ephemeral"},"type":"custom"},)" + own +
          R"(,{"name":"g","input_schema":{},"defer_loading":true,"eager_input_streaming":true}])"));
  CHECK(made.at("tools") ==
        R"([{"type":"function","function":{"name":"f","description":"d","parameters":)" + schema +
            R"(,"strict":true},"cache_control":{"type":"ephemeral"}},)" + own +
            R"(,{"type":"function","function":{"name":"g","parameters":{}}}])");
  CHECK(made.lacks() == "/tools/2/defer_loading");
  CHECK(make(body(kHi, R"("tools":[])")).at("tools") == "");
}

TEST_CASE("anthropic request: the choice among tools, with and without parallel calls") {
  for (const auto& [type, want] :
       {std::pair{R"("auto")", R"("auto")"}, std::pair{R"("any")", R"("required")"},
        std::pair{R"("none")", R"("none")"},
        std::pair{R"("tool","name":"f")", R"({"type":"function","function":{"name":"f"}})"}}) {
    for (const bool one : {false, true}) {
      const Made made = make(body(kHi, std::string(R"("tool_choice":{"type":)") + type +
                                           (one ? R"(,"disable_parallel_tool_use":true})" : "}")));
      CHECK(made.at("tool_choice") == want);
      CHECK(made.at("parallel_tool_calls") == (one ? "false" : ""));
    }
  }
}

TEST_CASE("anthropic request: members of the top level") {
  const Made made = make(
      body(kHi,
           R"("stream":true,"temperature":0.5,"top_p":0.9,"top_k":4,"stop_sequences":["a","\n"],
      "thinking":{"type":"enabled","budget_tokens":2048},"service_tier":"standard_only",
      "metadata":{"user_id":"u","x":"y"},"output_config":{"effort":"low","format":{"type":
      "json_schema","schema":{"type":"object"}},"task_budget":{}},"coze":{"bot":1},"novelty":[1])"));
  CHECK(made.at("model") == "\"m\"");
  CHECK(made.at("max_tokens") == "9");
  CHECK(made.at("stream") == "true");
  CHECK(made.at("temperature") == "0.5");
  CHECK(made.at("top_p") == "0.9");
  CHECK(made.at("top_k") == "4");
  CHECK(made.at("stop") == R"(["a","\n"])");
  CHECK(made.at("stop_sequences") == "");
  CHECK(made.at("thinking") == R"({"type":"enabled","budget_tokens":2048})");
  CHECK(made.at("service_tier") == "\"default\"");
  CHECK(made.at("user") == "\"u\"");
  CHECK(made.at("metadata") == R"({"x":"y"})");
  CHECK(made.at("reasoning_effort") == "\"low\"");
  CHECK(
      made.at("response_format") ==
      R"({"type":"json_schema","json_schema":{"name":"answer","schema":{"type":"object"},"strict":true}})");
  CHECK(made.at("output_config") == "");
  CHECK(made.at("coze") == R"({"bot":1})");
  CHECK(made.at("novelty") == "[1]");
  CHECK(made.lacks() == "/output_config/task_budget");
  CHECK(make(body(kHi, R"("service_tier":"auto","stop_sequences":[],"top_k":null)")).at("top_k") ==
        "");
}

TEST_CASE("anthropic request: a user's id of any length is short enough for others") {
  const auto user = [](std::size_t size) {
    return make(body(kHi, R"("metadata":{"user_id":")" + std::string(size, 'u') + "\"}"))
        .at("user");
  };
  CHECK(user(63) == "\"" + std::string(63, 'u') + "\"");
  CHECK(user(64) == "\"" + std::string(64, 'u') + "\"");
  CHECK(user(65).size() == 66);
  CHECK(user(65) == user(65));
  CHECK(user(65) != user(66));
}

TEST_CASE("anthropic request: what only Anthropic has is refused or disclosed, never lost") {
  CHECK(make(body(kHi, R"("mcp_servers":[{"url":"u"}],"container":"c","inference_geo":"eu",
      "context_management":{"edits":[]},"cache_control":{"type":"ephemeral"},"speed":"fast")"))
            .lacks() ==
        "/mcp_servers!, /container!, /inference_geo!, /context_management, /cache_control, /speed");
  CHECK(make(body(kHi, R"("mcp_servers":[],"container":null,"betas":[])")).lacks() == "");
}

TEST_CASE(
    "anthropic request: what a target says about canonical chat is said of the client's body") {
  const Made made =
      make(body(R"([{"role":"user","content":"q"},
      {"role":"assistant","content":[{"type":"tool_use","id":"c","name":"f","input":{}}]},
      {"role":"user","content":[{"type":"tool_result","tool_use_id":"c","content":[{"type":"text","text":"a"},
        {"type":"image","source":{"type":"url","url":"u"}}]},
        {"type":"text","text":"b"},{"type":"image","source":{"type":"url","url":"u"}}]}])",
                R"("system":[{"type":"text","text":"a"},{"type":"text","text":"b"}])"));
  for (const auto& [canonical, own] :
       {std::pair{"/messages/0/content/1", "/system/1"}, std::pair{"/messages/0", "/system"},
        std::pair{"/messages/1/content", "/messages/0/content"},
        std::pair{"/messages/3/content/1/image_url", "/messages/2/content/0/content/1/image_url"},
        std::pair{"/messages/4/content/1/image_url", "/messages/2/content/2/image_url"},
        std::pair{"/messages/9/content", "/messages/9/content"},
        std::pair{"/stop", "/stop_sequences"}, std::pair{"/user", "/metadata/user_id"},
        std::pair{"/top_k", "/top_k"}, std::pair{"/reasoning_effort", "/output_config/effort"}}) {
    CHECK(client_pointer(Kind::Anthropic, made.canonical, canonical) == own);
  }
}

TEST_CASE("anthropic request: the time to translate grows with the body and no faster") {
  const auto milliseconds = [](int turns) {
    std::string messages = "[";
    for (int i = 0; i < turns; ++i) {
      messages += std::string(i == 0 ? "" : ",") +
                  R"({"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":)"
                  R"([{"type":"text","text":"some words"}]},{"type":"text","text":"more"}]},)"
                  R"({"role":"assistant","content":[{"type":"tool_use","id":"t","name":"f",)"
                  R"("input":{"a":[1,2,3]}}]})";
    }
    const std::string text = body(messages + "]");
    const auto start = std::chrono::steady_clock::now();
    CHECK(make(text).error == "");
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
        .count();
  };
  static_cast<void>(milliseconds(100));
  const double small = std::min(milliseconds(1000), milliseconds(1000));
  const double large = std::min(milliseconds(10000), milliseconds(10000));
  std::printf("anthropic request: 2,000 messages %.1f ms, 20,000 messages %.1f ms\n", small, large);
  CHECK(large < 40 * small);
}
