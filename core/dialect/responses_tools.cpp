#include "core/dialect/responses_tools.h"

#include "core/dialect/body.h"

namespace aip::dialect {
namespace {

using json::Value;
using json::Writer;

bool is_named(Value tool) {
  return tool["type"].equals("function") || tool["type"].equals("custom");
}

void append_function(Value tool, std::string& out) {
  out.append(R"({"type":"function","function":{"name":)").append(tool["name"].raw());
  for (const std::string_view name : {"description", "parameters", "strict"}) {
    const Value value = tool[name];
    if (value.is_null_or_none()) continue;
    out.append(",\"").append(name).append("\":").append(value.raw());
  }
  out.push_back('}');
  if (const Value mark = tool["cache_control"]; mark.is_object()) {
    out.append(",\"cache_control\":").append(mark.raw());
  }
  out.push_back('}');
}

void append_free_text(Value tool, std::string& out) {
  std::string words = "The whole input, as free text.";
  if (const Value format = tool["format"]; format["definition"].is_string()) {
    words.append(" It must follow this grammar (").append(format["syntax"].str()).append("):\n");
    words.append(format["definition"].str());
  }
  Writer w(out);
  w.object().member("type", "function").key("function").object();
  w.key("name").raw(tool["name"].raw());
  if (const Value text = tool["description"]; text.is_string())
    w.key("description").raw(text.raw());
  w.key("parameters").object().member("type", "object").key("properties").object();
  w.key(kFreeTextParameter).object().member("type", "string").member("description", words);
  w.end_object().end_object().key("required").array().string(kFreeTextParameter).end_array();
  w.key("additionalProperties").boolean(false).end_object();
  w.end_object().end_object();
}

void append_name(Value tool, std::string& out) {
  out.append(R"({"type":"function","function":{"name":)").append(tool["name"].raw()).append("}}");
}

}  // namespace

Result<std::string> translated_tools(Value tools, Canonical& canonical) {
  if (!tools.is_array()) return bad_member("tools", "must be an array.");
  std::string out = "[";
  std::size_t i = 0;
  for (const Value tool : tools.items()) {
    const std::string place = "tools[" + std::to_string(i) + "]";
    if (!tool.is_object()) return bad_member(place, "must be an object.");
    if (!tool["type"].is_string()) return bad_member(place + ".type", "must be a string.");
    if (is_named(tool) && tool["name"].escaped().empty()) {
      return bad_member(place + ".name", "must be a string that is not empty.");
    }
    if (i != 0) out.push_back(',');
    if (tool["type"].equals("function")) {
      append_function(tool, out);
    } else if (tool["type"].equals("custom")) {
      append_free_text(tool, out);
      if (tool["format"]["definition"]) {
        const std::string pointer = "/tools/" + std::to_string(i) + "/format";
        canonical.lacks.push_back({pointer, {}, Lack::Weight::Disclose});
      }
    } else {
      out.append(tool.raw());
    }
    ++i;
  }
  return out + "]";
}

Result<std::string> translated_tool_choice(Value choice) {
  if (choice.is_string()) return std::string(choice.raw());
  if (!choice.is_object()) return bad_member("tool_choice", "must be a string or an object.");
  std::string out;
  if (is_named(choice)) {
    if (!choice["name"].is_string()) return bad_member("tool_choice.name", "must be a string.");
    append_name(choice, out);
    return out;
  }
  if (!choice["type"].equals("allowed_tools")) return std::string(choice.raw());
  const Value tools = choice["tools"];
  if (!tools.is_array()) return bad_member("tool_choice.tools", "must be an array.");
  out = R"({"type":"allowed_tools","allowed_tools":{"mode":)";
  out.append(choice["mode"].is_string() ? choice["mode"].raw() : R"("auto")")
      .append(",\"tools\":[");
  bool first = true;
  for (const Value tool : tools.items()) {
    if (!first) out.push_back(',');
    first = false;
    if (is_named(tool) && tool["name"].is_string()) {
      append_name(tool, out);
    } else {
      out.append(tool.raw());
    }
  }
  return out + "]}}";
}

}  // namespace aip::dialect
