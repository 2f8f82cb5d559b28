#include "tests/unit/gemini/support.h"

using namespace aip;
using namespace aip::gemini_test;

namespace {

const std::string kCall =
    R"({"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function",)"
    R"("function":{"name":"f","arguments":"{\"b\":1,\"a\":1e3}"}}]})";

std::string tool_call(const std::string& id, const std::string& name) {
  return R"({"id":")" + id + R"(","type":"function","function":{"name":")" + name +
         R"(","arguments":"{}"}})";
}
std::string result(const std::string& id, const std::string& content) {
  return R"({"role":"tool","tool_call_id":")" + id + R"(","content":)" + content + "}";
}
const std::string kHi = R"({"role":"user","content":"hi"},)";

}  // namespace

TEST_CASE("messages: system and developer text from anywhere becomes systemInstruction, in order") {
  const auto out = translate(with_messages(
      R"({"role":"system","content":"a"},{"role":"user","content":"q"},)"
      R"({"role":"developer","content":[{"type":"text","text":"b"},{"type":"text","text":""}]})"));

  CHECK(out["systemInstruction"] == R"({"parts":[{"text":"a"},{"text":"b"}]})");
  CHECK(out["contents"] == R"([{"role":"user","parts":[{"text":"q"}]}])");
}

TEST_CASE("messages: a conversation of system text alone gets a turn of the user") {
  const auto out = translate(with_messages(R"({"role":"system","content":"a"})"));

  CHECK(out["contents"] == R"x([{"role":"user","parts":[{"text":"(the conversation begins)"}]}])x");
  CHECK(out.changed == Texts{"/messages"});
}

TEST_CASE("messages: neighbours of one role are merged and empty text leaves no trace") {
  CHECK(contents_of(R"({"role":"user","content":"a"},{"role":"user","content":"b"},)"
                    R"({"role":"assistant","content":""},{"role":"user","content":"c"})") ==
        R"([{"role":"user","parts":[{"text":"a"},{"text":"b"},{"text":"c"}]}])");
}

TEST_CASE("messages: a conversation that the assistant began gets an opening") {
  const auto out = translate(
      with_messages(R"({"role":"assistant","content":"a"},{"role":"user","content":"b"})"));

  CHECK(json::Value(out["contents"]).size() == 3);
  CHECK(out.changed == Texts{"/messages/0"});
}

TEST_CASE("messages: a user's turn of nothing gets a word") {
  const auto out = translate(with_messages(R"({"role":"user","content":""})"));

  CHECK(out["contents"] == R"x([{"role":"user","parts":[{"text":"(no text)"}]}])x");
  CHECK(out.changed == Texts{"/messages/0/content"});
}

TEST_CASE("messages: a call keeps its arguments' bytes, and its result is an object") {
  CHECK(
      contents_of(kHi + kCall + "," + result("c1", R"("sunny")")) ==
      R"([{"role":"user","parts":[{"text":"hi"}]},)"
      R"({"role":"model","parts":[{"functionCall":{"id":"c1","name":"f","args":{"b":1,"a":1e3}}}]},)"
      R"({"role":"user","parts":[{"functionResponse":{"id":"c1","name":"f",)"
      R"("response":{"output":"sunny"}}}]}])");
}

TEST_CASE("messages: what a result says decides its shape") {
  const auto response = [](const std::string& content, const std::string& more = "") {
    const std::string all =
        kHi + kCall + R"(,{"role":"tool","tool_call_id":"c1","content":)" + content + more + "}";
    json::Value last;
    const std::string contents = contents_of(all);
    for (const json::Value turn : json::Value(contents).items()) last = turn;
    for (const json::Value part : last["parts"].items()) {
      return std::string(part["functionResponse"]["response"].raw());
    }
    return std::string();
  };

  CHECK(response(R"("{\"a\": 1}")") == R"({"a": 1})");
  CHECK(response(R"("[1,2]")") == R"({"output":[1,2]})");
  CHECK(response(R"("42")") == R"({"output":"42"})");
  CHECK(response(R"("")") == R"({"output":""})");
  CHECK(response(R"("{broken")") == R"({"output":"{broken"})");
  CHECK(response(R"([{"type":"text","text":"a"},{"type":"text","text":"b"}])") ==
        R"({"output":"a\nb"})");
  CHECK(response(R"("no")", R"(,"is_error":true)") == R"({"error":"no"})");
  CHECK(response(R"("{\"a\":1}")", R"(,"is_error":true)") == R"({"error":{"a":1}})");
  // A reference inside a result would be resolved by the service.
  CHECK(response(R"("{\"$ref\":\"#/x\"}")") == R"({"output":"{\"$ref\":\"#/x\"}"})");
}

TEST_CASE("C10 messages: results go in the order of their calls, one for each, missing ones too") {
  const std::string calls = R"({"role":"assistant","tool_calls":[)" + tool_call("a", "f") + "," +
                            tool_call("b", "f") + "," + tool_call("c", "g") + "]}";
  const auto out = translate(
      with_messages(kHi + calls + "," + result("c", R"("3")") + "," + result("a", R"("1")")));

  json::Value last;
  const std::string contents = out["contents"];
  for (const json::Value turn : json::Value(contents).items()) last = turn;
  Texts seen;
  for (const json::Value part : last["parts"].items()) {
    seen.emplace_back(part["functionResponse"]["response"].raw());
  }
  CHECK(seen == Texts{R"({"output":"1"})", R"({"error":"No result was given for this call."})",
                      R"({"output":"3"})"});
  CHECK(out.changed == Texts{"/messages/1/tool_calls/1"});
}

TEST_CASE(
    "C10 messages: a hundred thousand results, last one first, cost no more than their number") {
  constexpr int kCalls = 100'000;
  std::string calls, results;
  for (int i = 0; i < kCalls; ++i) {
    calls += (i == 0 ? "" : ",") + tool_call("c" + std::to_string(i), "f");
    results += "," + result("c" + std::to_string(kCalls - 1 - i), R"("r")");
  }
  const std::string contents =
      contents_of(kHi + R"({"role":"assistant","tool_calls":[)" + calls + "]}" + results);

  json::Value last;
  for (const json::Value turn : json::Value(contents).items()) last = turn;
  int answered = 0, in_order = 0;
  for (const json::Value part : last["parts"].items()) {
    const json::Value response = part["functionResponse"];
    if (response["response"]["output"].equals("r")) ++answered;
    if (response["id"].equals("c" + std::to_string(in_order))) ++in_order;
  }
  CHECK(answered == kCalls);
  CHECK(in_order == kCalls);
}

TEST_CASE("messages: a result without its call becomes text, and is disclosed") {
  const auto out = translate(with_messages(kHi + result("zz", R"("r")")));

  CHECK(out["contents"] ==
        R"([{"role":"user","parts":[{"text":"hi"},{"text":"Result of the tool call zz: r"}]}])");
  CHECK(out.changed == Texts{"/messages/1"});
}

TEST_CASE("messages: the images of results follow behind all of them, in the same turn") {
  const std::string calls = R"({"role":"assistant","tool_calls":[)" + tool_call("a", "f") + "," +
                            tool_call("b", "f") + "]}";
  const std::string image =
      R"([{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw0KGgo="}}])";
  const std::string contents =
      contents_of(kHi + calls + "," + result("a", image) + "," + result("b", R"("x")"));

  Texts kinds;
  json::Value last;
  for (const json::Value turn : json::Value(contents).items()) last = turn;
  for (const json::Value part : last["parts"].items()) {
    for (const auto& m : part.members()) kinds.push_back(m.key());
  }
  CHECK(kinds == Texts{"functionResponse", "functionResponse", "inlineData"});
}

TEST_CASE("messages: the legacy function_call and its result by name") {
  CHECK(
      contents_of(kHi + R"({"role":"assistant","function_call":{"name":"f","arguments":""}},)" +
                  R"({"role":"function","name":"f","content":"1"})") ==
      R"([{"role":"user","parts":[{"text":"hi"}]},)"
      R"({"role":"model","parts":[{"functionCall":{"name":"f","args":{}}}]},)"
      R"({"role":"user","parts":[{"functionResponse":{"name":"f","response":{"output":"1"}}}]}])");
}

TEST_CASE("messages: arguments that are no object are sent as none, and disclosed") {
  const auto out = translate(with_messages(
      kHi +
      R"({"role":"assistant","tool_calls":[{"id":"c","function":{"name":"f","arguments":"[1"}}]},)" +
      result("c", R"("")")));

  CHECK(out["contents"].find(R"("args":{})") != std::string::npos);
  CHECK(out.changed == Texts{"/messages/1/tool_calls/0/function/arguments"});
}

TEST_CASE("C8 messages: a signature is read out of the call's id and stands on exactly that call") {
  const std::string id = gemini::with_signature(gemini::made_tool_id("x"), "a+b/c=");
  const std::string calls = R"({"role":"assistant","tool_calls":[)" + tool_call(id, "f") + "," +
                            tool_call("plain", "f") + "]}";
  const std::string contents = contents_of(
      kHi + calls + "," + result(id, R"("1")") + "," + result("plain", R"("2")"), {kNewModel});

  CHECK(contents.find(R"({"functionCall":{"name":"f","args":{}},"thoughtSignature":"a+b/c="},)"
                      R"({"functionCall":{"id":"plain","name":"f","args":{}}})") !=
        std::string::npos);
  CHECK(contents.find(R"({"functionResponse":{"name":"f","response":{"output":"1"}}})") !=
        std::string::npos);
}

TEST_CASE("messages: the other carriers of a signature") {
  const auto with = [](const std::string& member) {
    return contents_of(kHi + R"({"role":"assistant","tool_calls":[{"id":"c",)" + member +
                           R"("function":{"name":"f","arguments":"{}"}}]},)" + result("c", R"("")"),
                       {kNewModel});
  };
  const std::string want = R"("thoughtSignature":"QUJD")";

  CHECK(with(R"("extra_content":{"google":{"thought_signature":"QUJD"}},)").find(want) !=
        std::string::npos);
  // As core/dialect/gemini_contents.h writes it.
  CHECK(with(R"("provider_state":{"provider":"gemini","data":"QUJD"},)").find(want) !=
        std::string::npos);
  CHECK(with(R"("provider_state":{"provider":"claude","data":"QUJD"},)").find(want) ==
        std::string::npos);
}

TEST_CASE("messages: a lost signature is stood in for where the model insists, and only there") {
  const std::string history = kHi + kCall + "," + result("c1", R"("1")");

  const auto newer = translate(with_messages(history), {kNewModel});
  CHECK(newer["contents"].find(R"("thoughtSignature":"skip_thought_signature_validator")") !=
        std::string::npos);
  CHECK(newer.changed == Texts{"/messages/1/tool_calls/0"});
  CHECK(contents_of(history).find("thoughtSignature") == std::string::npos);
}

TEST_CASE("messages: a text's signature comes back on the text, or on a part of its own") {
  const auto said = [](const std::string& data) {
    return contents_of(kHi +
                       R"({"role":"assistant","content":"t","thinking_blocks":)"
                       R"([{"type":"redacted_thinking","data":")" +
                       data + R"("}]},)" + R"({"role":"user","content":"q"})");
  };

  CHECK(said("gemini:text:QUJD").find(R"({"text":"t","thoughtSignature":"QUJD"})") !=
        std::string::npos);
  CHECK(said("gemini:empty:QUJD").find(R"({"text":"t"},{"text":"","thoughtSignature":"QUJD"})") !=
        std::string::npos);
  CHECK(said("EmwKAhgBEgy3").find("EmwKAhgBEgy3") == std::string::npos);
}

TEST_CASE("messages: an image that the model made goes back as its own") {
  CHECK(contents_of(kHi +
                    R"({"role":"assistant","content":"","images":[{"type":"image_url",)"
                    R"("image_url":{"url":"data:image/png;base64,iVBORw0KGgo="}}]},)" +
                    R"({"role":"user","content":"bluer"})")
            .find(R"({"role":"model","parts":[{"inlineData":{"mimeType":"image/png",)") !=
        std::string::npos);
}

TEST_CASE("messages: an unknown role is refused by its place") {
  CHECK(translate(with_messages(R"({"role":"robot","content":"x"})")).failure.param ==
        "/messages/0/role");
}
