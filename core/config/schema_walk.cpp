#include "core/config/schema_walk.h"

#include <utility>

namespace aip::config {
namespace {

constexpr int kRefsMax = 16;  // a $ref that leads to itself ends here
constexpr std::string_view kAnything = "{}";

constexpr std::pair<std::string_view, std::string_view> kTypeWords[] = {
    {"integer", "an integer"}, {"number", "a number"}, {"boolean", "true or false"},
    {"string", "text"},        {"array", "a list"},    {"object", "a mapping"},
};

}  // namespace

json::Value SchemaWalk::resolve(json::Value schema) const {
  for (int hops = 0; hops < kRefsMax; ++hops) {
    const json::Value ref = schema["$ref"];
    if (!ref.is_string()) return schema;
    std::string path = ref.str();
    if (!path.starts_with('#')) return json::Value(kAnything);
    schema = root_;
    for (std::size_t at = 1; at < path.size();) {
      const std::size_t slash = path.find('/', at + 1);
      schema = schema[path.substr(at + 1, slash == std::string::npos ? slash : slash - at - 1)];
      at = slash == std::string::npos ? path.size() : slash;
    }
  }
  return json::Value(kAnything);
}

std::vector<json::Value> SchemaWalk::branches(json::Value schema) const {
  schema = resolve(schema);
  std::vector<json::Value> out;
  for (const std::string_view word : {"anyOf", "oneOf"}) {
    for (const json::Value branch : schema[word].items()) out.push_back(resolve(branch));
  }
  if (out.empty()) out.push_back(schema);
  return out;
}

bool SchemaWalk::takes(json::Value schema, std::string_view type) const {
  return static_cast<bool>(branch(schema, type));
}

json::Value SchemaWalk::branch(json::Value schema, std::string_view type) const {
  const auto fits = [type](json::Value name) {
    return name.equals(type) || (type == "integer" && name.equals("number"));
  };
  for (const json::Value candidate : branches(schema)) {
    const json::Value types = candidate["type"];
    if (!types || (types.is_string() && fits(types))) return candidate;
    for (const json::Value name : types.items()) {
      if (fits(name)) return candidate;
    }
  }
  return {};
}

std::string SchemaWalk::expected(json::Value schema) const {
  std::string out;
  const auto add = [&out](json::Value name) {
    for (const auto& [type, words] : kTypeWords) {
      if (!name.equals(type) || out.find(words) != std::string::npos) continue;
      if (!out.empty()) out += " or ";
      out += words;
    }
  };
  for (const json::Value candidate : branches(schema)) {
    const json::Value types = candidate["type"];
    if (types.is_string()) add(types);
    for (const json::Value name : types.items()) add(name);
  }
  return out;
}

json::Value SchemaWalk::member(json::Value schema, std::string_view key) const {
  const json::Value object = branch(schema, "object");
  if (!object) return {};
  const json::Value properties = object["properties"];
  if (const json::Value known = properties[key]) return resolve(known);
  const json::Value additional = object["additionalProperties"];
  if (additional.is_object()) return resolve(additional);
  if (additional.is_true()) return json::Value(kAnything);
  // Draft 7 would let unknown keys pass where nothing is said; here a mapping that names its keys
  // is closed, because a misspelt key must never be ignored.
  if (additional.is_false() || properties) return {};
  return json::Value(kAnything);
}

json::Value SchemaWalk::item(json::Value schema) const {
  const json::Value array = branch(schema, "array");
  const json::Value items = array["items"];
  return items.is_object() ? resolve(items) : json::Value(kAnything);
}

std::vector<std::string> SchemaWalk::keys(json::Value schema) const {
  std::vector<std::string> out;
  for (const auto& member : branch(schema, "object")["properties"].members()) {
    out.push_back(member.key());
  }
  return out;
}

}  // namespace aip::config
