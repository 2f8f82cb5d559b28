// shape.h - gives YAML's untyped scalars the types that a schema wants, as JSON text.
//
// `id: 10001` is the text "10001" where the schema says string, and `api_version: 2023-06-01` stays
// its text; a plain 8999 is a number where it says integer. The type comes from the schema alone,
// so no value means one thing in one place and another elsewhere.
//   - A key that the schema does not name is an error with a suggestion (or a warning, for the
//     seed's shape); it is left out of the result.
//   - A key without a value is as if it were absent, but where a mapping or a list is wanted: there
//     it is an empty one (`bing:`).
//   - Texts of format "path" come out resolved against `folder`.
//   - A key whose schema is `deprecated` gives a warning, unless it is false: it has no effect.
//   - Values of `writeOnly` schemas are secrets: they are registered with Diagnostics.
// What types cannot say (ranges, enumerations, required keys) is judged afterwards by judge.h.
// Tests: tests/unit/config/check_test.cpp
#pragma once

#include <string>

#include "core/config/schema_walk.h"
#include "core/config/yaml.h"

namespace aip::config {

enum class UnknownKeys : std::uint8_t { Refuse, Warn };

struct ShapeRules {
  std::string folder;
  UnknownKeys unknown_keys = UnknownKeys::Refuse;
};

// `path` is that of `node` in the file. The text is valid JSON whatever was told.
[[nodiscard]] std::string shape(const Node& node, json::Value schema, const std::string& path,
                                const ShapeRules& rules, Diagnostics& out);

// "integer", "number", "boolean" or "string": what a scalar is read as by this schema.
[[nodiscard]] std::string_view scalar_type(const Node& node, json::Value schema,
                                           const SchemaWalk& walk);

}  // namespace aip::config
