// paths.h - the core's own dialect routes, and what a claimed path looks like.
//
// Everything that a dialect's client may call is here; a path is looked up as it was written and,
// for base URLs that lack or double it, with its /v1 put right.
// Tests: tests/unit/route/match_test.cpp
#pragma once

#include <optional>
#include <string_view>

#include "core/route/route.h"

namespace aip::route {

struct CoreMatch {
  std::optional<Match> match;
  std::string_view allowed;  // the method that this path takes, when another one was used
};
[[nodiscard]] CoreMatch match_core(std::string_view method, std::string_view path);

// May this path be handed to a plugin or an upstream? Not with "." or ".." segments, plain or
// encoded, nor with a backslash: they would lead out of the prefix that was judged.
[[nodiscard]] bool is_plain_path(std::string_view path) noexcept;

// "openai-chat" and the like; None for other words.
[[nodiscard]] Dialect dialect_named(std::string_view name) noexcept;

}  // namespace aip::route
