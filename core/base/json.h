// json.h - the JSON boundary: check() judges what comes from outside, json::Value walks it.
//
// simdjson says quickly that an ordinary text is valid. Whatever it doubts, and whatever is large,
// RapidJSON's event reader judges: without recursion, without converting numbers, and with memory
// for one string only, where a tree of simdjson's would take fifteen times the text. The trees and
// events are thrown away; the walker of the SDK (aiproxy/json.hpp) works on the text itself.
// Threads: check() uses a parser of the calling thread, of fixed size.
// Tests: tests/unit/base/json_test.cpp, tests/fuzz/json_fuzz.cpp (the two judges agree)
#pragma once

#include <aiproxy/json.hpp>

#include "core/base/bytes.h"
#include "core/base/limits.h"
#include "core/base/result.h"

namespace aip::json {

// Is `text` one valid JSON text no deeper than `depth_max`? The error says what and where in
// words that may be shown to the caller.
[[nodiscard]] Status check(Bytes text, std::size_t depth_max = limits::kJsonDepthMax);

// The name of a top-level member that stands twice in a valid object, if any.
[[nodiscard]] std::optional<std::string> duplicate_member(const Value& object);

}  // namespace aip::json
