// anthropic_tools.h - tools and the choice among them, from Anthropic's form to canonical chat's.
//
//   tool (custom)                     function; input_schema whole; strict and cache_control kept
//   ... defer_loading, allowed_callers, input_examples        left out, disclosed
//   ... eager_input_streaming                                 left out: only the speed differs
//   tool with another type            as it is: a tool that the service runs
//   tool_choice auto any none tool    auto required none function
//   disable_parallel_tool_use         parallel_tool_calls: false
// Tests: tests/unit/dialect/anthropic_request_test.cpp
#pragma once

#include <aiproxy/json.hpp>

#include "core/dialect/dialect.h"

namespace aip::dialect {

// Each writes its members with their keys, or nothing.
[[nodiscard]] Status write_anthropic_tools(json::Value tools, json::Writer& w,
                                           std::vector<Lack>& lacks);
[[nodiscard]] Status write_anthropic_tool_choice(json::Value choice, json::Writer& w);

}  // namespace aip::dialect
