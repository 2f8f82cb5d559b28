#include "tools.h"

#include <algorithm>
#include <array>
#include <optional>
#include <unordered_set>

#include "schema.h"

namespace aip::gemini {
namespace {

// OpenAI's and others' names for a search of the web.
constexpr std::array<std::string_view, 5> kSearches{
    "web_search", "web_search_preview", "web_search_20250305", "google_search", "googleSearch"};

bool is_search(json::Value type) {
  return std::any_of(kSearches.begin(), kSearches.end(),
                     [type](std::string_view name) { return type.equals(name); });
}

MaybeFailure read_tool(json::Value tool, const std::string& pointer, Questions& questions,
                       ToolPlan& plan) {
  const json::Value type = tool["type"];
  const json::Value function = tool["function"];
  if (type.equals("function") || function.is_object()) {
    if (function["name"].escaped().empty()) {
      return invalid(pointer + "/function/name", "A function tool needs a name.");
    }
    plan.functions.push_back({function, pointer + "/function"});
  } else if (is_search(type)) {
    plan.search = true;
  } else if (!type) {
    plan.own.push_back(tool);
  } else if (!questions.may_drop(pointer)) {
    return unsupported(pointer, "Gemini has no tool of this type.");
  }
  return std::nullopt;
}

MaybeFailure read_tools(const Chat& chat, Questions& questions, ToolPlan& plan) {
  std::size_t index = 0;
  for (const json::Value tool : chat.tools.items()) {
    const std::string pointer = "/tools/" + std::to_string(index++);
    if (MaybeFailure failure = read_tool(tool, pointer, questions, plan)) return failure;
  }
  index = 0;
  for (const json::Value function : chat.functions.items()) {
    plan.functions.push_back({function, "/functions/" + std::to_string(index++)});
  }
  return std::nullopt;
}

// {"type":"allowed_tools","allowed_tools":{"mode","tools":[...]}}: only these may be called.
void keep_allowed(json::Value allowed, ToolPlan& plan) {
  std::unordered_set<std::string_view> names;
  const json::Value list = allowed["tools"];
  for (const json::Value entry : list.items()) {
    names.insert((entry["function"] ? entry["function"]["name"] : entry["name"]).escaped());
  }
  const auto is_allowed = [&names](const Function& function) {
    return names.count(function.value["name"].escaped()) != 0;
  };
  plan.functions.erase(
      std::remove_if(plan.functions.begin(), plan.functions.end(),
                     [&](const Function& function) { return !is_allowed(function); }),
      plan.functions.end());
  plan.choice = allowed["mode"].equals("required") ? Choice::Any : Choice::Auto;
}

MaybeFailure read_choice(const Chat& chat, ToolPlan& plan) {
  const json::Value choice = chat.tool_choice ? chat.tool_choice : chat.function_call;
  if (choice.is_null_or_none()) return std::nullopt;
  if (choice.equals("auto")) plan.choice = Choice::Auto;
  if (choice.equals("required") || choice.equals("any")) plan.choice = Choice::Any;
  if (choice.equals("none")) plan.choice = Choice::None;
  if (plan.choice != Choice::Absent) return std::nullopt;
  if (choice["allowed_tools"].is_object()) {
    keep_allowed(choice["allowed_tools"], plan);
    return std::nullopt;
  }
  const json::Value name = choice["function"] ? choice["function"]["name"] : choice["name"];
  if (name.escaped().empty()) {
    return invalid("/tool_choice", "The tool choice is none of the documented ones.");
  }
  plan.choice = Choice::Any;
  plan.allowed.emplace_back(name.escaped());
  return std::nullopt;
}

MaybeFailure read_format(const Chat& chat, const Traits& traits, Questions& questions,
                         ToolPlan& plan) {
  const json::Value format = chat.response_format;
  if (format.is_null_or_none() || format["type"].equals("text")) return std::nullopt;
  const bool with_schema = format["type"].equals("json_schema");
  if (!with_schema && !format["type"].equals("json_object")) {
    return invalid("/response_format", "The response format is none of the documented ones.");
  }
  if (with_schema && !format["json_schema"].is_object()) {
    return invalid("/response_format/json_schema", "The schema is missing.");
  }
  if (!traits.json_with_tools && (!plan.functions.empty() || plan.grounded())) {
    if (questions.may_drop("/response_format")) return std::nullopt;
    return unsupported("/response_format", "This model gives no JSON answers beside tools.");
  }
  plan.json = true;
  plan.output_schema = format["json_schema"]["schema"];
  return std::nullopt;
}

void write_parameters(json::Value parameters, Schemas schemas, json::Writer& json) {
  if (!parameters.is_object()) return;
  if (schemas == Schemas::Json) {
    if (parameters.size() != 0) json.member_raw("parametersJsonSchema", parameters.raw());
    return;
  }
  const std::string subset = subset_of(parameters);
  if (!subset.empty()) json.member_raw("parameters", subset);
}

void write_function(const Function& function, Schemas schemas, Draft& draft) {
  json::Writer& json = draft.json();
  json.object().key("name").escaped(function.value["name"].escaped());
  const json::Value description = function.value["description"];
  if (description.is_string()) json.member_raw("description", description.raw());
  write_parameters(function.value["parameters"], schemas, json);
  if (function.value["strict"].is_true()) draft.questions().coerced(function.pointer + "/strict");
  json.end_object();
}

void write_choice(const ToolPlan& plan, json::Writer& json) {
  if (plan.choice == Choice::Absent || plan.functions.empty()) return;
  json.key("toolConfig").object().key("functionCallingConfig").object().key("mode");
  switch (plan.choice) {
    case Choice::Absent:
    case Choice::Auto:
      json.string("AUTO");
      break;
    case Choice::Any:
      json.string("ANY");
      break;
    case Choice::None:
      json.string("NONE");
      break;
  }
  if (!plan.allowed.empty()) {
    json.key("allowedFunctionNames").array();
    for (const std::string& name : plan.allowed) json.escaped(name);
    json.end_array();
  }
  json.end_object().end_object();
}

}  // namespace

Outcome<ToolPlan> plan_tools(const Chat& chat, const Traits& traits, Questions& questions) {
  ToolPlan plan;
  if (MaybeFailure failure = read_tools(chat, questions, plan)) return std::move(*failure);
  if (chat.web_search_options.is_object()) plan.search = true;
  if (MaybeFailure failure = read_choice(chat, plan)) return std::move(*failure);
  if (plan.grounded() && !plan.functions.empty() && !traits.mixed_tools) {
    const std::string pointer =
        chat.web_search_options.is_object() ? "/web_search_options" : "/tools";
    if (!questions.may_drop(pointer)) {
      return unsupported(pointer, "This model takes no functions beside Google's own tools.");
    }
    plan.search = false;
    plan.own.clear();
  }
  if (MaybeFailure failure = read_format(chat, traits, questions, plan)) return std::move(*failure);
  return plan;
}

void write_tools(const ToolPlan& plan, Schemas schemas, Draft& draft) {
  if (plan.functions.empty() && !plan.grounded()) return;
  json::Writer& json = draft.json();
  json.key("tools").array();
  if (!plan.functions.empty()) {
    json.object().key("functionDeclarations").array();
    for (const Function& function : plan.functions) write_function(function, schemas, draft);
    json.end_array().end_object();
  }
  if (plan.search) json.object().key("googleSearch").object().end_object().end_object();
  for (const json::Value tool : plan.own) json.raw(tool.raw());
  json.end_array();
  write_choice(plan, json);
}

void write_format(const ToolPlan& plan, Schemas schemas, Draft& draft) {
  if (!plan.json) return;
  json::Writer& json = draft.json();
  json.member("responseMimeType", "application/json");
  if (!plan.output_schema.is_object()) return;
  if (schemas == Schemas::Json) {
    json.member_raw("responseJsonSchema", plan.output_schema.raw());
  } else if (const std::string subset = subset_of(plan.output_schema); !subset.empty()) {
    json.member_raw("responseSchema", subset);
  }
}

}  // namespace aip::gemini
