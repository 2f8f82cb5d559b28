#include "core/dialect/gemini_tools.h"

#include <set>

#include "core/dialect/body.h"
#include "core/dialect/gemini_names.h"
#include "core/dialect/gemini_schema.h"

namespace aip::dialect {
namespace {

using json::Value;

struct Choice {
  std::string mode;  // upper case; empty: none given
  std::set<std::string> allowed;

  [[nodiscard]] bool offers(const std::string& name) const {
    return allowed.empty() || allowed.count(name) != 0;
  }
};

Choice read_choice(Value tool_config) {
  Choice choice;
  const Value config = member_of(tool_config, "functionCallingConfig");
  choice.mode = member_of(config, "mode").str();
  for (char& c : choice.mode) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  if (choice.mode == "ANY" || choice.mode == "VALIDATED") {
    for (const Value name : member_of(config, "allowedFunctionNames").items()) {
      if (name.is_string()) choice.allowed.insert(name.str());
    }
  }
  return choice;
}

void append_function(Value declaration, std::string& out) {
  out.append(R"({"type":"function","function":{"name":")");
  out.append(declaration["name"].escaped()).push_back('"');
  if (const Value description = declaration["description"]; description.is_string()) {
    out.append(",\"description\":").append(description.raw());
  }
  out.append(",\"parameters\":");
  if (const Value own = member_of(declaration, "parametersJsonSchema")) {
    out.append(own.raw());
  } else if (const Value parameters = member_of(declaration, "parameters")) {
    append_json_schema(parameters, out);
  } else {
    out.append(R"({"type":"object","properties":{}})");
  }
  out.append("}}");
}

class ToolReader {
 public:
  ToolReader(const Choice& choice, std::vector<Lack>& lacks) : choice_(choice), lacks_(lacks) {}

  Status read(Value tools) {
    if (tools.is_null_or_none()) return {};
    if (tools.is_object()) return tool(tools, "tools", "/tools");
    if (!tools.is_array()) return bad_member("tools", "must be an array.");
    std::size_t i = 0;
    for (const Value one : tools.items()) {
      const std::string number = std::to_string(i++);
      if (Status ok = tool(one, "tools[" + number + "]", "/tools/" + number); !ok) return ok;
    }
    return {};
  }

  std::string functions;
  bool searches = false;

 private:
  Status tool(Value tool, const std::string& dotted, const std::string& pointer) {
    if (!tool.is_object()) return bad_member(dotted, "must be an object.");
    for (const Value::Member& m : tool.members()) {
      const std::string name = camel_of(m.key());
      const std::string where = dotted + "." + name;
      if (m.value().is_null()) continue;
      if (name == "functionDeclarations") {
        if (Status ok = declarations(m.value(), where, pointer + "/" + name); !ok) return ok;
      } else if (name == "googleSearch" || name == "googleSearchRetrieval") {
        searches = true;
      } else {
        lacks_.push_back({pointer + "/" + name, "only Google has this tool.", {}});
      }
    }
    return {};
  }

  Status declarations(Value list, const std::string& dotted, const std::string& pointer) {
    if (!list.is_array()) return bad_member(dotted, "must be an array.");
    std::size_t i = 0;
    for (const Value one : list.items()) {
      const std::string number = std::to_string(i++);
      if (one["name"].escaped().empty()) {
        return bad_member(dotted + "[" + number + "].name", "must be a name.");
      }
      for (const std::string_view shade : {"response", "responseJsonSchema", "behavior"}) {
        if (!member_of(one, shade)) continue;
        lacks_.push_back(
            {pointer + "/" + number + "/" + std::string(shade), {}, Lack::Weight::Disclose});
      }
      if (!choice_.offers(one["name"].str())) continue;
      if (!functions.empty()) functions.push_back(',');
      append_function(one, functions);
    }
    return {};
  }

  const Choice& choice_;
  std::vector<Lack>& lacks_;
};

}  // namespace

Status append_tools(Value tools, Value tool_config, std::vector<Lack>& lacks, std::string& out) {
  const Choice choice = read_choice(tool_config);
  ToolReader reader(choice, lacks);
  if (Status ok = reader.read(tools); !ok) return ok;
  if (reader.searches) out.append(",\"web_search_options\":{}");
  if (reader.functions.empty()) return {};
  out.append(",\"tools\":[").append(reader.functions).append("]");
  if (choice.mode == "NONE") out.append(R"(,"tool_choice":"none")");
  if (choice.mode == "AUTO" || choice.mode == "VALIDATED") out.append(R"(,"tool_choice":"auto")");
  if (choice.mode != "ANY") return {};
  if (choice.allowed.size() != 1) {
    out.append(R"(,"tool_choice":"required")");
    return {};
  }
  std::string one;
  json::Writer w(one);
  w.object().member("type", "function").key("function").object();
  w.member("name", *choice.allowed.begin()).end_object().end_object();
  out.append(",\"tool_choice\":").append(one);
  return {};
}

}  // namespace aip::dialect
