#include "tools.h"

namespace aip::openai {
namespace {

using json::Value;
namespace event = sdk::event;

constexpr std::int64_t kFunctionCallIndex = -2;

std::uint64_t mixed(std::uint64_t x) noexcept {  // splitmix64
  x += 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

}  // namespace

void JsonProgress::feed(char c) noexcept {
  if (in_string_) {
    if (after_slash_) {
      after_slash_ = false;
    } else if (c == '\\') {
      after_slash_ = true;
    } else if (c == '"') {
      in_string_ = false;
    }
    return;
  }
  if (c == '"') in_string_ = true;
  if (c == '{' || c == '[') {
    begun_ = true;
    ++depth_;
  }
  if (c == '}' || c == ']') --depth_;
}

void JsonProgress::feed_escaped(std::string_view piece) noexcept {
  for (std::size_t i = 0; i < piece.size(); ++i) {
    if (piece[i] != '\\' || i + 1 >= piece.size()) {
      feed(piece[i]);
      continue;
    }
    const char kind = piece[++i];
    if (kind == '"' || kind == '\\') {
      feed(kind);
    } else {
      feed(' ');  // a line end, or a letter within a string
      if (kind == 'u') i += 4;
    }
  }
}

void ToolCalls::push(aip_event e, std::vector<aip_event>& out) const {
  e.choice = choice_;
  out.push_back(e);
}

std::string ToolCalls::made_id(std::uint32_t block) const {
  constexpr std::string_view kLetters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  std::string id = "call_";
  std::uint64_t state = mixed(seed_ ^ mixed((static_cast<std::uint64_t>(choice_) << 32) | block));
  for (int i = 0; i < 24; ++i) {
    id.push_back(kLetters[state % kLetters.size()]);
    state = mixed(state);
  }
  return id;
}

ToolCalls::Tool* ToolCalls::add(std::int64_t index) {
  if (tools_.size() >= kToolsMax) return nullptr;
  tools_.emplace_back();
  tools_.back().index = index;
  tools_.back().block = static_cast<std::uint32_t>(tools_.size() - 1);
  return &tools_.back();
}

// `known`: how many calls there were before this delta; `place`: of the call within the delta.
ToolCalls::Tool* ToolCalls::find(std::int64_t index, std::string_view id, std::string_view name,
                                 std::size_t place, std::size_t known) {
  if (index != -1) {
    for (std::size_t i = tools_.size(); i-- > 0;) {
      Tool& tool = tools_[i];
      if (tool.index != index) continue;
      const bool other = !name.empty() && !id.empty() && !tool.id.empty() && id != tool.id;
      const bool done = tool.arguments.complete() || name != tool.name;
      return other && done ? add(index) : &tool;
    }
    return add(index);
  }
  if (!id.empty()) {
    for (Tool& tool : tools_) {
      if (tool.id == id) return &tool;
    }
  }
  if (tools_.empty()) return add(index);
  if (name.empty()) {
    // Fragments of several calls in one delta: their places tell them apart.
    const bool by_place = place > 0 && place < known;
    return by_place ? &tools_[place] : &tools_.back();
  }
  Tool& last = tools_.back();
  const bool same_again = place == 0 && last.name == name && !last.arguments.complete();
  return same_again || last.name.empty() ? &last : add(index);
}

void ToolCalls::begin(Tool& tool, std::vector<aip_event>& out) {
  // Services that tell one call after another are done with those whose arguments are complete.
  for (Tool& other : tools_) {
    if (&other == &tool || !other.begun || other.ended || !other.arguments.complete()) continue;
    other.ended = true;
    push(event::block_end(other.block), out);
  }
  tool.begun = true;
  if (tool.id.empty()) tool.id = made_id(tool.block);
  push(event::tool_begin(tool.block, tool.id, tool.name), out);
  if (!tool.early.empty()) push(event::escaped(event::tool_args(tool.block, tool.early)), out);
}

void ToolCalls::add_arguments(Tool& tool, Value arguments, std::vector<aip_event>& out) {
  if (tool.ended) return;
  if (arguments.is_object() || arguments.is_array()) {
    if (tool.arguments.begun()) return;
    tool.arguments.set_complete();
    if (tool.begun) return push(event::tool_args(tool.block, arguments.raw()), out);
    return json::escape(arguments.raw(), tool.early);
  }
  const std::string_view piece = arguments.escaped();
  if (piece.empty()) return;
  tool.arguments.feed_escaped(piece);
  if (tool.begun) return push(event::escaped(event::tool_args(tool.block, piece)), out);
  tool.early.append(piece);
}

void ToolCalls::read_one(std::int64_t index, std::size_t place, Value id_value, Value function,
                         std::vector<aip_event>& out) {
  const std::string id = id_value.str();
  const std::string name = function["name"].str();
  Tool* tool = find(index, id, name, place, tools_.size());
  if (tool == nullptr) return;
  if (tool->id.empty()) tool->id = id;
  if (tool->name.empty()) tool->name = name;
  if (!tool->begun && !tool->name.empty()) begin(*tool, out);
  add_arguments(*tool, function["arguments"], out);
}

void ToolCalls::read(Value calls, std::vector<aip_event>& out) {
  std::size_t place = 0;
  for (const Value call : calls.items()) {
    const std::int64_t index = call["index"].integer().value_or(-1);
    read_one(index < 0 ? -1 : index, place++, call["id"], call["function"], out);
  }
}

void ToolCalls::read_function_call(Value call, std::vector<aip_event>& out) {
  if (call.is_object()) read_one(kFunctionCallIndex, 0, {}, call, out);
}

void ToolCalls::end(std::vector<aip_event>& out) {
  for (Tool& tool : tools_) {
    if (!tool.begun) begin(tool, out);
    if (tool.ended) continue;
    tool.ended = true;
    push(event::block_end(tool.block), out);
  }
}

}  // namespace aip::openai
