#include "plugins/openai/request.h"

#include <doctest/doctest.h>

#include "core/base/json.h"

using namespace aip::openai;  // NOLINT: short names read better in a table
using aip::json::Value;
using aip::sdk::span;

namespace {

class Answers final : public Questions {
 public:
  explicit Answers(bool drops = false) : drops_(drops) {}
  bool may_drop(const std::string& pointer) override {
    asked += pointer + "; ";
    return drops_;
  }
  void coerced(const std::string& pointer) override { asked += "coerced " + pointer + "; "; }
  bool is_json(std::string_view text) override { return aip::json::check(text).ok(); }
  std::string asked;

 private:
  bool drops_;
};

constexpr std::uint32_t kStream = AIP_REQ_STREAM | AIP_REQ_NEED_USAGE;

aip_request request_of(const std::string& body, std::uint32_t flags = 0,
                       std::string_view model = "m") {
  aip_request request{};
  request.body = span(body);
  request.model = span(model);
  request.flags = flags;
  return request;
}

std::string native(const std::string& body, std::uint32_t flags = 0, const Quirks& quirks = {}) {
  Answers answers;
  const std::string out = native_body(request_of(body, flags), quirks, answers).body.str();
  CHECK(aip::json::check(out).ok());
  return out;
}

// The translated body, or "refused: pointer".
std::string translated(const std::string& body, std::uint32_t flags = 0, const Quirks& quirks = {},
                       bool drops = false) {
  Answers answers(drops);
  const Outcome<Outgoing> out = translated_body(request_of(body, flags), quirks, answers);
  if (const auto* failure = std::get_if<aip::sdk::Failure>(&out)) {
    CHECK(failure->flags == AIP_ERR_UNSUPPORTED);
    return "refused: " + failure->param;
  }
  const std::string text = std::get<Outgoing>(out).body.str();
  CHECK(aip::json::check(text).ok());
  return text;
}
std::string messages(const std::string& list, const Quirks& quirks = {}, bool drops = false) {
  const std::string body = translated(R"({"model":"m","messages":)" + list + "}", 0, quirks, drops);
  return body.rfind("refused", 0) == 0 ? body : std::string(Value(body)["messages"].raw());
}

}  // namespace

TEST_CASE("request: a native body to which nothing is to be done keeps every byte") {
  const std::string body = "{ \"model\" : \"m\",\n\t\"messages\": [ ], \"x\": 1e3, \"y\":10.0 }\n";
  CHECK(native(body) == body);
}

TEST_CASE("request: the model's name, our own members, and nothing else") {
  CHECK(native(R"({"model":"alias","messages":[]})") == R"({"model":"m","messages":[]})");
  CHECK(
      native(
          R"({"provider":"x","openai":{},"gemini":{},"bing":{},"coze":{},"claude":{},"model":"m"})") ==
      R"({"model":"m"})");
  CHECK(native(R"({"model":"m","provider":{"order":["a"]}})") ==
        R"({"model":"m","provider":{"order":["a"]}})");
  CHECK(native(R"({"messages":[]})") == R"({"messages":[],"model":"m"})");
}

TEST_CASE(
    "request: usage is asked for where the ledger needs it, within the client's own options") {
  CHECK(native(R"({"model":"m","stream":true})", kStream) ==
        R"({"model":"m","stream":true,"stream_options":{"include_usage":true}})");
  CHECK(native(
            R"({"model":"m","stream_options":{"include_usage":false,"include_obfuscation":false}})",
            kStream) ==
        R"({"model":"m","stream_options":{"include_usage":true,"include_obfuscation":false}})");
  CHECK(native(R"({"model":"m","stream_options":null})", kStream) ==
        R"({"model":"m","stream_options":{"include_usage":true}})");
  const std::string asked = R"({"model":"m","stream_options":{"include_usage":true}})";
  CHECK(native(asked, kStream) == asked);
  CHECK(native(R"({"model":"m"})", AIP_REQ_NEED_USAGE) == R"({"model":"m"})");
  CHECK(native(R"({"model":"m"})", AIP_REQ_STREAM) == R"({"model":"m"})");
  Answers answers;
  const std::string body = R"({"model":"m"})";
  CHECK(native_body(request_of(body, kStream), {}, answers).hides_usage);
  CHECK_FALSE(native_body(request_of(asked, kStream), {}, answers).hides_usage);
}

TEST_CASE("request: quirks of the operator") {
  Quirks quirks;
  quirks.drop = {"seed", "absent"};
  quirks.max_tokens = "max_completion_tokens";
  quirks.system_role = "developer";
  quirks.no_stream_options = true;
  Answers answers;
  const std::string body =
      R"({"model":"m","seed":1,"max_tokens":5,"stream_options":{"include_usage":true},"messages":[{"role":"system","content":"a"}, {"role": "user"}]})";
  CHECK(
      native_body(request_of(body, kStream), quirks, answers).body.str() ==
      R"({"model":"m","messages":[{"role":"developer","content":"a"}, {"role": "user"}],"max_completion_tokens":5})");
  CHECK(answers.asked == "coerced /seed; coerced /stream_options; ");
  // Both names: the known one stays.
  CHECK(native(R"({"model":"m","messages":[],"max_tokens":5,"max_completion_tokens":6})", 0,
               quirks) == R"({"model":"m","messages":[],"max_completion_tokens":6})");
  Quirks older;
  older.max_tokens = "max_tokens";
  CHECK(native(R"({"model":"m","max_completion_tokens":6})", 0, older) ==
        R"({"model":"m","max_tokens":6})");
}

TEST_CASE("request: a translated stream asks for usage, a translated whole answer for none") {
  CHECK(translated(R"({"model":"m","messages":[]})", AIP_REQ_STREAM) ==
        R"({"model":"m","messages":[],"stream":true,"stream_options":{"include_usage":true}})");
  CHECK(translated(R"({"model":"m","messages":[],"stream":true,"stream_options":{}})") ==
        R"({"model":"m","messages":[]})");
}

TEST_CASE("request: canonical additions stay behind") {
  CHECK(
      messages(
          R"([{"role":"user","content":[{"type":"text","text":"a","cache_control":{"type":"ephemeral"}}],"cache_control":null}])") ==
      R"([{"role":"user","content":[{"type":"text","text":"a"}]}])");
  CHECK(
      messages(
          R"([{"role":"assistant","reasoning_content":"r","thinking_blocks":[],"content":"x","provider_state":{}}])") ==
      R"([{"role":"assistant","content":"x"}])");
  CHECK(
      messages(
          R"([{"role":"assistant","tool_calls":[{"id":"1","provider_state":{"a":1},"function":{"name":"f","arguments":"{}"}}]}])") ==
      R"([{"role":"assistant","tool_calls":[{"id":"1","function":{"name":"f","arguments":"{}"}}]}])");
  Quirks keeps;
  keeps.cache_control = true;
  keeps.reasoning_content = true;
  const std::string kept =
      R"([{"role":"assistant","reasoning_content":"r","content":[{"type":"text","text":"a","cache_control":{}}]}])";
  CHECK(messages(kept, keeps) == kept);
}

TEST_CASE("request: documents become what OpenAI has for them") {
  CHECK(
      messages(
          R"([{"role":"user","content":[{"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"JVBE"}}]}])") ==
      R"([{"role":"user","content":[{"type":"file","file":{"filename":"document.pdf","file_data":"data:application/pdf;base64,JVBE"}}]}])");
  CHECK(
      messages(
          R"([{"role":"user","content":[{"type":"document","source":{"type":"text","data":"a\nb"}}]}])") ==
      R"([{"role":"user","content":[{"type":"text","text":"a\nb"}]}])");
  const std::string by_address =
      R"([{"role":"user","content":[{"type":"document","source":{"type":"url","url":"https://x"}},{"type":"text","text":"a"}]}])";
  CHECK(messages(by_address) == "refused: /messages/0/content/0");
  CHECK(messages(by_address, {}, true) ==
        R"([{"role":"user","content":[{"type":"text","text":"a"}]}])");
}

TEST_CASE("request: what tools show besides words is shown by the user, behind all results") {
  const std::string image =
      R"({"type":"image_url","image_url":{"url":"data:image/png;base64,AA"}})";
  const std::string words = R"({"type":"text","text":"w"})";
  const std::string below = R"({"type":"text","text":"Shown below."})";
  const std::string shown =
      R"({"role":"user","content":[{"type":"text","text":"What the tools gave:"},)";
  const auto tool = [](const char* id, const std::string& parts) {
    return R"({"role":"tool","tool_call_id":")" + std::string(id) + R"(","content":[)" + parts +
           "]}";
  };
  const std::string user = R"({"role":"user","content":"and?"})";
  CHECK(messages("[" + tool("a", words + "," + image) + "," + tool("b", image) + "," + user +
                 "]") == "[" + tool("a", words) + "," + tool("b", below) + "," + shown + image +
                             "," + image + "]}," + user + "]");
  CHECK(messages("[" + tool("a", image) + "]") ==
        "[" + tool("a", below) + "," + shown + image + "]}]");
  CHECK(messages("[" + tool("a", words) + "]") == "[" + tool("a", words) + "]");
}

TEST_CASE("request: what the target lacks is refused by name, or dropped with leave") {
  CHECK(translated(R"({"model":"m","messages":[],"top_k":5})") == "refused: /top_k");
  CHECK(translated(R"({"model":"m","messages":[],"top_k":5})", 0, {}, true) ==
        R"({"model":"m","messages":[]})");
  CHECK(translated(
            R"({"model":"m","messages":[],"thinking":{"type":"enabled","budget_tokens":1024}})") ==
        "refused: /thinking");
  CHECK(translated(R"({"model":"m","messages":[],"thinking":{"type":"disabled"}})") ==
        R"({"model":"m","messages":[]})");
}

TEST_CASE("request: tools and items that another service runs are refused by place, or dropped") {
  const std::string tools =
      R"({"model":"m","messages":[],"tool_choice":"auto","tools":[{"type":"web_search"}]})";
  CHECK(translated(tools) == "refused: /tools/0");
  CHECK(translated(tools, 0, {}, true) == R"({"model":"m","messages":[]})");
  CHECK(translated(R"({"messages":[],"tools":[{"type":"mcp"},{"type":"function","function":{}}]})",
                   0, {}, true) ==
        R"({"messages":[],"tools":[{"type":"function","function":{}}],"model":"m"})");
  const std::string item = R"([{"role":"assistant","content":[{"type":"web_search_call"},)"
                           R"({"type":"text","text":"a"}]}])";
  CHECK(messages(item) == "refused: /messages/0/content/0");
  CHECK(messages(item, {}, true) ==
        R"([{"role":"assistant","content":[{"type":"text","text":"a"}]}])");
}

TEST_CASE("request: a thinking budget becomes an effort where the model reasons") {
  const auto effort = [](const std::string& thinking) {
    const std::string body = translated(
        R"({"model":"m","messages":[],"thinking":)" + thinking + "}", 0, usual_quirks("o3"));
    return Value(body)["reasoning_effort"].str();
  };
  CHECK(effort(R"({"type":"enabled","budget_tokens":1024})") == "low");
  CHECK(effort(R"({"type":"enabled","budget_tokens":2048})") == "medium");
  CHECK(effort(R"({"type":"enabled","budget_tokens":8192})") == "high");
  CHECK(effort(R"({"type":"adaptive"})").empty());
  const std::string both = translated(
      R"({"model":"m","messages":[],"reasoning_effort":"low","thinking":{"type":"enabled","budget_tokens":9000}})",
      0, usual_quirks("o3"));
  CHECK(Value(both)["reasoning_effort"].str() == "low");
}
