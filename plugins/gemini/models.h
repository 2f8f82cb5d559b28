// models.h - what each Gemini model takes, as data.
//
// One table, ordered so that the first row whose prefix fits is the most specific one. The host's
// capability table is asked first: a JSON object of the same names overrides the row member by
// member, so a model that is younger than this file needs configuration and no new plugin:
//   {"thinking": "none|budget|level", "budget_min": n, "budget_max": n, "can_stop_thinking": b,
//    "levels": ["low", ...], "json_schema": b, "json_with_tools": b, "mixed_tools": b,
//    "signatures": b}
// Tests: tests/unit/gemini/small_test.cpp
#pragma once

#include <cstdint>
#include <string_view>

namespace aip::gemini {

enum class Thinking : std::uint8_t {
  None,
  Budget,  // thinkingConfig.thinkingBudget, in tokens
  Level,   // thinkingConfig.thinkingLevel
};

// Levels of thinkingLevel, weakest first; a set of them is a bit mask.
enum class Level : std::uint8_t { Minimal, Low, Medium, High };
inline constexpr std::uint8_t kLevels = 4;
[[nodiscard]] constexpr std::uint8_t bit(Level level) noexcept {
  return static_cast<std::uint8_t>(1U << static_cast<unsigned>(level));
}
[[nodiscard]] std::string_view name_of(Level level) noexcept;

struct Traits {
  Thinking thinking;
  std::int64_t budget_min, budget_max;
  bool can_stop_thinking;  // a budget of 0 is taken
  std::uint8_t levels;
  bool json_schema;      // parametersJsonSchema and responseJsonSchema
  bool json_with_tools;  // an answer in JSON beside functions
  bool mixed_tools;      // functions beside Google's own tools
  bool signatures;       // refuses a function call whose thought signature is lost
};

// `capability`: the host's entry for this model as JSON; empty if it has none.
[[nodiscard]] Traits traits_of(std::string_view model, std::string_view capability);

}  // namespace aip::gemini
