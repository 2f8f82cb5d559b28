// schema_walk.h - steps through a JSON Schema (draft 7) along the path of a document.
//
// Understood: type, properties, patternless additionalProperties, items, $ref to "#/...", and the
// branches of anyOf and oneOf. Everything else is valijson's (judge.h).
// Lifetime: views into the schema's text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.h"

namespace aip::config {

class SchemaWalk {
 public:
  explicit SchemaWalk(json::Value root) : root_(root) {}

  // The schema behind any $ref.
  [[nodiscard]] json::Value resolve(json::Value schema) const;
  // The branches of anyOf/oneOf, or the schema itself.
  [[nodiscard]] std::vector<json::Value> branches(json::Value schema) const;
  // The branch that takes values of this type; None if there is none. A schema without `type`
  // takes everything.
  [[nodiscard]] json::Value branch(json::Value schema, std::string_view type) const;
  // Does it take this type ("integer" is also taken by "number")?
  [[nodiscard]] bool takes(json::Value schema, std::string_view type) const;
  // "an integer", "true or false", "a list or a mapping"; empty: anything.
  [[nodiscard]] std::string expected(json::Value schema) const;

  // The schema of a member; None if the key is unknown there.
  [[nodiscard]] json::Value member(json::Value schema, std::string_view key) const;
  [[nodiscard]] json::Value item(json::Value schema) const;
  [[nodiscard]] std::vector<std::string> keys(json::Value schema) const;

 private:
  json::Value root_;
};

}  // namespace aip::config
