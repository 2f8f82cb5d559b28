// gemini_tools.h - Gemini's tools and toolConfig as those of canonical chat.
//
//   functionDeclarations      -> functions; `parameters` by gemini_schema.h, parametersJsonSchema
//                                as it is
//   googleSearch              -> web_search_options
//   every other tool          -> a lack: only Google has it
//   mode AUTO, VALIDATED      -> "auto";  NONE -> "none";  ANY -> "required"
//   allowedFunctionNames      -> one name: that function; several: the others are not offered
// Errors: CallerBadRequest with the place in `param`.
// Tests: tests/unit/dialect/gemini_request_test.cpp
#pragma once

#include <aiproxy/json.hpp>

#include <string>
#include <vector>

#include "core/dialect/dialect.h"

namespace aip::dialect {

// Appends ,"tools":[...],"tool_choice":... and what else is needed, to an object that has members.
[[nodiscard]] Status append_tools(json::Value tools, json::Value tool_config,
                                  std::vector<Lack>& lacks, std::string& out);

}  // namespace aip::dialect
