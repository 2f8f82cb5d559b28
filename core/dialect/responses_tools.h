// responses_tools.h - the tools of a Responses request and the choice among them.
//
//   {"type":"function","name",...}   the flat form becomes the nested one
//   {"type":"custom","name",...}     a tool whose input is free text becomes a function with one
//                                    string, `input`: every target can call that. The answer turns
//                                    the call back (responses_output.h). A grammar becomes words.
//   anything else                    a hosted tool: as it came; the target has it, or says not
// Tests: tests/unit/dialect/responses_request_test.cpp
#pragma once

#include <aiproxy/json.hpp>

#include <string>

#include "core/base/result.h"
#include "core/dialect/dialect.h"

namespace aip::dialect {

// The one parameter of a custom tool.
inline constexpr std::string_view kFreeTextParameter = "input";

// JSON values.
[[nodiscard]] Result<std::string> translated_tools(json::Value tools, Canonical& canonical);
[[nodiscard]] Result<std::string> translated_tool_choice(json::Value choice);

}  // namespace aip::dialect
