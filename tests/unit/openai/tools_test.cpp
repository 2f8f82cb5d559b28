#include "plugins/openai/tools.h"

#include "tests/unit/openai/support.h"

using namespace aip::openai;  // NOLINT: short names read better in a table
using aip::test::lines_of;

namespace {

// The events of these `tool_calls` arrays, one a delta.
std::string calls(const std::vector<std::string>& deltas) {
  ToolCalls tools(0, 42);
  std::string out;
  for (const std::string& delta : deltas) {
    REQUIRE_MESSAGE(aip::json::check(delta).ok(), delta);
    const std::string lent = delta;
    std::vector<aip_event> events;
    tools.read(aip::json::Value(lent), events);
    if (!events.empty()) out += lines_of(events) + "; ";
  }
  std::vector<aip_event> events;
  tools.end(events);
  return out + lines_of(events);
}

std::string call(const std::string& members, const std::string& function) {
  return "[{" + members + (members.empty() ? "" : ",") + "\"function\":{" + function + "}}]";
}

}  // namespace

TEST_CASE("tools: as OpenAI tells them") {
  CHECK(calls({call(R"("index":0,"id":"a","type":"function")", R"("name":"f","arguments":"")"),
               call(R"("index":0)", R"("arguments":"{\"x\":")"),
               call(R"("index":0)", R"("arguments":"1}")"),
               call(R"("index":1,"id":"b","type":"function")", R"("name":"g","arguments":"")")}) ==
        "BEGIN 0 a f; ARGS 0 {\"x\":; ARGS 0 1}; END 0; BEGIN 1 b g; END 1");
}

TEST_CASE("tools: fragments of several calls, interleaved") {
  CHECK(
      calls(
          {R"([{"index":0,"id":"a","function":{"name":"f","arguments":"{"}},{"index":1,"id":"b","function":{"name":"g","arguments":"["}}])",
           R"([{"index":1,"function":{"arguments":"1"}},{"index":0,"function":{"arguments":"}"}}])",
           call(R"("index":1)", R"("arguments":"]")")}) ==
      "BEGIN 0 a f; ARGS 0 {; BEGIN 1 b g; ARGS 1 [; ARGS 1 1; ARGS 0 }; ARGS 1 ]; END 0; END 1");
}

TEST_CASE("tools: indices that start elsewhere are numbered from 0") {
  CHECK(calls({call(R"("index":1,"id":"a")", R"("name":"f","arguments":"{}")"),
               call(R"("index":7,"id":"b")", R"("name":"g","arguments":"{}")"),
               call(R"("index":7)", R"("arguments":" ")")}) ==
        "BEGIN 0 a f; ARGS 0 {}; END 0; BEGIN 1 b g; ARGS 1 {}; ARGS 1  ; END 1");
}

TEST_CASE("tools: indices that are all 0, told apart by id and name") {
  CHECK(calls({call(R"("index":0,"id":"a")", R"("name":"f","arguments":"{}")"),
               call(R"("index":0,"id":"b")", R"("name":"f","arguments":"{}")")}) ==
        "BEGIN 0 a f; ARGS 0 {}; END 0; BEGIN 1 b f; ARGS 1 {}; END 1");
  CHECK(calls({call(R"("index":0,"id":"a")", R"("name":"f","arguments":"")"),
               call(R"("index":0,"id":"b")", R"("name":"g","arguments":"")")}) ==
        "BEGIN 0 a f; BEGIN 1 b g; END 0; END 1");
}

TEST_CASE("tools: an id that is new in each delta, and a name that is repeated") {
  CHECK(calls({call(R"("index":0,"id":"a1")", R"("name":"f","arguments":"{")"),
               call(R"("index":0,"id":"a2")", R"("name":"f","arguments":"}")")}) ==
        "BEGIN 0 a1 f; ARGS 0 {; ARGS 0 }; END 0");
  CHECK(calls({call(R"("index":0,"id":"a1")", R"("name":"f","arguments":"{")"),
               call(R"("index":0,"id":"a2")", R"("arguments":"}")")}) ==
        "BEGIN 0 a1 f; ARGS 0 {; ARGS 0 }; END 0");
}

TEST_CASE("tools: no index at all") {
  CHECK(calls({call(R"("id":"a")", R"("name":"f","arguments":"{")"), call("", R"("arguments":"}")"),
               call(R"("id":"b")", R"("name":"f","arguments":"{}")"),
               call(R"("id":"b")", R"("arguments":" ")")}) ==
        "BEGIN 0 a f; ARGS 0 {; ARGS 0 }; END 0; BEGIN 1 b f; ARGS 1 {}; ARGS 1  ; END 1");
  // Both in one delta, whole and in fragments.
  CHECK(
      calls(
          {R"([{"function":{"name":"f","arguments":"{"}},{"function":{"name":"g","arguments":"["}}])",
           R"([{"function":{"arguments":"}"}},{"function":{"arguments":"]"}}])"})
          .find("ARGS 1 ]") != std::string::npos);
  CHECK(
      calls(
          {R"([{"function":{"name":"f","arguments":"{}"}},{"function":{"name":"f","arguments":"{}"}}])"})
          .find("BEGIN 1") != std::string::npos);
  CHECK(
      calls({call(R"("index":null,"id":null)", R"("name":"f","arguments":null)")}).substr(0, 13) ==
      "BEGIN 0 call_");
}

TEST_CASE(
    "tools: ids that are missing are made up, the same each time, and different from each other") {
  const auto id_of = [](std::uint32_t choice, std::uint64_t seed, int nth) {
    ToolCalls tools(choice, seed);
    std::vector<aip_event> events;
    const std::string text =
        R"([{"index":0,"id":"","function":{"name":"f"}},{"index":1,"function":{"name":"f"}}])";
    tools.read(aip::json::Value(text), events);
    return std::string(aip::sdk::text(events.at(static_cast<std::size_t>(nth)).id));
  };
  CHECK(id_of(0, 1, 0) == id_of(0, 1, 0));
  CHECK(id_of(0, 1, 0) != id_of(0, 1, 1));
  CHECK(id_of(0, 1, 0) != id_of(1, 1, 0));
  CHECK(id_of(0, 1, 0) != id_of(0, 2, 0));
  CHECK(id_of(0, 1, 0).size() == 29);
}

TEST_CASE("tools: a name that comes late, with arguments before it") {
  CHECK(calls({call(R"("index":0,"id":"a")", R"("arguments":"{\"x\"")"),
               call(R"("index":0)", R"("arguments":":1")"),
               call(R"("index":0)", R"("name":"f","arguments":"}")")}) ==
        "BEGIN 0 a f; ARGS 0 {\"x\":1; ARGS 0 }; END 0");
  CHECK(calls({call(R"("index":0,"id":"a")", R"("arguments":"{}")")}) ==
        "BEGIN 0 a; ARGS 0 {}; END 0");
}

TEST_CASE("tools: arguments as an object come once, however often they are told") {
  CHECK(calls({call(R"("index":0,"id":"a")", R"("name":"f","arguments":{"x":1e3})"),
               call(R"("index":0)", R"("arguments":{"x":1e3})")}) ==
        "BEGIN 0 a f; ARGS 0 {\"x\":1e3}; END 0");
  CHECK(calls({call(R"("index":0,"id":"a")", R"("arguments":{"q":"\""})"),
               call(R"("index":0)", R"("name":"f")")}) ==
        "BEGIN 0 a f; ARGS 0 {\"q\":\"\\\"\"}; END 0");
}

TEST_CASE("tools: one below, at and one above the number of calls") {
  for (const std::size_t n : {kToolsMax - 1, kToolsMax, kToolsMax + 1}) {
    ToolCalls tools(0, 1);
    std::size_t begun = 0;
    for (std::size_t i = 0; i < n; ++i) {
      std::vector<aip_event> events;
      const std::string text = call("\"index\":" + std::to_string(i), R"("name":"f")");
      tools.read(aip::json::Value(text), events);
      begun += events.size();
    }
    CHECK(begun == std::min(n, kToolsMax));
  }
}

TEST_CASE("tools: complete arguments are known at their last byte, wherever they are cut") {
  // The inside of a JSON string: {"a":"}\"","b":[{"c":"\u00e9{"}]} with its quotes escaped.
  const std::string text = R"({\"a\":\"}\\\"\",\"b\":[{\"c\":\"\u00e9{\"}]})";
  std::vector<std::string> tokens;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t size = text[i] != '\\' ? 1 : text[i + 1] == 'u' ? 6 : 2;
    tokens.push_back(text.substr(i, size));
    i += size;
  }
  JsonProgress progress;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    CHECK_FALSE(progress.complete());
    progress.feed_escaped(tokens[i]);
  }
  CHECK(progress.complete());
}
