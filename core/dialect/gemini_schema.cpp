#include "core/dialect/gemini_schema.h"

#include <algorithm>
#include <array>

#include "core/base/ascii.h"
#include "core/dialect/escape.h"
#include "core/dialect/gemini_names.h"

namespace aip::dialect {
namespace {

using json::Value;

constexpr std::array<std::string_view, 8> kCounts{"minItems",  "maxItems",      "minLength",
                                                  "maxLength", "minProperties", "maxProperties",
                                                  "minimum",   "maximum"};
constexpr std::array<std::string_view, 4> kLists{"anyOf", "oneOf", "allOf", "prefixItems"};
constexpr std::array<std::string_view, 3> kSchemas{"items", "additionalProperties", "not"};
constexpr std::array<std::string_view, 3> kMaps{"properties", "defs", "definitions"};

template <std::size_t N>
bool is_one_of(std::string_view name, const std::array<std::string_view, N>& list) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

class SchemaWriter {
 public:
  explicit SchemaWriter(std::string& out) : out_(out) {}

  void write(Value schema) {
    if (!schema.is_object()) {
      out_.append(schema.raw());  // true and false are schemas
      return;
    }
    nullable_ = member_of(schema, "nullable").is_true();
    out_.push_back('{');
    first_ = true;
    for (const Value::Member& m : schema.members()) member(m.key(), m.value());
    out_.push_back('}');
  }

 private:
  void key(std::string_view name) {
    if (!first_) out_.push_back(',');
    first_ = false;
    append_string(name, out_);
    out_.push_back(':');
  }

  static void nested(Value schema, std::string& out) { SchemaWriter(out).write(schema); }

  void member(const std::string& raw_name, Value value) {
    const std::string name = camel_of(raw_name);
    if (name == "nullable" || name == "propertyOrdering" || name == "propertyOrder") return;
    if (name == "type") return type(value);
    if (name == "format" && value.equals("enum")) return;  // says what `enum` says
    if (name == "enum" && nullable_) return nullable_enum(value);
    if (name == "example") {
      key("examples");
      out_.append(1, '[').append(value.raw()).append(1, ']');
    } else if (is_one_of(name, kCounts)) {
      key(name);
      out_.append(value.is_string() && !value.escaped().empty() ? value.escaped() : value.raw());
    } else if (is_one_of(name, kLists) && value.is_array()) {
      key(name);
      list(value);
    } else if (is_one_of(name, kSchemas)) {
      key(name);
      nested(value, out_);
    } else if (raw_name == "$defs" || is_one_of(name, kMaps)) {
      key(name == "defs" ? "$defs" : raw_name == "$defs" ? raw_name : name);
      map(value);
    } else {
      key(name == "ref" ? "$ref" : raw_name);
      out_.append(value.raw());
    }
  }

  void type(Value value) {
    if (!value.is_string()) {
      key("type");
      out_.append(value.raw());
      return;
    }
    const std::string name = lower(value.str());
    if (name == "type_unspecified") return;
    key("type");
    if (nullable_ && name != "null") out_.push_back('[');
    append_string(name, out_);
    if (nullable_ && name != "null") out_.append(",\"null\"]");
  }

  // JSON Schema's enum is the whole truth: without null in it, null is refused.
  void nullable_enum(Value value) {
    key("enum");
    out_.push_back('[');
    bool has_null = false;
    for (const Value item : value.items()) {
      has_null = has_null || item.is_null();
      out_.append(item.raw()).push_back(',');
    }
    if (has_null) {
      out_.back() = ']';
    } else {
      out_.append("null]");
    }
  }

  void list(Value schemas) {
    out_.push_back('[');
    bool first = true;
    for (const Value schema : schemas.items()) {
      if (!first) out_.push_back(',');
      first = false;
      nested(schema, out_);
    }
    out_.push_back(']');
  }

  void map(Value schemas) {
    out_.push_back('{');
    bool first = true;
    for (const Value::Member& m : schemas.members()) {
      if (!first) out_.push_back(',');
      first = false;
      out_.append(1, '"').append(m.key_escaped).append("\":");
      nested(m.value(), out_);
    }
    out_.push_back('}');
  }

  std::string& out_;
  bool nullable_ = false;
  bool first_ = true;
};

}  // namespace

void append_json_schema(Value schema, std::string& out) {
  SchemaWriter(out).write(schema);
}

}  // namespace aip::dialect
