#include "core/config/shape.h"

#include <algorithm>
#include <optional>

#include "core/config/environment.h"
#include "core/config/formats.h"

namespace aip::config {
namespace {

// std::regex, which valijson uses for `pattern`, recurses for each character.
constexpr std::size_t kPatternTextBytesMax = 1024;

bool is_integer(std::string_view text) {
  if (!text.empty() && text.front() == '-') text.remove_prefix(1);
  if (text.empty() || text.size() > 18 || (text.size() > 1 && text.front() == '0')) return false;
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// JSON's own grammar, so that the text can stand in the result as it is.
bool is_number(std::string_view text) {
  const std::size_t dot = text.find_first_of(".eE");
  if (!is_integer(text.substr(0, dot))) return false;
  if (dot == std::string_view::npos) return true;
  const auto digits = [&text](std::size_t& at) {
    const std::size_t begin = at;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
    return at > begin;
  };
  std::size_t at = dot;
  if (text[at] == '.' && !digits(++at)) return false;
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    if (!digits(at) || text.size() - at > 3) return false;
  }
  return at == text.size() && text.size() <= 32;
}

bool is_true(std::string_view text) {
  return text == "true" || text == "True" || text == "TRUE";
}
bool is_false(std::string_view text) {
  return text == "false" || text == "False" || text == "FALSE";
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  json::escape(text, out);
  return out + "\"";
}

// Each step gives one JSON value, or nothing: an error was told, or the value is absent.
using Json = std::optional<std::string>;

class Shaper {
 public:
  Shaper(json::Value schema, const ShapeRules& rules, Diagnostics& out)
      : walk_(schema), rules_(rules), out_(out) {}

  Json value(const Node& node, json::Value schema, const std::string& path) {
    switch (node.kind) {
      case Node::Kind::Null:
        return null(schema);
      case Node::Kind::Scalar:
        return scalar(node, schema, path);
      case Node::Kind::Sequence:
        return sequence(node, schema, path);
      case Node::Kind::Mapping:
        return mapping(node, schema, path);
    }
    return std::nullopt;
  }

 private:
  [[nodiscard]] Json null(json::Value schema) const {
    if (walk_.expected(schema).empty()) return std::nullopt;
    if (walk_.takes(schema, "object")) return "{}";
    if (walk_.takes(schema, "array")) return "[]";
    return std::nullopt;
  }

  Json wrong_type(const Node& node, json::Value schema, const std::string& path,
                  const std::string& got) {
    out_.error(node.mark, path, "expected " + walk_.expected(schema) + ", got " + got);
    return std::nullopt;
  }

  Json scalar(const Node& node, json::Value schema, const std::string& path) {
    if (node.broken) return std::nullopt;
    const std::string_view type = scalar_type(node, schema, walk_);
    if (type == "integer" || type == "number") return node.text;
    if (type == "boolean") return is_true(node.text) ? "true" : "false";
    if (!walk_.takes(schema, "string")) {
      return wrong_type(node, schema, path, got_scalar(node, schema));
    }
    return string(node, walk_.branch(schema, "string"), path);
  }

  [[nodiscard]] std::string got_scalar(const Node& node, json::Value schema) const {
    // Where a list or a mapping is wanted, a text may be a misplaced secret.
    if (!walk_.takes(schema, "integer") && !walk_.takes(schema, "boolean")) return "a text";
    std::string words = shown(node.written.empty() ? node.text : node.written);
    if (!node.plain && node.written.empty() && (is_integer(node.text) || is_true(node.text))) {
      return words + " in quotes; remove the quotes";
    }
    if (walk_.takes(schema, "boolean")) {
      for (const std::string_view yes : {"yes", "on", "y"}) {
        if (node.text == yes) return words + "; write true";
      }
      for (const std::string_view no : {"no", "off", "n"}) {
        if (node.text == no) return words + "; write false";
      }
    }
    return words;
  }

  Json string(const Node& node, json::Value schema, const std::string& path) {
    const bool secret = schema["writeOnly"].is_true();
    if (secret) out_.secret(node.text);
    if (schema["pattern"] && node.text.size() > kPatternTextBytesMax) {
      out_.error(node.mark, path,
                 "longer than " + std::to_string(kPatternTextBytesMax) + " characters");
      return std::nullopt;
    }
    const std::string format = schema["format"].str();
    if (const auto fault = format_fault(format, node.text)) {
      const std::string& text = node.written.empty() ? node.text : node.written;
      out_.error(node.mark, path, *fault + (secret ? std::string() : "; got " + shown(text)));
      return std::nullopt;
    }
    return quoted(format == "path" ? resolve_path(node.text, rules_.folder) : node.text);
  }

  Json sequence(const Node& node, json::Value schema, const std::string& path) {
    if (!walk_.takes(schema, "array")) return wrong_type(node, schema, path, "a list");
    const json::Value item = walk_.item(schema);
    std::string out = "[";
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      const std::string item_path = child_path(path, i);
      if (node.items[i].kind == Node::Kind::Null) {
        out_.error(node.items[i].mark, item_path, "an empty entry");
      }
      // A place is kept even when its value is not, so that later entries keep their numbers.
      if (i > 0) out += ',';
      out += value(node.items[i], item, item_path).value_or("null");
    }
    return out + "]";
  }

  Json mapping(const Node& node, json::Value schema, const std::string& path) {
    if (!walk_.takes(schema, "object")) return wrong_type(node, schema, path, "a mapping");
    std::string out = "{";
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      const Node::Key& key = node.keys[i];
      const json::Value member = walk_.member(schema, key.name);
      if (!member) {
        unknown(key, schema, path);
        continue;
      }
      const Json text = value(node.items[i], member, child_path(path, key.name));
      if (!text) continue;
      if (member["deprecated"].is_true() && *text != "false") without_effect(key, member, path);
      if (out.size() > 1) out += ',';
      out += quoted(key.name) + ":" + *text;
    }
    return out + "}";
  }

  void unknown(const Node::Key& key, json::Value schema, const std::string& path) {
    if (rules_.unknown_keys == UnknownKeys::Warn) {
      out_.warning(key.mark, child_path(path, key.name), "unknown key, ignored");
    } else {
      out_.error(key.mark, child_path(path, key.name),
                 "unknown key" + suggestion(key.name, walk_.keys(schema)));
    }
  }

  void without_effect(const Node::Key& key, json::Value schema, const std::string& path) {
    const std::string why = schema["description"].str();
    out_.warning(key.mark, child_path(path, key.name),
                 "taken, but of no effect" + (why.empty() ? why : ": " + why));
  }

  SchemaWalk walk_;
  const ShapeRules& rules_;
  Diagnostics& out_;
};

}  // namespace

std::string_view scalar_type(const Node& node, json::Value schema, const SchemaWalk& walk) {
  const bool anything = walk.expected(schema).empty();
  // "${PORT}" in quotes is still meant as a number where a number is wanted.
  if (!node.plain && (anything || node.written.empty())) return "string";
  if (walk.takes(schema, "integer") && is_integer(node.text)) return "integer";
  if (walk.takes(schema, "number") && is_number(node.text)) return "number";
  if (walk.takes(schema, "boolean") && (is_true(node.text) || is_false(node.text))) {
    return "boolean";
  }
  return "string";
}

std::string shape(const Node& node, json::Value schema, const std::string& path,
                  const ShapeRules& rules, Diagnostics& out) {
  return Shaper(schema, rules, out).value(node, schema, path).value_or("{}");
}

}  // namespace aip::config
