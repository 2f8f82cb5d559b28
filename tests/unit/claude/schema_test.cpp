#include "plugins/claude/schema.h"

#include <doctest/doctest.h>

#include <string>

using aip::claude::fits_structured_output;

TEST_CASE("schema: what structured output takes and what it does not") {
  struct Row {
    const char* schema;
    bool fits;
  };
  const Row rows[] = {
      {R"({"type":"object","properties":{},"additionalProperties":false})", true},
      {R"({"type":"object","properties":{}})", false},
      {R"({"type":"object","properties":{},"additionalProperties":true})", false},
      {R"({"properties":{}})", false},
      {R"({"type":["object","null"],"properties":{}})", false},
      {R"({"type":"object","additionalProperties":false,"properties":{"a":{"type":"object","properties":{}}}})",
       false},
      {R"({"type":"object","additionalProperties":false,"properties":{"a":{"type":"array","items":{"type":"object"}}}})",
       false},
      {R"({"type":"object","additionalProperties":false,"properties":{"a":{"anyOf":[{"type":"string"},{"type":"object"}]}}})",
       false},
      {R"({"type":"object","additionalProperties":false,"properties":{"a":{"type":"integer","minimum":1}}})",
       false},
      {R"({"type":"object","additionalProperties":false,"properties":{"minimum":{"type":"integer"}}})",
       true},
      {R"({"type":"object","additionalProperties":false,"properties":{"a":{"type":"array","minItems":1,"items":{"type":"string"}}}})",
       true},
      {R"({"type":"object","additionalProperties":false,"properties":{"a":{"type":"array","minItems":2,"items":{"type":"string"}}}})",
       false},
      {R"({"type":"object","additionalProperties":false,"properties":{"a":{"$ref":"#/$defs/d"}},"$defs":{"d":{"enum":["a"]}}})",
       true},
      {R"({"type":"object","additionalProperties":false,"properties":{},"$defs":{"d":{"type":"object"}}})",
       false},
      {R"({"type":"object","additionalProperties":false,"properties":{"a":{"$ref":"https://x/y"}}})",
       false},
      {R"(null)", false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.schema);
    CHECK(fits_structured_output(aip::json::Value(row.schema)) == row.fits);
  }
}
