#include "schema.h"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace aip::gemini {
namespace {

using json::Value;

// As long a schema as this, and no longer, may come of one that repeats its references.
constexpr std::size_t kBytesMax = 256 * 1024;
// How often one definition may stand inside itself.
constexpr std::ptrdiff_t kRoundsMax = 2;
// How much is read for one schema, what references name again each time. A few lines can ask for
// more than any machine can read; what lies beyond this is an object of anything.
constexpr std::size_t kReadBytesMax = 64 * 1024 * 1024;

// Keywords that go as they are.
constexpr std::array<std::string_view, 13> kPlain{
    "title",   "description", "minItems",        "maxItems",      "minimum",
    "maximum", "minLength",   "maxLength",       "minProperties", "maxProperties",
    "pattern", "example",     "propertyOrdering"};

constexpr std::array<std::string_view, 6> kFormats{"enum",  "date-time", "int32",
                                                   "int64", "float",     "double"};

constexpr std::array<std::string_view, 7> kTypes{"object",  "array",   "string", "number",
                                                 "integer", "boolean", "null"};

bool same_word(std::string_view a, std::string_view lower) noexcept {
  return a.size() == lower.size() &&
         std::equal(a.begin(), a.end(), lower.begin(), [](char x, char y) {
           return (x >= 'A' && x <= 'Z' ? static_cast<char>(x - 'A' + 'a') : x) == y;
         });
}

// One of the seven names in lower case; empty for anything else.
std::string_view type_named(Value value) noexcept {
  for (const std::string_view type : kTypes) {
    if (same_word(value.escaped(), type)) return type;
  }
  return {};
}

class Subset {
 public:
  explicit Subset(Value root) : root_(root), json_(out_) {}

  std::string take(Value schema) {
    write(schema, 0);
    return std::move(out_);
  }

 private:
  // What one schema says, references and allOf resolved: the keywords in order, the last word on
  // each counting.
  struct Said {
    std::vector<Value::Member> keywords;
    std::vector<Value> properties, required;   // of every part of an allOf
    std::vector<std::string_view> references;  // that were followed

    Value get(std::string_view name) const {
      for (auto m = keywords.rbegin(); m != keywords.rend(); ++m) {
        if (m->named(name)) return m->value();
      }
      return {};
    }
  };

  // "#/$defs/Name" or "#/definitions/Name": a pointer into the root.
  Value target_of(Value reference) const {
    const std::string text = reference.str();
    if (text == "#") return root_;
    if (text.substr(0, 2) != "#/") return {};
    Value at = root_;
    std::string_view rest = std::string_view(text).substr(2);
    while (at) {
      const std::size_t slash = std::min(rest.find('/'), rest.size());
      std::string name(rest.substr(0, slash));
      for (std::size_t i = 0; (i = name.find('~', i)) != std::string::npos; ++i) {
        if (name.compare(i, 2, "~1") == 0) name.replace(i, 2, "/");
        if (name.compare(i, 2, "~0") == 0) name.replace(i, 2, "~");
      }
      at = at.get(name);
      if (slash == rest.size()) break;
      rest.remove_prefix(slash + 1);
    }
    return at;
  }

  bool may_read(std::size_t bytes) noexcept {
    read_ += bytes;
    return read_ <= kReadBytesMax;
  }

  void gather(Value schema, int depth, Said& said) {
    if (depth > kSchemaDepthMax || !schema.is_object()) return;
    if (!may_read(schema.raw().size())) return;
    // What stands beside a reference goes after it, so that a description beside it wins.
    if (const Value reference = schema["$ref"]; reference.is_string()) {
      const std::string_view name = reference.escaped();
      // Followed once for one schema: a second time it would say the same.
      const auto& followed = said.references;
      const bool is_new = std::find(followed.begin(), followed.end(), name) == followed.end() &&
                          std::count(open_.begin(), open_.end(), name) < kRoundsMax;
      if (is_new && may_read(root_.raw().size())) {
        said.references.push_back(name);
        gather(target_of(reference), depth + 1, said);
      }
    }
    for (const Value::Member& m : schema.members()) {
      if (m.named("allOf")) {
        for (const Value part : m.value().items()) gather(part, depth + 1, said);
      } else if (m.named("properties")) {
        said.properties.push_back(m.value());
      } else if (m.named("required")) {
        said.required.push_back(m.value());
      } else {
        said.keywords.push_back(m);
      }
    }
  }

  void write(Value schema, int depth) {
    // True, and what is too deep or too long: an object of anything.
    if (depth > kSchemaDepthMax || out_.size() > kBytesMax || !schema.is_object()) {
      json_.object().member("type", "object").end_object();
      return;
    }
    Said said;
    gather(schema, depth, said);
    const std::size_t outside = open_.size();
    open_.insert(open_.end(), said.references.begin(), said.references.end());
    json_.object();
    write_type(said, depth);
    write_enum(said);
    for (const std::string_view name : kPlain) {
      if (const Value value = said.get(name)) json_.member_raw(name, value.raw());
    }
    const Value format = said.get("format");
    if (std::any_of(kFormats.begin(), kFormats.end(),
                    [format](std::string_view f) { return format.equals(f); })) {
      json_.member_raw("format", format.raw());
    }
    write_properties(said, depth);
    json_.end_object();
    open_.resize(outside);
  }

  void write_type(const Said& said, int depth) {
    const Value type = said.get("type");
    bool nullable = said.get("nullable").is_true();
    std::vector<std::string_view> types;
    const auto add = [&](Value value) {
      const std::string_view name = type_named(value);
      if (name == "null") nullable = true;
      if (!name.empty() && name != "null") types.push_back(name);
    };
    if (type.is_string()) add(type);
    for (const Value item : type.items()) add(item);
    const std::vector<Value> choices = choices_of(said, nullable);
    if (types.empty() && choices.empty()) types.push_back(guess(said));
    if (nullable) json_.key("nullable").boolean(true);
    if (types.size() == 1) {
      json_.member("type", types.front());
      if (types.front() == "array") write_items(said, depth);
    }
    if (types.size() > 1) {
      json_.key("anyOf").array();
      for (const std::string_view name : types) {
        json_.object().member("type", name);
        if (name == "array") write_items(said, depth);
        json_.end_object();
      }
      json_.end_array();
    } else if (!choices.empty()) {
      json_.key("anyOf").array();
      for (const Value choice : choices) write(choice, depth + 1);
      json_.end_array();
    }
  }

  // The choices of anyOf and oneOf; one that is null alone makes the whole nullable.
  std::vector<Value> choices_of(const Said& said, bool& nullable) const {
    std::vector<Value> out;
    for (const std::string_view name : {"anyOf", "oneOf"}) {
      const Value list = said.get(name);
      for (const Value choice : list.items()) {
        if (type_named(choice["type"]) == "null") {
          nullable = true;
        } else {
          out.push_back(choice);
        }
      }
    }
    return out;
  }

  static std::string_view guess(const Said& said) {
    if (!said.properties.empty()) return "object";
    if (said.get("items")) return "array";
    const Value only = said.get("const");
    if (said.get("enum") || only) return "string";
    return "object";
  }

  void write_items(const Said& said, int depth) {
    Value items = said.get("items");
    if (items.is_array()) {  // a list of places: the first stands for all
      for (const Value first : items.items()) {
        items = first;
        break;
      }
    }
    json_.key("items");
    if (items.is_object()) {
      write(items, depth + 1);
    } else {
      json_.object().member("type", "string").end_object();
    }
  }

  void write_enum(const Said& said) {
    std::vector<std::string> words;
    const auto add = [&words](Value value) {
      if (value.is_string() && !value.escaped().empty()) words.emplace_back(value.escaped());
      if (value.is_number() || value.is_bool()) words.emplace_back(value.raw());
    };
    const Value list = said.get("enum");
    for (const Value value : list.items()) add(value);
    add(said.get("const"));
    // Only texts can be listed; a list of numbers would need the type of a text.
    const std::string_view type = type_named(said.get("type"));
    if (words.empty() || (!type.empty() && type != "string")) return;
    json_.key("enum").array();
    for (const std::string& word : words) json_.escaped(word);
    json_.end_array();
  }

  void write_properties(const Said& said, int depth) {
    std::vector<Value::Member> all;
    std::unordered_map<std::string_view, std::size_t> places;  // in `all`; the last word counts
    for (const Value list : said.properties) {
      for (const Value::Member& m : list.members()) {
        const auto [place, is_new] = places.try_emplace(m.key_escaped, all.size());
        if (is_new) {
          all.push_back(m);
        } else {
          all[place->second] = m;
        }
      }
    }
    if (all.empty()) return;
    json_.key("properties").object();
    for (const Value::Member& m : all) {
      json_.key(m.key());
      write(m.value(), depth + 1);
    }
    json_.end_object();
    std::vector<Value> required;
    std::unordered_set<std::string_view> listed;
    for (const Value list : said.required) {
      for (const Value name : list.items()) {
        const bool known = name.is_string() && places.count(name.escaped()) != 0;
        if (known && listed.insert(name.escaped()).second) required.push_back(name);
      }
    }
    if (required.empty()) return;
    json_.key("required").array();
    for (const Value name : required) json_.raw(name.raw());
    json_.end_array();
  }

  const Value root_;
  std::vector<std::string_view> open_;  // the references inside which we are
  std::size_t read_ = 0;                // bytes
  std::string out_;
  json::Writer json_;
};

}  // namespace

std::string subset_of(Value schema) {
  if (!schema.is_object()) return {};
  std::string made = Subset(schema).take(schema);
  const Value value(made);
  if (value["type"].equals("object") && !value["properties"]) return {};
  return made;
}

}  // namespace aip::gemini
