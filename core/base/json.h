// json.h - the JSON boundary: check() judges what comes from outside, json::Value walks it.
//
// simdjson says quickly that an ordinary text is valid; whatever it doubts, and whatever is large,
// a checker of ours judges: one pass without recursion, with no memory but a bit for each open
// level, so a bomb costs its length and no more. The checker has the last word, and the words. The
// tree that simdjson builds is thrown away; the walker of the SDK (aiproxy/json.hpp) works on the
// text itself. A body of 76 KB costs about 20 microseconds, a chunk of a stream 0.15. Threads:
// check() uses a parser of the calling thread, of fixed size. Tests: tests/unit/base/json_test.cpp,
// tests/fuzz/json_fuzz.cpp (the two agree)
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
