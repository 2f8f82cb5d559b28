// tools.h - tools, the choice among them, and structured output by way of a tool.
//
// Function tools keep their whole schema, as one span. Anthropic's server tools (an entry whose
// type is not "function") pass untouched. web_search_options becomes the web search tool.
//
// A response_format with a JSON schema goes to output_config.format where the model and the schema
// allow it. Where not, the plan adds a tool (kJsonTool) whose input has that schema and makes the
// model call it; response.h then gives the tool's input out as the answer's text.
// Tests: tests/unit/claude/tools_test.cpp
#pragma once

#include <aiproxy/json.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "chat.h"
#include "draft.h"
#include "models.h"

namespace aip::claude {

inline constexpr std::string_view kJsonTool = "answer_in_json";

enum class Choice : std::uint8_t { Absent, Auto, Any, None, Named };

struct Tool {
  enum class Kind : std::uint8_t { Function, AsIs };
  Kind kind = Kind::Function;
  json::Value whole;     // the entry
  json::Value function;  // its function, or the legacy entry itself
  std::string pointer;
};

struct ToolPlan {
  std::vector<Tool> tools;
  Choice choice = Choice::Absent;
  std::string named;              // Named: escaped
  bool one_at_a_time = false;     // parallel_tool_calls: false
  json::Value web_search;         // web_search_options
  json::Value output_schema;      // for output_config.format
  json::Value json_tool;          // response_format.json_schema, when a tool carries it
  bool json_instruction = false;  // response_format json_object

  [[nodiscard]] bool any_tool() const noexcept {
    return !tools.empty() || json_tool.is_object() || web_search.is_object();
  }
  // The model must call a tool: Anthropic allows no thinking then.
  [[nodiscard]] bool forced() const noexcept {
    return any_tool() && (choice == Choice::Any || choice == Choice::Named);
  }
};

[[nodiscard]] Outcome<ToolPlan> plan_tools(const Chat& chat, const Traits& traits,
                                           Questions& questions);
void write_tools(const ToolPlan& plan, const Traits& traits, Draft& draft);
void write_tool_choice(const ToolPlan& plan, Draft& draft);

}  // namespace aip::claude
