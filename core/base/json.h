// json.h - the JSON boundary: simdjson checks what comes from outside, json::Value walks it.
//
// check() runs simdjson's full parser, so escapes, numbers, UTF-8 and nesting are all judged; the
// tree that it builds is thrown away and the walker of the SDK (aiproxy/json.hpp) works on the
// text itself. One pass of simdjson over a 76 KB body costs about 50 microseconds.
// Threads: check() uses a parser of the calling thread, grown to the largest text seen and given
// back above kParserKeepBytes.
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
