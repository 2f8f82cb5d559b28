#include "core/config/check.h"

#include <charconv>

#include "core/config/judge.h"

namespace aip::config {
namespace {

// Where a finding's path leads, in the file and in the schema.
struct Place {
  const Node* node = nullptr;  // null: absent
  Mark mark;                   // of the value, or of its key where the value is empty
  std::string path;
  json::Value schema;
};

// The branch of anyOf that this value was read by.
json::Value branch_for(const Node& node, const SchemaWalk& walk, json::Value schema) {
  const auto or_itself = [&](std::string_view type) {
    const json::Value branch = walk.branch(schema, type);
    return branch ? branch : schema;
  };
  switch (node.kind) {
    case Node::Kind::Null:
      return schema;
    case Node::Kind::Sequence:
      return or_itself("array");
    case Node::Kind::Mapping:
      return or_itself("object");
    case Node::Kind::Scalar:
      break;
  }
  return or_itself(scalar_type(node, schema, walk));
}

Place locate(const Node& root, Mark key, const std::string& base, const SchemaWalk& walk,
             json::Value schema, const std::vector<std::string>& steps) {
  Place at{&root, root.kind == Node::Kind::Null ? key : root.mark, base, schema};
  // The place of a mapping is that of its key, which is where a reader looks for what is missing.
  if (key.line != 0 && root.kind == Node::Kind::Mapping) at.mark = key;
  for (const std::string& step : steps) {
    if (at.node->kind == Node::Kind::Sequence) {
      std::size_t index = 0;
      std::from_chars(step.data(), step.data() + step.size(), index);
      if (index >= at.node->items.size()) break;
      at.node = &at.node->items[index];
      at.mark = at.node->mark;
      at.path = child_path(at.path, index);
      at.schema = walk.item(at.schema);
    } else {
      const Node::Key* name = at.node->find_key(step);
      if (name == nullptr) break;
      at.node = at.node->find(step);
      const bool scalar = at.node->kind == Node::Kind::Scalar;
      at.mark = scalar ? at.node->mark : name->mark;
      at.path = child_path(at.path, step);
      at.schema = walk.member(at.schema, step);
    }
  }
  at.schema = branch_for(*at.node, walk, at.schema);
  return at;
}

class Words {
 public:
  explicit Words(const Place& place) : place_(place) {}

  [[nodiscard]] std::string text(const Finding& finding) const {
    switch (finding.keyword) {
      case Keyword::Enum:
        return enumeration();
      case Keyword::Const:
        return "must be " + std::string(keyword("const").raw()) + got();
      case Keyword::Minimum:
        if (keyword("minimum")) return "must be at least " + limit("minimum") + got();
        return "must be more than " + limit("exclusiveMinimum") + got();
      case Keyword::Maximum:
        if (keyword("maximum")) return "must be at most " + limit("maximum") + got();
        return "must be less than " + limit("exclusiveMaximum") + got();
      case Keyword::MultipleOf:
        return "must be a multiple of " + limit("multipleOf") + got();
      case Keyword::MinLength:
        if (keyword("minLength").integer() == 1) return "must not be empty";
        return "must have at least " + limit("minLength") + " characters";
      case Keyword::MaxLength:
        return "must have at most " + limit("maxLength") + " characters";
      case Keyword::MinItems:
        if (keyword("minItems").integer() == 1) return "must have at least one entry";
        return "must have at least " + limit("minItems") + " entries";
      case Keyword::MaxItems:
        return "must have at most " + limit("maxItems") + " entries, has " + count();
      case Keyword::MinProperties:
        return "must have at least " + limit("minProperties") + " keys";
      case Keyword::MaxProperties:
        return "must have at most " + limit("maxProperties") + " keys, has " + count();
      case Keyword::Pattern:
        return "must match " + shown(keyword("pattern").str());
      case Keyword::Required:
        return "the key \"" + finding.subject + "\" is missing";
      case Keyword::Dependency:
        return "the key \"" + finding.subject + "\" must stand beside it";
      case Keyword::UniqueItems:
        return "holds the same entry twice";
      case Keyword::Type:
      case Keyword::Closed:
      case Keyword::Other:
        return "fits none of the forms that are allowed here";
    }
    return {};
  }

 private:
  [[nodiscard]] json::Value keyword(std::string_view name) const { return place_.schema[name]; }
  [[nodiscard]] std::string limit(std::string_view name) const {
    return std::string(keyword(name).raw());
  }
  [[nodiscard]] std::string count() const { return std::to_string(place_.node->items.size()); }
  [[nodiscard]] std::string got() const {
    const Node& node = *place_.node;
    if (node.kind != Node::Kind::Scalar || place_.schema["writeOnly"].is_true()) return {};
    return ", got " + shown(node.written.empty() ? node.text : node.written);
  }
  [[nodiscard]] std::string enumeration() const {
    std::vector<std::string> known;
    std::string list;
    for (const json::Value item : keyword("enum").items()) {
      known.push_back(item.is_string() ? item.str() : std::string(item.raw()));
      list += (list.empty() ? "" : ", ") + known.back();
    }
    std::string out = known.size() == 1 ? "must be " + list : "must be one of " + list;
    out += got();
    const std::string near = nearest(place_.node->text, known);
    return near.empty() ? out : out + "; did you mean \"" + near + "\"?";
  }

  const Place& place_;
};

// Findings come from every branch of anyOf; those of other branches than the value's mean nothing.
bool is_of_branch(const Finding& finding, json::Value schema) {
  switch (finding.keyword) {
    case Keyword::Enum:
      return static_cast<bool>(schema["enum"]);
    case Keyword::Const:
      return static_cast<bool>(schema["const"]);
    case Keyword::Minimum:
      return schema["minimum"] || schema["exclusiveMinimum"];
    case Keyword::Maximum:
      return schema["maximum"] || schema["exclusiveMaximum"];
    case Keyword::MinLength:
      return static_cast<bool>(schema["minLength"]);
    case Keyword::MaxLength:
      return static_cast<bool>(schema["maxLength"]);
    case Keyword::Pattern:
      return static_cast<bool>(schema["pattern"]);
    case Keyword::MinItems:
      return static_cast<bool>(schema["minItems"]);
    case Keyword::MaxItems:
      return static_cast<bool>(schema["maxItems"]);
    case Keyword::MultipleOf:
    case Keyword::MinProperties:
    case Keyword::MaxProperties:
    case Keyword::Required:
    case Keyword::Dependency:
    case Keyword::UniqueItems:
    case Keyword::Type:
    case Keyword::Closed:
    case Keyword::Other:
      return true;
  }
  return true;
}

// Did shape() tell already why this place is not as the schema wants it?
bool is_told(const Finding& finding, const Place& place) {
  switch (finding.keyword) {
    case Keyword::Type:
    case Keyword::Closed:
      return true;
    case Keyword::Required: {
      // The key stands there, but its value was refused.
      const Node* value = place.node->find(finding.subject);
      return value != nullptr && value->kind != Node::Kind::Null;
    }
    case Keyword::Enum:
    case Keyword::Const:
    case Keyword::Minimum:
    case Keyword::Maximum:
    case Keyword::MultipleOf:
    case Keyword::MinLength:
    case Keyword::MaxLength:
    case Keyword::MinItems:
    case Keyword::MaxItems:
    case Keyword::MinProperties:
    case Keyword::MaxProperties:
    case Keyword::Pattern:
    case Keyword::Dependency:
    case Keyword::UniqueItems:
    case Keyword::Other:
      return false;
  }
  return false;
}

bool told_below(const Diagnostics& out, const std::string& path) {
  for (const Diagnostic& d : out.errors()) {
    if (d.path.rfind(path, 0) == 0) return true;
  }
  return false;
}

}  // namespace

std::string check(const Node& node, Mark key, std::string_view schema_text, const std::string& path,
                  const ShapeRules& rules, Diagnostics& out) {
  const json::Value schema(schema_text);
  const SchemaWalk walk(schema);
  std::string json = shape(node, schema, path, rules, out);
  const Result<std::vector<Finding>> findings = judge(schema_text, json);
  if (!findings) {
    out.error(key, path, findings.error().detail);
    return json;
  }
  for (const Finding& finding : *findings) {
    const Place place = locate(node, key, path, walk, schema, finding.path);
    if (!is_of_branch(finding, place.schema) || is_told(finding, place)) continue;
    // "None of the forms" adds nothing to a sentence that names the fault.
    if (finding.keyword == Keyword::Other && told_below(out, place.path)) continue;
    out.error(place.mark, place.path, Words(place).text(finding));
  }
  return json;
}

}  // namespace aip::config
