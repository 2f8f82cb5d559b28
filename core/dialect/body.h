// body.h - the check that every dialect's body goes through before anything of it is read.
//
// One JSON text that is valid, not too deep, an object, and without two members of one name: a
// duplicate could be read one way by our policy and another way by the upstream.
// Errors: CallerBadJson, with the member at fault in `param`.   Lifetime: the result borrows from
// the body.   Tests: tests/unit/dialect/parse_test.cpp
#pragma once

#include <aiproxy/json.hpp>

#include "core/dialect/dialect.h"

namespace aip::dialect {

// members, model and provider are filled in; `stream` is left to the dialect.
[[nodiscard]] Result<ParsedChat> read_body(Bytes body, std::size_t json_depth_max);

// A request that is JSON but not what the dialect asks for.
[[nodiscard]] Error bad_member(std::string param, std::string_view words);
// true, false, or nothing.
[[nodiscard]] Result<bool> read_flag(const std::string& place, json::Value value);

}  // namespace aip::dialect
