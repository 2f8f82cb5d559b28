// gemini_schema.h - Google's Schema (an OpenAPI subset) as JSON Schema.
//
//   {"type":"STRING","nullable":true,"minLength":"2"}  ->  {"type":["string","null"],"minLength":2}
//
// Types become lower case, `nullable` becomes the type "null", int64 written as text becomes a
// number, `example` becomes `examples`. The order of properties is Google's own affair and left
// out. Members that nobody knows here stay: a schema of JSON Schema's own words passes unchanged.
// Recursion is bounded by the depth that the body was checked for.
// Tests: tests/unit/dialect/gemini_schema_test.cpp
#pragma once

#include <aiproxy/json.hpp>

#include <string>

namespace aip::dialect {

// Appends one JSON Schema.
void append_json_schema(json::Value schema, std::string& out);

}  // namespace aip::dialect
