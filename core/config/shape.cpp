#include "core/config/shape.h"

#include <algorithm>
#include <cctype>

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

class Shaper {
 public:
  Shaper(json::Value schema, const ShapeRules& rules, Diagnostics& out)
      : walk_(schema), rules_(rules), out_(out) {}

  // Appends one JSON value. False: nothing was appended, because an error was told or the value is
  // absent.
  bool value(const Node& node, json::Value schema, const std::string& path, std::string& json) {
    switch (node.kind) {
      case Node::Kind::Null:
        return null(schema, json);
      case Node::Kind::Scalar:
        return scalar(node, schema, path, json);
      case Node::Kind::Sequence:
        return sequence(node, schema, path, json);
      case Node::Kind::Mapping:
        return mapping(node, schema, path, json);
    }
    return false;
  }

 private:
  bool null(json::Value schema, std::string& json) const {
    if (walk_.takes(schema, "object") && !walk_.expected(schema).empty()) {
      json += "{}";
    } else if (walk_.takes(schema, "array") && !walk_.expected(schema).empty()) {
      json += "[]";
    } else {
      return false;
    }
    return true;
  }

  bool wrong_type(const Node& node, json::Value schema, const std::string& path,
                  const std::string& got) {
    out_.error(node.mark, path, "expected " + walk_.expected(schema) + ", got " + got);
    return false;
  }

  bool scalar(const Node& node, json::Value schema, const std::string& path, std::string& json) {
    if (node.broken) return false;
    const std::string_view type = scalar_type(node, schema, walk_);
    if (type == "integer" || type == "number") return json += node.text, true;
    if (type == "boolean") return json += is_true(node.text) ? "true" : "false", true;
    if (!walk_.takes(schema, "string")) {
      return wrong_type(node, schema, path, got_scalar(node, schema));
    }
    return string(node, walk_.branch(schema, "string"), path, json);
  }

  [[nodiscard]] std::string got_scalar(const Node& node, json::Value schema) const {
    // Where a list or a mapping is wanted, a text may be a misplaced secret.
    if (!walk_.takes(schema, "integer") && !walk_.takes(schema, "boolean")) return "a text";
    std::string words = shown(node.written.empty() ? node.text : node.written);
    if (!node.plain && node.written.empty() && (is_integer(node.text) || is_true(node.text))) {
      words += " in quotes; remove the quotes";
    } else if (walk_.takes(schema, "boolean")) {
      for (const std::string_view word : {"yes", "on", "y"}) {
        if (node.text == word) words += "; write true";
      }
      for (const std::string_view word : {"no", "off", "n"}) {
        if (node.text == word) words += "; write false";
      }
    }
    return words;
  }

  bool string(const Node& node, json::Value schema, const std::string& path, std::string& json) {
    const bool secret = schema["writeOnly"].is_true();
    if (secret) out_.secret(node.text);
    if (schema["pattern"] && node.text.size() > kPatternTextBytesMax) {
      out_.error(node.mark, path,
                 "longer than " + std::to_string(kPatternTextBytesMax) + " characters");
      return false;
    }
    std::string text = node.text;
    if (const json::Value format = schema["format"]) {
      const std::string name = format.str();
      if (const auto fault = format_fault(name, text)) {
        const bool quote = !secret && name != "proxy-url";
        out_.error(node.mark, path,
                   *fault + (quote ? "; got " + shown(node.written.empty() ? text : node.written)
                                   : std::string()));
        return false;
      }
      if (name == "path") text = resolve_path(text, rules_.folder);
    }
    json += '"';
    json::escape(text, json);
    json += '"';
    return true;
  }

  bool sequence(const Node& node, json::Value schema, const std::string& path, std::string& json) {
    if (!walk_.takes(schema, "array")) return wrong_type(node, schema, path, "a list");
    const json::Value item = walk_.item(schema);
    json += '[';
    bool first = true;
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      const Node& child = node.items[i];
      const std::string child_at = child_path(path, i);
      if (child.kind == Node::Kind::Null) {
        out_.error(child.mark, child_at, "an empty entry");
      }
      std::string text;
      // A place is kept even when its value is not, so that later entries keep their numbers.
      const bool good = value(child, item, child_at, text);
      if (!first) json += ',';
      json += good ? text : "null";
      first = false;
    }
    json += ']';
    return true;
  }

  bool mapping(const Node& node, json::Value schema, const std::string& path, std::string& json) {
    if (!walk_.takes(schema, "object")) return wrong_type(node, schema, path, "a mapping");
    json += '{';
    bool first = true;
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      const Node::Key& key = node.keys[i];
      const json::Value member = walk_.member(schema, key.name);
      if (!member) {
        unknown(key, schema, path);
        continue;
      }
      std::string text;
      if (!value(node.items[i], member, child_path(path, key.name), text)) continue;
      if (!first) json += ',';
      json += '"';
      json::escape(key.name, json);
      json += "\":" + text;
      first = false;
    }
    json += '}';
    return true;
  }

  void unknown(const Node::Key& key, json::Value schema, const std::string& path) {
    std::string text = "unknown key" + suggestion(key.name, walk_.keys(schema));
    if (rules_.unknown_keys == UnknownKeys::Warn) {
      out_.warning(key.mark, child_path(path, key.name), "unknown key, ignored");
    } else {
      out_.error(key.mark, child_path(path, key.name), std::move(text));
    }
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
  std::string json;
  if (!Shaper(schema, rules, out).value(node, schema, path, json)) return "{}";
  return json;
}

}  // namespace aip::config
