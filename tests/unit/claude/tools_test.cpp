// D1: tools, tool_choice, response_format.
#include "plugins/claude/tools.h"

#include "tests/unit/claude/support.h"

namespace aip::claude_test {
namespace {

const std::string kTool =
    R"({"type":"function","function":{"name":"f","description":"does f","parameters":{"type":"object","properties":{"a":{"type":"string"}}}}})";
const std::string kOther = R"({"type":"function","function":{"name":"g"}})";

std::string tools_of(const std::string& tools, Ask ask = {}) {
  return translate(with_members(R"(,"tools":[)" + tools + "]"), ask)["tools"];
}
std::string choice_of(const std::string& members) {
  return translate(
      with_members(R"(,"tools":[)" + kTool + "," + kOther + "]" + members))["tool_choice"];
}
std::string format(const std::string& schema, const std::string& more = {}) {
  return R"(,"response_format":{"type":"json_schema","json_schema":{"name":"n","schema":)" +
         schema + more + "}}";
}
const std::string kClosed =
    R"({"type":"object","properties":{"x":{"type":"integer"}},"required":["x"],"additionalProperties":false})";
const std::string kOpen = R"({"type":"object","properties":{"x":{"type":"integer"}}})";

}  // namespace

TEST_CASE("D1 tools: a function keeps its whole schema, byte for byte") {
  const std::string schema =
      R"({"type":"object","properties":{"const":{"const":1},"t":{"type":["string","null"],"enum":["a",null]},)"
      R"("n":{"minimum":1e3,"maximum":12345678901234567890},"r":{"$ref":"#/$defs/d"}},"$defs":{"d":{"anyOf":[{"type":"string"}]}},)"
      R"( "required": ["t"],"additionalProperties":false,"description":"\u00e9"})";

  CHECK(tools_of(R"({"type":"function","function":{"name":"f","description":"d\n","parameters":)" +
                 schema + "}}") ==
        R"([{"name":"f","description":"d\n","input_schema":)" + schema + "}]");
}

TEST_CASE("D1 tools: what OpenAI lets a function leave out is filled in") {
  CHECK(tools_of(kOther) == R"([{"name":"g","input_schema":{"type":"object","properties":{}}}])");
  CHECK(tools_of(R"({"type":"function","function":{"name":"g","parameters":null}})") ==
        R"([{"name":"g","input_schema":{"type":"object","properties":{}}}])");
  CHECK(tools_of(R"({"type":"function","function":{"name":"g","parameters":{}}})") ==
        R"([{"name":"g","input_schema":{"type":"object"}}])");
  CHECK(tools_of(R"({"type":"function","function":{"name":"g","parameters":{"properties":{}}}})") ==
        R"([{"name":"g","input_schema":{"type":"object","properties":{}}}])");
  CHECK(translate(with_members(R"(,"tools":[{"type":"function","function":{}}])")).failure.param ==
        "/tools/0/function/name");
}

TEST_CASE("D1 tools: strict goes where model and schema allow it, else it is disclosed") {
  const auto strict = [](const std::string& schema) {
    return R"(,"tools":[{"type":"function","function":{"name":"f","strict":true,"parameters":)" +
           schema + "}}]";
  };
  const Outcome kept = translate(with_members(strict(kClosed)));
  CHECK(kept["tools"].find(R"("strict":true)") != std::string::npos);
  CHECK(kept.changed.empty());

  for (const Outcome& lost : {translate(with_members(strict(kOpen))),
                              translate(with_members(strict(kClosed)), {.model = kOldModel})}) {
    CHECK(lost["tools"].find("strict") == std::string::npos);
    CHECK(lost.changed == Texts{"/tools/0/function/strict"});
  }
}

TEST_CASE("D1 tools: server tools pass untouched, web_search_options becomes one") {
  const std::string server =
      R"({"type":"web_search_20250305","name":"web_search","max_uses":3},{"type":"bash_20250124","name":"bash"},)"
      R"({"type":"computer_20250124","name":"computer","display_width_px":1},{"name":"own","input_schema":{"type":"object"}})";
  CHECK(tools_of(server) == "[" + server + "]");

  const Outcome search = translate(with_members(
      R"(,"web_search_options":{"search_context_size":"low","user_location":{"type":"approximate","approximate":{"country":"DE","city":"Köln"}}})"));
  CHECK(
      search["tools"] ==
      R"([{"type":"web_search_20250305","name":"web_search","user_location":{"type":"approximate","city":"Köln","country":"DE"}}])");
  CHECK(search.changed == Texts{"/web_search_options/search_context_size"});
}

TEST_CASE("D1 tools: free-text tools are put to the host, legacy functions are tools") {
  const std::string custom = R"(,"tools":[{"type":"custom","custom":{"name":"c"}},)" + kOther + "]";
  CHECK(translate(with_members(custom)).failure.param == "/tools/0");
  CHECK(translate(with_members(custom), {.drops = true})["tools"].find("\"g\"") !=
        std::string::npos);

  const Outcome legacy = translate(with_members(
      R"(,"functions":[{"name":"f","parameters":{"type":"object"}}],"function_call":{"name":"f"})"));
  CHECK(legacy["tools"] == R"([{"name":"f","input_schema":{"type":"object"}}])");
  CHECK(legacy["tool_choice"] == R"({"type":"tool","name":"f"})");
}

TEST_CASE("D1 tool_choice: the whole matrix with parallel_tool_calls") {
  struct Row {
    const char *members, *want;
  };
  const std::vector<Row> rows{
      {"", ""},
      {R"(,"tool_choice":"auto")", R"({"type":"auto"})"},
      {R"(,"tool_choice":"required")", R"({"type":"any"})"},
      {R"(,"tool_choice":"none")", R"({"type":"none"})"},
      {R"(,"tool_choice":null)", ""},
      {R"(,"tool_choice":{"type":"function","function":{"name":"g"}})",
       R"({"type":"tool","name":"g"})"},
      {R"(,"parallel_tool_calls":true)", ""},
      {R"(,"parallel_tool_calls":false)", R"({"type":"auto","disable_parallel_tool_use":true})"},
      {R"(,"tool_choice":"auto","parallel_tool_calls":false)",
       R"({"type":"auto","disable_parallel_tool_use":true})"},
      {R"(,"tool_choice":"required","parallel_tool_calls":false)",
       R"({"type":"any","disable_parallel_tool_use":true})"},
      {R"(,"tool_choice":"none","parallel_tool_calls":false)", R"({"type":"none"})"},
      {R"(,"tool_choice":{"type":"function","function":{"name":"g"}},"parallel_tool_calls":false)",
       R"({"type":"tool","name":"g","disable_parallel_tool_use":true})"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.members);
    CHECK(choice_of(row.members) == row.want);
  }
  CHECK(translate(with_members(R"(,"tools":[)" + kTool + R"(],"tool_choice":"maybe")"))
            .failure.param == "/tool_choice");
}

TEST_CASE("D1 tool_choice: without tools it is left out") {
  const Outcome out =
      translate(with_members(R"(,"tool_choice":"auto","parallel_tool_calls":false,"tools":[])"));
  CHECK(out["tool_choice"].empty());
  CHECK(out["tools"].empty());
}

TEST_CASE("D1 tool_choice: allowed_tools filters the tools and says how") {
  const auto allowed = [](const char* mode) {
    return with_members(R"(,"tools":[)" + kTool + "," + kOther +
                        R"(],"tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":")" +
                        mode + R"(","tools":[{"type":"function","function":{"name":"g"}}]}})");
  };
  const Outcome out = translate(allowed("required"));
  CHECK(out["tools"] == R"([{"name":"g","input_schema":{"type":"object","properties":{}}}])");
  CHECK(out["tool_choice"] == R"({"type":"any"})");
  CHECK(translate(allowed("auto"))["tool_choice"] == R"({"type":"auto"})");
}

TEST_CASE("D1 response_format: a closed schema goes to output_config.format") {
  const Outcome out = translate(with_members(format(kClosed)));
  CHECK(out["output_config"] == R"({"format":{"type":"json_schema","schema":)" + kClosed + "}}");
  CHECK_FALSE(out.json_tool);
  CHECK(out["tools"].empty());
}

TEST_CASE("D1 response_format: an open schema, or an older model, gets a forced tool") {
  for (const Outcome& out :
       {translate(with_members(format(kOpen, R"(,"description":"the answer")"))),
        translate(with_members(format(kOpen, R"(,"description":"the answer")")),
                  {.model = kOldModel})}) {
    CHECK(out.json_tool);
    CHECK(out["tools"] ==
          R"([{"name":"answer_in_json","description":"the answer","input_schema":)" + kOpen + "}]");
    CHECK(out["tool_choice"] ==
          R"({"type":"tool","name":"answer_in_json","disable_parallel_tool_use":true})");
    CHECK(out["output_config"].empty());
  }
}

TEST_CASE("D1 response_format: with other tools in reach any of them may be called") {
  const auto out = [](const std::string& more) {
    return translate(with_members(R"(,"tools":[)" + kTool + "]" + format(kOpen) + more));
  };
  CHECK(out("").json_tool);
  CHECK(out("")["tool_choice"] == R"({"type":"any"})");
  CHECK(out(R"(,"tool_choice":"none")")["tool_choice"] ==
        R"({"type":"tool","name":"answer_in_json","disable_parallel_tool_use":true})");
  // The client wants a tool called: then there is no answer to shape.
  const Outcome named = out(R"(,"tool_choice":{"type":"function","function":{"name":"f"}})");
  CHECK_FALSE(named.json_tool);
  CHECK(named["tool_choice"] == R"({"type":"tool","name":"f"})");
  CHECK(named.changed == Texts{"/response_format"});
}

TEST_CASE("D1 response_format: the forced tool turns thinking off, output_config.format does not") {
  const Outcome forced = translate(with_members(format(kOpen) + R"(,"reasoning_effort":"high")"));
  CHECK(forced["thinking"].empty());
  CHECK(forced.changed == Texts{"/reasoning_effort"});

  const Outcome native = translate(with_members(format(kClosed) + R"(,"reasoning_effort":"high")"));
  CHECK_FALSE(native["thinking"].empty());
  CHECK(native.changed.empty());
}

TEST_CASE(
    "D1 response_format: json_object becomes an instruction behind the client's system text") {
  const Outcome out = translate(
      R"({"messages":[{"role":"system","content":"s"},{"role":"user","content":"hi"}],"response_format":{"type":"json_object"}})");
  CHECK(out["system"].find(
            R"([{"type":"text","text":"s"},{"type":"text","text":"Answer with one valid JSON)") ==
        0);
  CHECK(out.changed == Texts{"/response_format"});
  CHECK(translate(with_members(R"(,"response_format":{"type":"text"})")).changed.empty());
  CHECK(translate(with_members(R"(,"response_format":{"type":"xml"})")).failure.param ==
        "/response_format");
}

}  // namespace aip::claude_test
