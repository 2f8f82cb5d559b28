#include "core/dialect/gemini_schema.h"

#include <doctest/doctest.h>

#include "core/base/json.h"

namespace gemini_schema_test {
namespace {

std::string schema_of(std::string_view google) {
  std::string out;
  aip::dialect::append_json_schema(aip::json::Value(google), out);
  CHECK_MESSAGE(aip::json::check(out).ok(), out);
  return out;
}

struct Row {
  const char *google, *json;
};

}  // namespace

TEST_CASE("schema: Google's words become JSON Schema's") {
  const Row rows[] = {
      {R"({"type":"STRING"})", R"({"type":"string"})"},
      {R"({"type":"TYPE_UNSPECIFIED","title":"t"})", R"({"title":"t"})"},
      {R"({"type":"STRING","nullable":true})", R"({"type":["string","null"]})"},
      {R"({"nullable":true,"type":"STRING","enum":["a"],"format":"enum"})",
       R"({"type":["string","null"],"enum":["a",null]})"},
      {R"({"nullable":true,"enum":[]})", R"({"enum":[null]})"},
      {R"({"nullable":false,"type":"NULL"})", R"({"type":"null"})"},
      {R"({"type":"ARRAY","minItems":"2","max_items":3,"items":{"type":"NUMBER","format":"float"}})",
       R"({"type":"array","minItems":2,"maxItems":3,"items":{"type":"number","format":"float"}})"},
      {R"({"type":"OBJECT","properties":{"type":{"type":"STRING"},"any_of":{"type":"BOOLEAN"},"nullable":{"type":"INTEGER"}},"required":["type"],"propertyOrdering":["type"]})",
       R"({"type":"object","properties":{"type":{"type":"string"},"any_of":{"type":"boolean"},"nullable":{"type":"integer"}},"required":["type"]})"},
      {R"({"any_of":[{"type":"STRING"},{"type":"INTEGER"}],"example":{"a":1},"default":"x"})",
       R"({"anyOf":[{"type":"string"},{"type":"integer"}],"examples":[{"a":1}],"default":"x"})"},
      {R"({"defs":{"a":{"type":"STRING"}},"ref":"#/$defs/a"})",
       R"({"$defs":{"a":{"type":"string"}},"$ref":"#/$defs/a"})"},
      {R"({})", R"({})"},
  };
  for (const Row& row : rows) CHECK(schema_of(row.google) == row.json);
}

TEST_CASE("schema: a schema in JSON Schema's own words passes unchanged") {
  for (
      const char* schema :
      {R"({"type":["string","null"],"pattern":"^a$","const":1})",
       R"({"$defs":{"X":{"type":"object"}},"properties":{"a":{"$ref":"#/$defs/X"}},"additionalProperties":false})",
       R"({"type":"object","additionalProperties":{"type":"string"},"if":{},"minimum":1.50})",
       "true"}) {
    CHECK(schema_of(schema) == schema);
  }
}

}  // namespace gemini_schema_test
