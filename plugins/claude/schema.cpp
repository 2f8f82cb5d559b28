#include "schema.h"

#include <algorithm>
#include <array>

namespace aip::claude {
namespace {

// Keywords that the service refuses in this place.
constexpr std::array<std::string_view, 21> kRefused{"minimum",
                                                    "maximum",
                                                    "exclusiveMinimum",
                                                    "exclusiveMaximum",
                                                    "multipleOf",
                                                    "minLength",
                                                    "maxLength",
                                                    "maxItems",
                                                    "uniqueItems",
                                                    "contains",
                                                    "minContains",
                                                    "maxContains",
                                                    "minProperties",
                                                    "maxProperties",
                                                    "patternProperties",
                                                    "propertyNames",
                                                    "if",
                                                    "not",
                                                    "oneOf",
                                                    "dependentSchemas",
                                                    "prefixItems"};

// Members whose value is one schema, a list of schemas, or an object of schemas by name.
constexpr std::array<std::string_view, 1> kOne{"items"};
constexpr std::array<std::string_view, 2> kList{"anyOf", "allOf"};
constexpr std::array<std::string_view, 3> kByName{"properties", "$defs", "definitions"};

template <std::size_t N>
bool among(const std::array<std::string_view, N>& names, const json::Value::Member& m) {
  return std::any_of(names.begin(), names.end(),
                     [&m](std::string_view name) { return m.named(name); });
}

bool is_object_schema(json::Value schema) {
  const json::Value type = schema["type"];
  if (type.equals("object")) return true;
  for (const json::Value item : type.items()) {
    if (item.equals("object")) return true;
  }
  return static_cast<bool>(schema["properties"]);
}

bool member_fits(const json::Value::Member& m) {
  const json::Value value = m.value();
  if (among(kRefused, m)) return false;
  if (m.named("$ref")) return value.escaped().substr(0, 1) == "#";
  if (m.named("minItems")) return value.integer() == 0 || value.integer() == 1;
  if (among(kOne, m)) return fits_structured_output(value);
  if (among(kList, m)) {
    for (const json::Value item : value.items()) {
      if (!fits_structured_output(item)) return false;
    }
  }
  if (among(kByName, m)) {
    for (const json::Value::Member& named : value.members()) {
      if (!fits_structured_output(named.value())) return false;
    }
  }
  return true;
}

}  // namespace

// The host bounds the depth of every text that it lets in, and so this recursion.
bool fits_structured_output(json::Value schema) {
  if (!schema.is_object()) return false;
  if (is_object_schema(schema) && !schema["additionalProperties"].is_false()) return false;
  for (const json::Value::Member& m : schema.members()) {
    if (!member_fits(m)) return false;
  }
  return true;
}

}  // namespace aip::claude
