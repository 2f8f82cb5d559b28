#include "core/dialect/anthropic_tools.h"

#include "core/dialect/anthropic_parts.h"

namespace aip::dialect {
namespace {

using json::Value;
using json::Writer;

Status write_tool(Value tool, const std::string& place, Writer& w, std::vector<Lack>& lacks) {
  if (!tool.is_object()) return bad_field(place, "Input should be an object.");
  const Value type = tool["type"];
  if (!type.is_null_or_none() && !type.equals("custom")) {
    w.raw(tool.raw());
    return {};
  }
  if (!tool["name"].is_string()) return bad_field(below(place, "name"), "Field required");
  const Value schema = tool["input_schema"];
  if (!schema.is_object()) {
    return bad_field(below(place, "input_schema"),
                     schema ? "Input should be an object." : "Field required");
  }
  w.object().member("type", "function").key("function").object();
  w.member_raw("name", tool["name"].raw());
  const Value description = tool["description"], strict = tool["strict"];
  if (description.is_string()) w.member_raw("description", description.raw());
  w.member_raw("parameters", schema.raw());
  if (strict.is_bool()) w.member_raw("strict", strict.raw());
  w.end_object();
  write_mark(tool["cache_control"], w);
  w.end_object();
  for (const char* name : {"defer_loading", "allowed_callers", "input_examples"}) {
    const Value value = tool[name];
    if (value.is_null_or_none() || value.is_false()) continue;
    lacks.push_back({pointer_of(below(place, name)), name, Lack::Weight::Disclose});
  }
  return {};
}

}  // namespace

Status write_anthropic_tools(Value tools, Writer& w, std::vector<Lack>& lacks) {
  if (tools.is_null_or_none()) return {};
  if (!tools.is_array()) return bad_field("tools", "Input should be a list.");
  if (tools.size() == 0) return {};
  w.key("tools").array();
  std::size_t i = 0;
  for (const Value tool : tools.items()) {
    if (Status ok = write_tool(tool, below("tools", i++), w, lacks); !ok) return ok;
  }
  w.end_array();
  return {};
}

Status write_anthropic_tool_choice(Value choice, Writer& w) {
  if (choice.is_null_or_none()) return {};
  const Value type = choice["type"];
  if (type.equals("auto") || type.equals("none")) {
    w.key("tool_choice").raw(type.raw());
  } else if (type.equals("any")) {
    w.member("tool_choice", "required");
  } else if (type.equals("tool")) {
    if (!choice["name"].is_string()) return bad_field("tool_choice.name", "Field required");
    w.key("tool_choice").object().member("type", "function").key("function").object();
    w.member_raw("name", choice["name"].raw()).end_object().end_object();
  } else {
    return bad_field("tool_choice.type", "Input should be 'auto', 'any', 'tool' or 'none'.");
  }
  if (choice["disable_parallel_tool_use"].is_true()) {
    w.key("parallel_tool_calls").boolean(false);
  }
  return {};
}

}  // namespace aip::dialect
