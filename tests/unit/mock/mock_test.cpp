#include <aiproxy/json.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <string>

#include "core/base/json.h"
#include "tests/support/plugin_runner.h"

using aip::test::chat;
using aip::test::PluginAsk;
using aip::test::PluginRun;
using aip::test::PluginUnderTest;
namespace json = aip::json;

namespace {

PluginUnderTest& mock() {
  static PluginUnderTest plugin("mock");
  return plugin;
}

std::string ask(const std::string& model, const std::string& more = {},
                const std::string& text = "good morning") {
  return R"({"model":")" + model + R"(","messages":[{"role":"user","content":")" + text + R"("}])" +
         more + "}";
}

// Plays a chat to its end, time included.
void play(PluginRun& run, const PluginAsk& ask) {
  REQUIRE(run.begin(ask));
  run.run_timers();
}

// The schema's own example as text, played by mock-json.
std::string made_for(const std::string& schema) {
  PluginRun run(mock());
  play(run, chat(ask("mock-json",
                     R"(,"response_format":{"type":"json_schema","json_schema":{"schema":)" +
                         schema + "}}")));
  CHECK(run.finished_well());
  CHECK(json::check(run.text()).ok());
  return run.text();
}

}  // namespace

TEST_CASE("mock: repeats the last user message, counts words, and ends well") {
  PluginRun run(mock());

  play(run, chat(ask("mock")));

  CHECK(run.text() == "Hello from mock. You said: good morning");
  CHECK(run.finish_reason() == AIP_FINISH_STOP);
  CHECK(run.usage().at(AIP_USAGE_INPUT) == 2);
  CHECK(run.usage().at(AIP_USAGE_OUTPUT) == 7);
  CHECK(run.finished_well());
  CHECK(run.calls().empty());
  CHECK(run.selection()->how == AIP_SELECT_NONE);
  CHECK(run.events().front().type == AIP_EV_START);
  CHECK(run.events().front().name == "mock");
}

TEST_CASE("mock: the same request gets the same events, another one another id") {
  PluginRun first(mock());
  PluginRun again(mock());
  PluginRun other(mock());

  play(first, chat(ask("mock")));
  play(again, chat(ask("mock")));
  play(other, chat(ask("mock", R"(,"user":"x")")));

  CHECK(first.lines() == again.lines());
  CHECK(first.events().front().id != other.events().front().id);
}

TEST_CASE("mock: reads content parts and tells how many images came") {
  PluginRun run(mock());

  play(run, chat(R"({"model":"mock","messages":[{"role":"system","content":"be brief"},
    {"role":"user","content":[{"type":"text","text":"what is \u00e9"},
    {"type":"image_url","image_url":{"url":"data:image/png;base64,AA=="}}]}]})"));

  CHECK(run.text() == "Hello from mock. You said: what is \xC3\xA9 (with 1 image)");
  CHECK(run.usage().at(AIP_USAGE_INPUT) == 2 + 3 + 1);
}

TEST_CASE("mock: max_tokens, stop and n are honoured") {
  PluginRun shorter(mock());
  play(shorter, chat(ask("mock", R"(,"max_tokens":3)")));
  CHECK(shorter.text() == "Hello from mock. ");
  CHECK(shorter.finish_reason() == AIP_FINISH_LENGTH);

  PluginRun exact(mock());
  play(exact, chat(ask("mock", R"(,"max_completion_tokens":7)")));
  CHECK(exact.finish_reason() == AIP_FINISH_STOP);

  PluginRun stopped(mock());
  play(stopped, chat(ask("mock", R"(,"stop":["said"])")));
  CHECK(stopped.text() == "Hello from mock. You ");
  CHECK(stopped.finish_reason() == AIP_FINISH_STOP_SEQUENCE);
  CHECK(stopped.events().back().usage.count(AIP_USAGE_OUTPUT) == 1);

  PluginRun twice(mock());
  play(twice, chat(ask("mock", R"(,"n":2)")));
  CHECK(twice.text(0) == twice.text(1));
  CHECK(twice.finish_reason(1) == AIP_FINISH_STOP);
}

TEST_CASE("mock-slow: says a word every 50 ms") {
  PluginRun run(mock());
  REQUIRE(run.begin(chat(ask("mock-slow"))));

  CHECK(run.text().empty());
  run.advance_ms(49);
  CHECK(run.text().empty());
  run.advance_ms(1);
  CHECK(run.text() == "Hello ");
  run.advance_ms(50);
  CHECK(run.text() == "Hello from ");
  run.run_timers();

  CHECK(run.finished_well());
  CHECK(run.text() == "Hello from mock. You said: good morning");
}

TEST_CASE("mock-slow: the delay is configured, and a cancelled stream says nothing more") {
  PluginUnderTest plugin("mock", R"({"delay_ms":200})");
  PluginRun run(plugin);
  REQUIRE(run.begin(chat(ask("mock-slow"))));
  run.advance_ms(200);
  CHECK(run.text() == "Hello ");

  run.cancel(AIP_CANCEL_CLIENT_GONE);
  run.advance_ms(1000);

  CHECK(run.text() == "Hello ");
  CHECK(plugin.worker().next_deadline_ns() == UINT64_MAX);
}

TEST_CASE("mock-think: reasons first, closed by a signature, and counts it") {
  PluginRun run(mock());

  play(run, chat(ask("mock-think")));

  CHECK(run.reasoning() == "The user wrote 2 words. I shall repeat them.");
  CHECK(run.lines().find("SIGNATURE bW9jaw==\nTEXT Hello") != std::string::npos);
  CHECK(run.usage().at(AIP_USAGE_REASONING) == 9);
  CHECK(run.usage().at(AIP_USAGE_OUTPUT) == 9 + 7);
}

TEST_CASE(
    "mock-tools: calls the first tool with arguments from its schema, then tells its answer") {
  const std::string tools = R"(,"tools":[{"type":"function","function":{"name":"get_weather",
    "parameters":{"type":"object","properties":{"city":{"type":"string"},
    "days":{"type":"integer","minimum":3}},"required":["city"]}}},
    {"type":"function","function":{"name":"no_args"}}])";
  PluginRun run(mock());
  play(run, chat(ask("mock-tools", tools)));

  std::string arguments;
  for (const auto& e : run.events()) {
    if (e.type == AIP_EV_TOOL_ARGS) arguments += e.text;
  }
  CHECK(arguments == R"({"city":"good morning","days":3})");
  CHECK(run.lines().find("TOOL_BEGIN 0 call_mock_1 get_weather") != std::string::npos);
  CHECK(run.finish_reason() == AIP_FINISH_TOOLS);

  PluginRun named(mock());
  play(named, chat(ask("mock-tools", tools + R"(,"tool_choice":{"type":"function",
    "function":{"name":"no_args"}})")));
  CHECK(named.lines().find("TOOL_BEGIN 0 call_mock_1 no_args\nTOOL_ARGS 0 {}") !=
        std::string::npos);

  PluginRun none(mock());
  play(none, chat(ask("mock-tools", tools + R"(,"tool_choice":"none")")));
  CHECK(none.finish_reason() == AIP_FINISH_STOP);

  PluginRun answered(mock());
  play(answered, chat(R"({"model":"mock-tools","messages":[{"role":"user","content":"hi"},
    {"role":"assistant","tool_calls":[{"id":"call_mock_1","type":"function",
    "function":{"name":"get_weather","arguments":"{}"}}]},
    {"role":"tool","tool_call_id":"call_mock_1","content":"sunny"}])" +
                      tools + "}"));
  CHECK(answered.text() == "The tool said: sunny");
}

TEST_CASE("mock-json: answers with JSON, with and without a schema") {
  PluginRun plain(mock());
  play(plain, chat(ask("mock-json", R"(,"response_format":{"type":"json_object"})")));
  CHECK(plain.text() == R"({"answer":"good morning"})");

  CHECK(
      made_for(R"({"type":"object","properties":{"a":{"type":"string"},"b":{"type":"string"}}})") ==
      R"({"a":"good morning","b":"mock b"})");
}

TEST_CASE("mock-json: values fit the bounds of their schema") {
  CHECK(made_for(R"({"enum":["x","y"]})") == R"("x")");
  CHECK(made_for(R"({"const":5})") == "5");
  CHECK(made_for(R"({"type":"string","maxLength":4})") == R"("good")");
  CHECK(made_for(R"({"type":"string","minLength":14})") == R"("good morningxx")");
  CHECK(made_for(R"({"type":"integer","exclusiveMinimum":7,"multipleOf":5})") == "10");
  CHECK(made_for(R"({"type":"number","maximum":-2.5})") == "-2.5");
  CHECK(made_for(R"({"type":["null","string"]})") == "null");
  CHECK(made_for(R"({"type":"array","items":{"type":"boolean"},"minItems":2})") == "[true,true]");
  CHECK(made_for(R"({"anyOf":[{"type":"boolean"},{"type":"null"}]})") == "true");
  CHECK(made_for(R"({"type":"string","format":"date"})") == R"("2024-01-01")");
  CHECK(made_for(R"({"$ref":"#/$defs/x","$defs":{"x":{"type":"boolean"}}})") == "true");
}

TEST_CASE("mock-json: a schema that refers to itself comes to an end") {
  const std::string tree = made_for(R"({"$ref":"#/$defs/node","$defs":{"node":{"type":"object",
    "properties":{"left":{"anyOf":[{"$ref":"#/$defs/node"},{"type":"null"}]}},"required":["left"]}}})");
  CHECK(tree.find("null") != std::string::npos);
  CHECK(made_for(R"({"$ref":"#"})").size() < 100);
  CHECK(made_for(R"({"type":"array","items":{"$ref":"#"},"minItems":1})").size() < 1000);
}

TEST_CASE("mock-long: stops at back-pressure and goes on when the client has taken it") {
  PluginUnderTest plugin("mock", R"({"lines":1000})");
  PluginRun run(plugin);
  run.blocked = true;
  REQUIRE(run.begin(chat(ask("mock-long"))));
  const std::size_t before = run.events().size();
  run.run_timers();
  CHECK(run.events().size() == before);
  CHECK_FALSE(run.finished());

  run.writable();
  run.run_timers();

  CHECK(run.finished_well());
  CHECK(run.text().find("line 00001000:") != std::string::npos);
  CHECK(run.usage().at(AIP_USAGE_OUTPUT) == 14'000);
}

TEST_CASE("mock-429: fails with retry-after; other numbers fail with their status") {
  PluginRun run(mock());
  play(run, chat(ask("mock-429")));
  REQUIRE(run.error());
  CHECK(run.error()->http_status == 429);
  CHECK(run.error()->retry_after_ms == 7000);
  CHECK((run.error()->flags & AIP_ERR_RATE) != 0);
  CHECK(run.error()->reason == "rate_limit_exceeded");

  PluginRun other(mock());
  play(other, chat(ask("mock-503")));
  CHECK(other.error()->http_status == 503);
  PluginRun no_status(mock());
  play(no_status, chat(ask("mock-999")));
  CHECK(no_status.finished_well());
}

TEST_CASE("mock-cut: ends without a finish event and without usage") {
  PluginRun run(mock());

  play(run, chat(ask("mock-cut")));

  CHECK_FALSE(run.text().empty());
  CHECK(run.text().size() < std::string("Hello from mock. You said: good morning").size());
  CHECK(run.finish_reason() == 0);
  CHECK(run.finished_well());
  CHECK(run.usage().empty());
}

// ---- the other operations ----------------------------------------------------------------------

TEST_CASE("mock: embeddings have unit length, and texts with common words are near") {
  PluginAsk request =
      chat(R"({"model":"mock","input":["red apple","green apple","blue sky"],"dimensions":64})");
  request.operation = AIP_OP_EMBEDDINGS;
  PluginRun run(mock());
  play(run, request);
  REQUIRE(run.respond_status() == 200);
  REQUIRE(json::check(run.raw()).ok());

  std::vector<std::vector<double>> vectors;
  const std::string body = run.raw();
  for (const json::Value item : json::Value(body)["data"].items()) {
    vectors.emplace_back();
    for (const json::Value x : item["embedding"].items()) vectors.back().push_back(x.number());
  }
  REQUIRE(vectors.size() == 3);
  const auto dot = [](const std::vector<double>& a, const std::vector<double>& b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    return sum;
  };
  CHECK(vectors[0].size() == 64);
  CHECK(std::fabs(dot(vectors[0], vectors[0]) - 1) < 1e-3);
  CHECK(dot(vectors[0], vectors[1]) > dot(vectors[0], vectors[2]));
  CHECK(run.usage().at(AIP_USAGE_INPUT) == 6);
}

TEST_CASE("mock: embeddings in base64 hold the same numbers") {
  PluginAsk request =
      chat(R"({"model":"mock","input":"a","dimensions":1,"encoding_format":"base64"})");
  request.operation = AIP_OP_EMBEDDINGS;
  PluginRun run(mock());
  play(run, request);

  // One dimension of a unit vector is 1 or -1; as float32, little endian, in base64.
  const std::string text = json::Value(run.raw())["data"].raw().data();
  const bool one = text.find("AACAPw==") != std::string::npos;
  const bool minus_one = text.find("AACAvw==") != std::string::npos;
  CHECK((one || minus_one));
}

TEST_CASE("mock: bad embeddings requests name the member") {
  for (const std::string body : {R"({"model":"mock"})", R"({"model":"mock","input":[]})",
                                 R"({"model":"mock","input":"a","dimensions":0})",
                                 R"({"model":"mock","input":"a","dimensions":4097})"}) {
    PluginAsk request = chat(body);
    request.operation = AIP_OP_EMBEDDINGS;
    PluginRun run(mock());
    play(run, request);
    CAPTURE(body);
    REQUIRE(run.error());
    CHECK(run.error()->http_status == 400);
    CHECK_FALSE(run.error()->param.empty());
  }
}

TEST_CASE("mock: counts tokens, lists its models, and refuses what it has not") {
  PluginAsk count = chat(ask("mock"));
  count.operation = AIP_OP_COUNT_TOKENS;
  PluginRun counted(mock());
  play(counted, count);
  CHECK(counted.usage().at(AIP_USAGE_INPUT) == 2);

  PluginAsk list;
  list.operation = AIP_OP_MODELS;
  PluginRun listed(mock());
  play(listed, list);
  CHECK(json::Value(listed.raw())["data"].size() == 8);

  PluginAsk forward;
  forward.operation = AIP_OP_FORWARD;
  PluginRun refused(mock());
  CHECK_FALSE(refused.begin(forward));
  CHECK(refused.error()->code == AIP_E_UNSUPPORTED);
}
