#include "schema_value.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <optional>
#include <utility>

namespace mock {
namespace {

using aip::json::Value;

// Below this depth only required members are made, and a list is as short as it may be; a schema
// that refers to itself ends there. kDepthMax is for one that never ends.
constexpr int kFullDepth = 5;
constexpr int kDepthMax = 24;
constexpr std::int64_t kItemsMax = 16;
constexpr std::int64_t kTextMax = 4096;

constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kFormats{
    {{"date-time", "2024-01-01T00:00:00Z"},
     {"date", "2024-01-01"},
     {"time", "00:00:00Z"},
     {"duration", "P1D"},
     {"email", "mock@example.com"},
     {"hostname", "example.com"},
     {"uri", "https://example.com/"},
     {"uuid", "00000000-0000-4000-8000-000000000000"}}};

// `text` with at least `least` and at most `most` characters.
std::string fit(std::string text, std::int64_t least, std::int64_t most) {
  std::int64_t characters = 0;
  std::size_t at = 0;
  while (at < text.size()) {
    if ((static_cast<unsigned char>(text[at]) & 0xC0) != 0x80 && characters++ == most) break;
    ++at;
  }
  text.resize(at);
  for (; characters < least; ++characters) text += 'x';
  return text;
}

class Maker {
 public:
  Maker(Value root, std::string_view first_text) : root_(root), first_text_(first_text) {}

  // Appends a value for the schema; `name` is the member that it is for.
  void make(Value schema, std::string_view name, int depth, std::string& out) {
    if (depth > kDepthMax || !schema.is_object()) {
      out += schema.is_object() ? "null" : text_for(name);
      return;
    }
    if (const Value target = follow(schema)) return make(target, name, depth + 1, out);
    if (const Value fixed = fixed_value(schema)) {
      out += fixed.raw();
      return;
    }
    if (const Value branch = branch_of(schema, depth)) return make(branch, name, depth + 1, out);
    const std::string type = type_of(schema);
    if (type == "object") return make_object(schema, depth, out);
    if (type == "array") return make_array(schema, name, depth, out);
    if (type == "integer" || type == "number") return make_number(schema, type, out);
    if (type == "boolean") {
      out += "true";
    } else if (type == "null") {
      out += "null";
    } else {
      make_string(schema, name, out);
    }
  }

 private:
  std::string text_for(std::string_view name) {
    std::string json;
    aip::json::Writer(json).string(next_text(name));
    return json;
  }
  std::string next_text(std::string_view name) {
    if (!std::exchange(first_used_, true)) return std::string(first_text_);
    return name.empty() ? std::string("mock") : "mock " + std::string(name);
  }

  // Where "$ref": "#/..." leads; None for no reference.
  Value follow(Value schema) const {
    const std::string ref = schema["$ref"].str();
    if (ref == "#") return root_;
    if (ref.rfind("#/", 0) != 0) return {};
    Value at = root_;
    std::size_t begin = 2;
    while (at && begin <= ref.size()) {
      const std::size_t end = std::min(ref.find('/', begin), ref.size());
      at = at[ref.substr(begin, end - begin)];
      begin = end + 1;
    }
    return at;
  }
  static Value fixed_value(Value schema) {
    if (const Value only = schema["const"]) return only;
    for (const Value first : schema["enum"].items()) return first;
    return schema["default"];
  }
  // The branch to follow: the first, or deep down one that ends the recursion.
  static Value branch_of(Value schema, int depth) {
    for (const std::string_view word : {"anyOf", "oneOf", "allOf"}) {
      Value chosen;
      for (const Value branch : schema[word].items()) {
        if (!chosen) chosen = branch;
        if (depth > kFullDepth && branch["type"].equals("null")) chosen = branch;
      }
      if (chosen) return chosen;
    }
    return {};
  }
  static std::string type_of(Value schema) {
    const Value type = schema["type"];
    if (type.is_string()) return type.str();
    for (const Value first : type.items()) return first.str();
    if (schema["properties"]) return "object";
    if (schema["items"]) return "array";
    return "string";
  }
  static bool requires_member(Value schema, std::string_view name) {
    for (const Value required : schema["required"].items()) {
      if (required.equals(name)) return true;
    }
    return false;
  }

  void make_object(Value schema, int depth, std::string& out) {
    out += '{';
    bool first = true;
    for (const auto& property : schema["properties"].members()) {
      const std::string name = property.key();
      if (depth > kFullDepth && !requires_member(schema, name)) continue;
      if (!std::exchange(first, false)) out += ',';
      out.append(1, '"').append(property.key_escaped).append("\":");
      make(property.value(), name, depth + 1, out);
    }
    out += '}';
  }
  void make_array(Value schema, std::string_view name, int depth, std::string& out) {
    const std::int64_t least = schema["minItems"].integer().value_or(0);
    const std::int64_t most = schema["maxItems"].integer().value_or(kItemsMax);
    const std::int64_t wish = depth > kFullDepth ? 0 : 1;
    const std::int64_t n =
        std::clamp<std::int64_t>(std::max(wish, least), 0, std::min(most, kItemsMax));
    out += '[';
    for (std::int64_t i = 0; i < n; ++i) {
      if (i > 0) out += ',';
      make(schema["items"], name, depth + 1, out);
    }
    out += ']';
  }
  void make_string(Value schema, std::string_view name, std::string& out) {
    const std::string format = schema["format"].str();
    for (const auto& [known, example] : kFormats) {
      if (known == format) {
        out.append(1, '"').append(example).append(1, '"');
        return;
      }
    }
    const std::int64_t least = schema["minLength"].integer().value_or(0);
    const std::int64_t most = schema["maxLength"].integer().value_or(kTextMax);
    aip::json::Writer(out).string(fit(next_text(name), std::min(least, kTextMax), most));
  }
  static void make_number(Value schema, std::string_view type, std::string& out) {
    double value = 1;
    const auto bound = [&](std::string_view word) -> std::optional<double> {
      const Value v = schema[word];
      return v.is_number() ? std::optional(v.number()) : std::nullopt;
    };
    if (const auto low = bound("minimum")) value = std::max(value, *low);
    if (const auto low = bound("exclusiveMinimum")) {
      if (value <= *low) value = std::floor(*low) + 1;
    }
    if (const auto high = bound("maximum")) value = std::min(value, *high);
    if (const auto high = bound("exclusiveMaximum")) {
      if (value >= *high) value = std::ceil(*high) - 1;
    }
    if (const auto step = bound("multipleOf"); step && *step > 0) {
      value = std::ceil(value / *step) * *step;
    }
    const bool whole = std::fabs(value) < 9e15 && value == std::floor(value);
    aip::json::Writer writer(out);
    if (type == "integer" || whole) {
      writer.number(static_cast<std::int64_t>(std::clamp(value, -9e15, 9e15)));
    } else {
      writer.real(value);
    }
  }

  Value root_;
  std::string_view first_text_;
  bool first_used_ = false;
};

}  // namespace

std::string value_for(Value schema, std::string_view first_text) {
  std::string out;
  Maker(schema, first_text).make(schema, {}, 0, out);
  return out;
}

}  // namespace mock
