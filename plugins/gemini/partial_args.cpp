#include "partial_args.h"

#include <optional>

namespace aip::gemini {
namespace {

struct Step {
  std::string name;
  bool is_item = false;
};

// "$.a.b[0]['c']" as steps; nothing for what is no such path.
std::optional<std::vector<Step>> steps_of(std::string_view path) {
  if (path.substr(0, 1) != "$") return std::nullopt;
  path.remove_prefix(1);
  std::vector<Step> steps;
  while (!path.empty()) {
    if (steps.size() >= PartialArgs::kDepthMax) return std::nullopt;
    if (path.front() == '.') {
      path.remove_prefix(1);
      const std::size_t end = std::min(path.find_first_of(".["), path.size());
      if (end == 0) return std::nullopt;
      steps.push_back({std::string(path.substr(0, end)), false});
      path.remove_prefix(end);
      continue;
    }
    const std::size_t close = path.find(']');
    if (path.front() != '[' || close == std::string_view::npos || close < 2) return std::nullopt;
    std::string_view inside = path.substr(1, close - 1);
    const bool quoted = inside.size() >= 2 && (inside.front() == '\'' || inside.front() == '"') &&
                        inside.back() == inside.front();
    if (quoted) inside = inside.substr(1, inside.size() - 2);
    if (!quoted && inside.find_first_not_of("0123456789") != std::string_view::npos) {
      return std::nullopt;
    }
    steps.push_back({std::string(inside), !quoted});
    path.remove_prefix(close + 1);
  }
  if (steps.empty()) return std::nullopt;
  return steps;
}

}  // namespace

PartialArgs::Node* PartialArgs::child(Node& of, std::string name) {
  for (auto& [key, node] : of.members) {
    if (key == name) return node.get();
  }
  if (places_ >= kPlacesMax) return nullptr;
  ++places_;
  of.members.emplace_back(std::move(name), std::make_unique<Node>());
  return of.members.back().second.get();
}

bool PartialArgs::add(json::Value piece) {
  std::optional<std::vector<Step>> steps = steps_of(piece["jsonPath"].str());
  if (!steps) return false;
  Node* node = &root_;
  for (Step& step : *steps) {
    if (node->members.empty()) node->is_array = step.is_item;
    node = child(*node, std::move(step.name));
    if (node == nullptr) return false;
  }
  if (const json::Value text = piece["stringValue"]; text.is_string()) {
    node->is_text = true;
    node->text.append(text.escaped());
  } else if (piece["numberValue"].is_number()) {
    node->value = std::string(piece["numberValue"].raw());
  } else if (piece["boolValue"].is_bool()) {
    node->value = std::string(piece["boolValue"].raw());
  } else if (piece["nullValue"]) {
    node->value = "null";
  }
  return true;
}

void PartialArgs::write(const Node& node, json::Writer& out) {
  if (node.is_text) {
    out.escaped(node.text);
  } else if (!node.value.empty()) {
    out.raw(node.value);
  } else if (node.is_array) {
    out.array();
    for (const auto& [key, item] : node.members) write(*item, out);
    out.end_array();
  } else {
    out.object();
    for (const auto& [key, member] : node.members) {
      out.key(key);
      write(*member, out);
    }
    out.end_object();
  }
}

std::string PartialArgs::json() const {
  std::string out;
  json::Writer writer(out);
  write(root_, writer);
  return out;
}

}  // namespace aip::gemini
