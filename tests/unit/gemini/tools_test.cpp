#include "tests/unit/gemini/support.h"

using namespace aip;
using namespace aip::gemini_test;

namespace {

const std::string kTools =
    R"(,"tools":[{"type":"function","function":{"name":"f","description":"d","parameters":)"
    R"({"type":"object","properties":{"a":{"type":["string","null"]}},"additionalProperties":false}}},)"
    R"({"type":"function","function":{"name":"g"}}])";
const std::string kFormat =
    R"(,"response_format":{"type":"json_schema","json_schema":{"name":"n","schema":)"
    R"({"type":"object","properties":{"a":{"const":"x"}}}}})";

}  // namespace

TEST_CASE("tools: functions are declared with their JSON Schema where the model takes it") {
  CHECK(
      translate(with_members(kTools))["tools"] ==
      R"([{"functionDeclarations":[{"name":"f","description":"d","parametersJsonSchema":)"
      R"({"type":"object","properties":{"a":{"type":["string","null"]}},"additionalProperties":false}},)"
      R"({"name":"g"}]}])");
}

TEST_CASE("tools: and in Gemini's subset where it does not") {
  CHECK(
      translate(with_members(kTools), {kOldModel})["tools"] ==
      R"([{"functionDeclarations":[{"name":"f","description":"d","parameters":)"
      R"({"type":"object","properties":{"a":{"nullable":true,"type":"string"}}}},{"name":"g"}]}])");
}

TEST_CASE("tools: each choice") {
  const auto mode = [](const std::string& choice) {
    return translate(with_members(kTools + R"(,"tool_choice":)" + choice))["toolConfig"];
  };

  CHECK(mode(R"("auto")") == R"({"functionCallingConfig":{"mode":"AUTO"}})");
  CHECK(mode(R"("none")") == R"({"functionCallingConfig":{"mode":"NONE"}})");
  CHECK(mode(R"("required")") == R"({"functionCallingConfig":{"mode":"ANY"}})");
  CHECK(mode(R"({"type":"function","function":{"name":"f"}})") ==
        R"({"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["f"]}})");
  CHECK(mode(R"({"type":"allowed_tools","allowed_tools":{"mode":"required","tools":)"
             R"([{"type":"function","function":{"name":"g"}}]}})") ==
        R"({"functionCallingConfig":{"mode":"ANY"}})");
  CHECK(translate(with_members(R"(,"tool_choice":"auto")"))["toolConfig"].empty());
  CHECK(translate(with_members(kTools + R"(,"tool_choice":"sometimes")")).failure.param ==
        "/tool_choice");
}

TEST_CASE("tools: allowed tools are the only ones that are declared") {
  const auto out = translate(with_members(
      kTools + R"(,"tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"auto","tools":)"
               R"([{"type":"function","function":{"name":"g"}}]}})"));

  CHECK(out["tools"] == R"([{"functionDeclarations":[{"name":"g"}]}])");
}

TEST_CASE("tools: one call at a time is no promise that Gemini makes") {
  const std::string one = R"(,"parallel_tool_calls":false)";

  CHECK(translate(with_members(kTools + one)).failure.param == "/parallel_tool_calls");
  CHECK(translate(with_members(one)).failure.param.empty());
  CHECK(translate(with_members(kTools + R"(,"parallel_tool_calls":true)")).asked.empty());
}

TEST_CASE("tools: a search of the web, asked for in several words") {
  for (const char* asked :
       {R"(,"web_search_options":{})", R"(,"tools":[{"type":"web_search_preview"}])",
        R"(,"tools":[{"googleSearch":{}}])"}) {
    CHECK(translate(with_members(asked))["tools"] == R"([{"googleSearch":{}}])");
  }
  CHECK(translate(with_members(R"(,"tools":[{"type":"computer"}])")).failure.param == "/tools/0");
}

TEST_CASE("tools: functions beside a search are refused before the third generation") {
  const std::string both = kTools + R"(,"web_search_options":{})";

  CHECK(translate(with_members(both)).failure.param == "/web_search_options");
  CHECK(json::Value(translate(with_members(both), {kNewModel})["tools"]).size() == 2);
  Ask drops;
  drops.drops = true;
  CHECK(json::Value(translate(with_members(both), drops)["tools"]).size() == 1);
}

TEST_CASE("tools: a response format, as JSON Schema and in the subset") {
  const auto newer = translate(with_members(kFormat));
  CHECK(newer.config("responseMimeType") == R"("application/json")");
  CHECK(newer.config("responseJsonSchema") ==
        R"({"type":"object","properties":{"a":{"const":"x"}}})");
  CHECK(translate(with_members(kFormat), {kOldModel}).config("responseSchema") ==
        R"({"type":"object","properties":{"a":{"type":"string","enum":["x"]}}})");
  CHECK(
      translate(with_members(R"(,"response_format":{"type":"json_object"})"))["generationConfig"] ==
      R"({"responseMimeType":"application/json"})");
  CHECK(
      translate(with_members(R"(,"response_format":{"type":"text"})"))["generationConfig"].empty());
  CHECK(translate(with_members(R"(,"response_format":{"type":"yaml"})")).failure.param ==
        "/response_format");
}

TEST_CASE("tools: JSON beside functions is refused before the third generation") {
  CHECK(translate(with_members(kTools + kFormat)).failure.param == "/response_format");
  CHECK_FALSE(
      translate(with_members(kTools + kFormat), {kNewModel}).config("responseMimeType").empty());
}

TEST_CASE("tools: the legacy functions") {
  CHECK(translate(with_members(
            R"(,"functions":[{"name":"f"}],"function_call":{"name":"f"})"))["toolConfig"] ==
        R"({"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["f"]}})");
}
