// check.h - one YAML value against one schema: its JSON, and every fault in words with its place.
//
// shape.h gives types and finds unknown keys; judge.h finds what else the schema forbids; here its
// findings become sentences ("must be at most 10, got 11") at the line and column of the value, or
// of the key where something is missing below it.
// Tests: tests/unit/config/check_test.cpp
#pragma once

#include <string>

#include "core/config/shape.h"

namespace aip::config {

// `schema` is a whole schema text. `path` is that of `node` in the file, `key` the place of its key
// (for a mapping without a value). The result is valid JSON whatever was told.
[[nodiscard]] std::string check(const Node& node, Mark key, std::string_view schema,
                                const std::string& path, const ShapeRules& rules, Diagnostics& out);

}  // namespace aip::config
