// judge.h - JSON Schema (draft 7) by valijson: what types alone do not say.
//
// The only file that includes valijson, whose templates take 15 seconds to compile. Texts reach
// RapidJSON's tree through our own walker, never through its parser.
// A Finding is one broken keyword at one place. valijson also tells each parent of a broken value
// ("failed to validate item #2"); those are left out wherever a deeper finding explains them.
// Errors: a schema that cannot be compiled is GatewayPlugin.
// Tests: tests/unit/config/check_test.cpp
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace aip::config {

enum class Keyword : std::uint8_t {
  Enum,
  Const,
  Minimum,  // exclusiveMinimum as well
  Maximum,
  MultipleOf,
  MinLength,
  MaxLength,
  MinItems,
  MaxItems,
  MinProperties,
  MaxProperties,
  Pattern,
  Required,
  Dependency,
  UniqueItems,
  Type,
  Closed,  // a key that additionalProperties refuses
  Other,
};

struct Finding {
  std::vector<std::string> path;  // "listen", "0", "address": the document tells lists apart
  Keyword keyword = Keyword::Other;
  std::string subject;  // Required, Dependency: the missing key
};

// Both texts are valid JSON.
[[nodiscard]] Result<std::vector<Finding>> judge(std::string_view schema,
                                                 std::string_view document);

}  // namespace aip::config
