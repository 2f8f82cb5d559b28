// schema.h - does a JSON Schema fit Anthropic's structured output?
//
// output_config.format and strict tools take a subset: every object closed
// (additionalProperties: false), no limits on sizes and ranges, references only within the schema.
// A schema outside of it is answered with 400, so the caller then takes another way: a tool that is
// not strict takes any schema.
// Tests: tests/unit/claude/schema_test.cpp
#pragma once

#include <aiproxy/json.hpp>

namespace aip::claude {

[[nodiscard]] bool fits_structured_output(json::Value schema);

}  // namespace aip::claude
