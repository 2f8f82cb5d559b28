// schema.h - a JSON Schema in the subset that Gemini's `parameters` and `responseSchema` take.
//
// That subset is OpenAPI's: no references, no const, no type lists, no combinations but anyOf.
//   $ref                       the definition in its place; one that contains itself is an object
//                              of anything in its second round, and so is what lies too deep
//   const                      enum of one
//   type: [a, "null"]          type a, nullable; several types: anyOf
//   oneOf                      anyOf;  allOf: its members merged
//   enum of other than texts   texts; an empty text is left out
//   array without items        items of text
//   required                   only what properties has
//   everything else that the subset lacks is left out: it only narrows
// A property may have any name, "const" and "$ref" too: only keywords are judged.
// Limits: kSchemaDepthMax deep, 256 KiB long, and 64 MiB read on the way (references read again).
// Tests: tests/unit/gemini/schema_test.cpp
#pragma once

#include <aiproxy/json.hpp>

#include <string>

namespace aip::gemini {

inline constexpr int kSchemaDepthMax = 20;

// Empty: nothing is left of it (an object without properties, which Gemini refuses at the top).
[[nodiscard]] std::string subset_of(json::Value schema);

}  // namespace aip::gemini
