#include "plugins/gemini/schema.h"
#include "tests/unit/gemini/support.h"

using namespace aip;
using namespace aip::gemini_test;

namespace {

std::string subset(const std::string& schema) {
  REQUIRE_MESSAGE(json::check(schema), schema);
  const std::string out = gemini::subset_of(json::Value(schema));
  if (out.empty()) return out;
  const Validator validator(
      R"({"contents":[{"role":"user","parts":[{"text":"x"}]}],"tools":[{"functionDeclarations":)"
      R"([{"name":"f","parameters":)" +
      out + "}]}]}");
  CHECK_MESSAGE(validator.violations().empty(), validator.all() << out.substr(0, 500));
  return out;
}
// The subset of one property.
std::string property(const std::string& schema, const std::string& defs = "{}") {
  const std::string all =
      subset(R"({"type":"object","properties":{"p":)" + schema + R"(},"$defs":)" + defs + "}");
  return std::string(json::Value(all)["properties"]["p"].raw());
}

}  // namespace

TEST_CASE("schema: what the subset knows stays, what it lacks goes") {
  CHECK(property(R"({"type":"string","description":"d","minLength":1,"pattern":"^a","title":"t",)"
                 R"("default":"x","examples":["a"],"$comment":"c","format":"uri"})") ==
        R"({"type":"string","title":"t","description":"d","minLength":1,"pattern":"^a"})");
  CHECK(property(R"({"type":"string","format":"date-time"})") ==
        R"({"type":"string","format":"date-time"})");
  CHECK(property(R"({"type":"integer","format":"int64","minimum":1,"exclusiveMinimum":0})") ==
        R"({"type":"integer","minimum":1,"format":"int64"})");
}

TEST_CASE("schema: an object of nothing is left out at the top, and kept below") {
  CHECK(subset(R"({"type":"object","properties":{}})").empty());
  CHECK(subset("{}").empty());
  CHECK(property(R"({"type":"object","additionalProperties":true})") == R"({"type":"object"})");
}

TEST_CASE("schema: lists of types") {
  CHECK(property(R"({"type":["string","null"]})") == R"({"nullable":true,"type":"string"})");
  CHECK(property(R"({"type":["string","integer"]})") ==
        R"({"anyOf":[{"type":"string"},{"type":"integer"}]})");
  CHECK(property(R"({"type":"STRING"})") == R"({"type":"string"})");
}

TEST_CASE("schema: enum, const and texts that are none") {
  CHECK(property(R"({"const":"a"})") == R"({"type":"string","enum":["a"]})");
  CHECK(property(R"({"enum":["a","",1,true]})") == R"({"type":"string","enum":["a","1","true"]})");
  CHECK(property(R"({"type":"integer","enum":[1,2]})") == R"({"type":"integer"})");
}

TEST_CASE("schema: arrays have items") {
  CHECK(property(R"({"type":"array"})") == R"({"type":"array","items":{"type":"string"}})");
  CHECK(property(R"({"type":"array","items":[{"type":"number"},{"type":"string"}]})") ==
        R"({"type":"array","items":{"type":"number"}})");
  CHECK(property(R"({"type":"array","items":{"type":"array","items":{"type":"integer"}}})") ==
        R"({"type":"array","items":{"type":"array","items":{"type":"integer"}}})");
}

TEST_CASE("schema: anyOf, oneOf and allOf") {
  CHECK(property(R"({"anyOf":[{"type":"string"},{"type":"null"}]})") ==
        R"({"nullable":true,"anyOf":[{"type":"string"}]})");
  CHECK(property(R"({"oneOf":[{"type":"string"},{"type":"number"}]})") ==
        R"({"anyOf":[{"type":"string"},{"type":"number"}]})");
  CHECK(
      property(R"({"allOf":[{"type":"object","properties":{"a":{"type":"string"}},)"
               R"("required":["a"]},{"properties":{"b":{"type":"number"}},"required":["b"]}]})") ==
      R"({"type":"object","properties":{"a":{"type":"string"},"b":{"type":"number"}},)"
      R"("required":["a","b"]})");
}

TEST_CASE("schema: references are put in their place, a description beside one wins") {
  const std::string defs = R"({"A":{"type":"string","description":"of A"},)"
                           R"("a/b":{"type":"number"}})";

  CHECK(property(R"({"$ref":"#/$defs/A"})", defs) == R"({"type":"string","description":"of A"})");
  CHECK(property(R"({"$ref":"#/$defs/A","description":"here"})", defs) ==
        R"({"type":"string","description":"here"})");
  CHECK(property(R"({"$ref":"#/$defs/a~1b"})", defs) == R"({"type":"number"})");
  CHECK(property(R"({"$ref":"#/$defs/None"})", defs) == R"({"type":"object"})");
}

TEST_CASE("schema: one that contains itself ends in an object of anything") {
  const std::string defs = R"({"N":{"type":"object","properties":{"next":{"$ref":"#/$defs/N"}}}})";
  CHECK(property(R"({"$ref":"#/$defs/N"})", defs) ==
        R"({"type":"object","properties":{"next":{"type":"object","properties":)"
        R"({"next":{"type":"object"}}}}})");
  CHECK(subset(R"({"$ref":"#"})").empty());
  CHECK(
      subset(R"({"$defs":{"A":{"$ref":"#/$defs/B"},"B":{"$ref":"#/$defs/A"}},"$ref":"#/$defs/A"})")
          .empty());
}

TEST_CASE("schema: definitions that multiply stay bounded") {
  std::string defs = R"("D0":{"type":"string"})";
  for (int i = 1; i < 30; ++i) {
    const std::string last = R"({"$ref":"#/$defs/D)" + std::to_string(i - 1) + R"("})";
    defs += R"(,"D)" + std::to_string(i) + R"(":{"type":"object","properties":{"a":)" + last +
            R"(,"b":)" + last + "}}";
  }
  const std::string out = subset(R"({"type":"object","properties":{"p":{"$ref":"#/$defs/D29"}},)"
                                 R"("$defs":{)" +
                                 defs + "}}");
  CHECK(out.size() > 256 * 1024);
  CHECK(out.size() < 300 * 1024);
}

TEST_CASE("schema: what is all of itself, ten times over at every level, is read in no time") {
  // Without a bound each of these asks for more steps than there are atoms.
  std::string self = R"({"type":"object","properties":{"a":{"type":"string"}},"allOf":[)";
  std::string chain = R"("D0":{"properties":{"a":{"type":"string"}}})";
  for (int i = 0; i < 100; ++i) self += std::string(i == 0 ? "" : ",") + R"({"$ref":"#"})";
  for (int i = 1; i < 20; ++i) {
    chain += R"(,"D)" + std::to_string(i) + R"(":{"allOf":[)";
    for (int k = 0; k < 10; ++k) {
      chain += std::string(k == 0 ? "" : ",") + R"({"$ref":"#/$defs/D)" + std::to_string(i - 1) +
               R"("})";
    }
    chain += "]}";
  }
  const std::string plain = R"({"type":"object","properties":{"a":{"type":"string"}}})";
  CHECK(subset(self + "]}") == plain);
  CHECK(subset(R"({"$ref":"#/$defs/D9","type":"object","$defs":{)" + chain + "}}") == plain);
}

TEST_CASE("schema: very many properties cost no more than their number") {
  std::string properties, required;
  for (int i = 0; i < 400'000; ++i) {
    const std::string name = "\"p" + std::to_string(i) + "\"";
    properties += (i == 0 ? "" : ",") + name + ":{}";
    required += (i == 0 ? "" : ",") + name;
  }
  const std::string schema = R"({"type":"object","properties":{)" + properties +
                             R"(},"required":[)" + required + R"(,"p0","gone"]})";
  const std::string out = gemini::subset_of(json::Value(schema));
  const json::Value made(out);
  CHECK(made["properties"].size() == 400'000);
  CHECK(made["required"].size() == 400'000);
}

TEST_CASE("schema: a property may have any name") {
  CHECK(
      subset(
          R"({"type":"object","properties":{"const":{"type":"string"},"$ref":{"type":"number"},)"
          R"("default":{"type":"string"},"enum":{"type":"string"}},"required":["const","gone"]})") ==
      R"({"type":"object","properties":{"const":{"type":"string"},"$ref":{"type":"number"},)"
      R"("default":{"type":"string"},"enum":{"type":"string"}},"required":["const"]})");
}
