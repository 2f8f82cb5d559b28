#include "tools.h"

#include <algorithm>
#include <array>
#include <optional>

#include "schema.h"

namespace aip::claude {
namespace {

constexpr std::string_view kWebSearchType = "web_search_20250305";

// Tools that OpenAI runs itself; Anthropic's own have a date in their type.
bool is_openais(json::Value type) {
  static constexpr std::array<std::string_view, 13> kHosted{
      "web_search",          "web_search_preview",
      "file_search",         "code_interpreter",
      "image_generation",    "mcp",
      "local_shell",         "shell",
      "apply_patch",         "computer",
      "namespace",           "tool_search",
      "computer_use_preview"};
  return std::any_of(kHosted.begin(), kHosted.end(),
                     [type](std::string_view hosted) { return type.equals(hosted); });
}

MaybeFailure read_tools(const Chat& chat, Questions& questions, ToolPlan& plan) {
  std::size_t index = 0;
  for (const json::Value value : chat.tools.items()) {
    Tool tool;
    tool.pointer = "/tools/" + std::to_string(index++);
    tool.whole = value;
    tool.function = value["function"];
    const json::Value type = value["type"];
    if (type.equals("function") || tool.function.is_object()) {
      if (tool.function["name"].escaped().empty()) {
        return invalid(tool.pointer + "/function/name", "A function tool needs a name.");
      }
    } else if (type.equals("custom") && !value["input_schema"]) {
      if (questions.may_drop(tool.pointer)) continue;
      return unsupported(tool.pointer, "Anthropic has no tools whose input is free text.");
    } else if (is_openais(type)) {
      if (questions.may_drop(tool.pointer)) continue;
      return unsupported(tool.pointer, "Anthropic has no tool of this type.");
    } else {
      tool.kind = Tool::Kind::AsIs;
    }
    plan.tools.push_back(std::move(tool));
  }
  index = 0;
  for (const json::Value value : chat.functions.items()) {
    Tool tool;
    tool.pointer = "/functions/" + std::to_string(index++);
    tool.whole = tool.function = value;
    plan.tools.push_back(std::move(tool));
  }
  return std::nullopt;
}

// {"type":"allowed_tools","allowed_tools":{"mode","tools":[...]}}: only these may be called.
void keep_allowed(json::Value allowed, ToolPlan& plan) {
  const auto is_allowed = [allowed](const Tool& tool) {
    const json::Value list = allowed["tools"];
    for (const json::Value entry : list.items()) {
      const json::Value name = entry["function"] ? entry["function"]["name"] : entry["name"];
      if (name && name.raw() == tool.function["name"].raw()) return true;
    }
    return false;
  };
  plan.tools.erase(std::remove_if(plan.tools.begin(), plan.tools.end(),
                                  [&](const Tool& tool) { return !is_allowed(tool); }),
                   plan.tools.end());
  plan.choice = allowed["mode"].equals("required") ? Choice::Any : Choice::Auto;
}

MaybeFailure read_choice(const Chat& chat, ToolPlan& plan) {
  const json::Value choice = chat.tool_choice ? chat.tool_choice : chat.function_call;
  if (choice.is_null_or_none()) return std::nullopt;
  if (choice.is_string()) {
    if (choice.equals("auto")) plan.choice = Choice::Auto;
    if (choice.equals("required") || choice.equals("any")) plan.choice = Choice::Any;
    if (choice.equals("none")) plan.choice = Choice::None;
    if (plan.choice != Choice::Absent) return std::nullopt;
  }
  if (choice["allowed_tools"].is_object()) {
    keep_allowed(choice["allowed_tools"], plan);
    return std::nullopt;
  }
  const json::Value name = choice["function"] ? choice["function"]["name"] : choice["name"];
  if (name.escaped().empty()) {
    return invalid("/tool_choice", "The tool choice is none of the documented ones.");
  }
  plan.choice = Choice::Named;
  plan.named = std::string(name.escaped());
  return std::nullopt;
}

// The schema goes into a tool that the model has to call: this one, or with other tools in reach
// any of them, so that it can still use those before it answers.
void plan_json_tool(json::Value schema, Questions& questions, ToolPlan& plan) {
  if (plan.choice == Choice::Any || plan.choice == Choice::Named) {
    questions.coerced("/response_format");  // the client wants another tool called, not an answer
    return;
  }
  const bool alone = plan.choice == Choice::None || !plan.any_tool();
  plan.json_tool = schema;
  plan.choice = alone ? Choice::Named : Choice::Any;
  if (alone) plan.named = std::string(kJsonTool);
  if (alone) plan.one_at_a_time = true;
}

MaybeFailure read_format(const Chat& chat, const Traits& traits, Questions& questions,
                         ToolPlan& plan) {
  const json::Value format = chat.response_format;
  if (format.is_null_or_none() || format["type"].equals("text")) return std::nullopt;
  if (format["type"].equals("json_object")) {
    plan.json_instruction = true;
    questions.coerced("/response_format");
    return std::nullopt;
  }
  const json::Value wrapper = format["json_schema"];
  if (!format["type"].equals("json_schema") || !wrapper.is_object()) {
    return invalid("/response_format", "The response format is none of the documented ones.");
  }
  if (traits.structured_output && fits_structured_output(wrapper["schema"])) {
    plan.output_schema = wrapper["schema"];
  } else {
    plan_json_tool(wrapper, questions, plan);
  }
  return std::nullopt;
}

// {"type":"object",...}: Anthropic demands the type, OpenAI does not.
void write_schema(json::Value schema, json::Writer& json) {
  json.key("input_schema");
  if (!schema.is_object()) {
    json.raw(R"({"type":"object","properties":{}})");
  } else if (schema["type"]) {
    json.raw(schema.raw());
  } else {
    std::string typed = R"({"type":"object")";
    if (schema.size() != 0) typed.append(",");
    json.raw(typed.append(schema.raw().substr(1)));
  }
}

// Members of Anthropic's own that a client may add to an OpenAI tool.
constexpr std::array<std::string_view, 4> kOwnMembers{"defer_loading", "allowed_callers",
                                                      "eager_input_streaming", "input_examples"};

void write_function(const Tool& tool, const Traits& traits, Draft& draft) {
  json::Value name, description, parameters, strict, mark;
  for (const json::Value::Member& m : tool.function.members()) {
    if (m.named("name")) name = m.value();
    if (m.named("description")) description = m.value();
    if (m.named("parameters")) parameters = m.value();
    if (m.named("strict")) strict = m.value();
    if (m.named("cache_control")) mark = m.value();
  }
  json::Writer& json = draft.json();
  json.object().key("name").escaped(name.escaped());
  if (description.is_string()) json.key("description").raw(description.raw());
  write_schema(parameters, json);
  if (strict.is_true()) {
    if (traits.structured_output && fits_structured_output(parameters)) {
      json.key("strict").boolean(true);
    } else {
      draft.questions().coerced(tool.pointer + "/function/strict");
    }
  }
  for (const std::string_view own : kOwnMembers) {
    if (const json::Value value = tool.whole[own]) json.member_raw(own, value.raw());
  }
  json.end_object();
  draft.block_done();
  if (const json::Value outer = tool.whole["cache_control"]) mark = outer;
  draft.mark(mark, tool.pointer);
}

void write_as_is(const Tool& tool, Draft& draft) {
  draft.json().object();
  json::Value mark;
  for (const json::Value::Member& m : tool.whole.members()) {
    if (m.named("cache_control")) {
      mark = m.value();
    } else {
      draft.json().key(m.key()).raw(m.value().raw());
    }
  }
  draft.json().end_object();
  draft.block_done();
  draft.mark(mark, tool.pointer);
}

void write_web_search(json::Value options, Draft& draft) {
  json::Writer& json = draft.json();
  json.object().member("type", kWebSearchType).member("name", "web_search");
  const json::Value where = options["user_location"]["approximate"];
  if (where.is_object()) {
    json.key("user_location").object().member("type", "approximate");
    for (const std::string_view name : {"city", "region", "country", "timezone"}) {
      if (where[name].is_string()) json.member_raw(name, where[name].raw());
    }
    json.end_object();
  }
  json.end_object();
  draft.block_done();
  if (options["search_context_size"]) {
    draft.questions().coerced("/web_search_options/search_context_size");
  }
}

void write_json_tool(json::Value wrapper, Draft& draft) {
  json::Writer& json = draft.json();
  json.object().member("name", kJsonTool).key("description");
  if (wrapper["description"].is_string()) {
    json.raw(wrapper["description"].raw());
  } else {
    json.string("Gives the final answer. Call it once, when the answer is complete.");
  }
  write_schema(wrapper["schema"], json);
  json.end_object();
  draft.block_done();
}

}  // namespace

Outcome<ToolPlan> plan_tools(const Chat& chat, const Traits& traits, Questions& questions) {
  ToolPlan plan;
  if (MaybeFailure failure = read_tools(chat, questions, plan)) return std::move(*failure);
  plan.web_search = chat.web_search_options;
  if (MaybeFailure failure = read_choice(chat, plan)) return std::move(*failure);
  plan.one_at_a_time = chat.parallel_tool_calls.is_false();
  if (MaybeFailure failure = read_format(chat, traits, questions, plan)) return std::move(*failure);
  if (plan.one_at_a_time && plan.choice == Choice::Absent) plan.choice = Choice::Auto;
  return plan;
}

void write_tools(const ToolPlan& plan, const Traits& traits, Draft& draft) {
  if (!plan.any_tool()) return;
  draft.begin_list("tools");
  for (const Tool& tool : plan.tools) {
    switch (tool.kind) {
      case Tool::Kind::Function:
        write_function(tool, traits, draft);
        break;
      case Tool::Kind::AsIs:
        write_as_is(tool, draft);
        break;
    }
  }
  if (plan.web_search.is_object()) write_web_search(plan.web_search, draft);
  if (plan.json_tool.is_object()) write_json_tool(plan.json_tool, draft);
  draft.end_list();
}

// A choice without tools is refused upstream, and means nothing: it is left out.
void write_tool_choice(const ToolPlan& plan, Draft& draft) {
  if (!plan.any_tool() || plan.choice == Choice::Absent) return;
  json::Writer& json = draft.json();
  json.key("tool_choice").object();
  switch (plan.choice) {
    case Choice::Absent:
    case Choice::Auto:
      json.member("type", "auto");
      break;
    case Choice::Any:
      json.member("type", "any");
      break;
    case Choice::None:
      json.member("type", "none");
      break;
    case Choice::Named:
      json.member("type", "tool").key("name").escaped(plan.named);
      break;
  }
  if (plan.one_at_a_time && plan.choice != Choice::None) {
    json.key("disable_parallel_tool_use").boolean(true);
  }
  json.end_object();
}

}  // namespace aip::claude
