// tools.h - OpenAI's tools, tool choice and response format as Gemini's.
//
//   function, legacy functions      functionDeclarations, all in one tool
//   web_search_options, web search  googleSearch
//   {"googleSearch":{}} and others  Gemini's own tools, as they are
//   tool_choice                     toolConfig.functionCallingConfig; allowed_tools narrows the
//   list response_format                 responseMimeType, responseJsonSchema or responseSchema
// Older models take neither functions beside Google's own tools, nor JSON answers beside functions:
// the host decides what happens then.
// Tests: tests/unit/gemini/tools_test.cpp
#pragma once

#include <aiproxy/json.hpp>

#include <cstdint>
#include <string>
#include <vector>

#include "chat.h"
#include "draft.h"
#include "models.h"
#include "questions.h"

namespace aip::gemini {

enum class Choice : std::uint8_t { Absent, Auto, Any, None };

struct Function {
  json::Value value;  // {"name","description","parameters"}
  std::string pointer;
};

struct ToolPlan {
  std::vector<Function> functions;
  std::vector<json::Value> own;  // Gemini's own tools
  bool search = false;           // googleSearch, asked for in OpenAI's words
  Choice choice = Choice::Absent;
  std::vector<std::string> allowed;  // escaped names, with Any
  json::Value output_schema;         // with json
  bool json = false;                 // the answer is to be JSON

  [[nodiscard]] bool grounded() const noexcept { return search || !own.empty(); }
};

enum class Schemas : std::uint8_t { Json, Subset };

[[nodiscard]] Outcome<ToolPlan> plan_tools(const Chat& chat, const Traits& traits,
                                           Questions& questions);
// `tools` and `toolConfig`; nothing without tools.
void write_tools(const ToolPlan& plan, Schemas schemas, Draft& draft);
// Members of generationConfig.
void write_format(const ToolPlan& plan, Schemas schemas, Draft& draft);

}  // namespace aip::gemini
