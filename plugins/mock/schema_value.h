// schema_value.h - a JSON value that fits a JSON Schema, the same one each time.
//
// Knows const, enum, default, type, properties, required, items, anyOf, oneOf, allOf, $ref into
// the schema itself, and the bounds of strings, numbers and lists. A `pattern` is not solved.
#pragma once

#include <aiproxy/json.hpp>

#include <string>
#include <string_view>

namespace mock {

// The first free string is `first_text`; further ones are "mock <name of their member>".
[[nodiscard]] std::string value_for(aip::json::Value schema, std::string_view first_text);

}  // namespace mock
