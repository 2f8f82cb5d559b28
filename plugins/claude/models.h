// models.h - what each Claude model takes, as data.
//
// One table, ordered so that the first row whose prefix fits is the most specific one. The host's
// capability table is asked first: a JSON object of the same names overrides the row member by
// member, so a model that is younger than this file needs configuration and no new plugin:
//   {"max_output_tokens": n, "default_max_tokens": n, "thinking": "none|budget|both|adaptive",
//    "efforts": ["low", ...], "sampling": "both|one|fixed", "structured_output": b, "prefill": b}
// Tests: tests/unit/claude/small_test.cpp
#pragma once

#include <cstdint>
#include <string_view>

namespace aip::claude {

enum class Thinking : std::uint8_t {
  None,
  Budget,            // {"type":"enabled","budget_tokens"}
  BudgetOrAdaptive,  // that, or {"type":"adaptive"}
  Adaptive,          // {"type":"adaptive"} only
};

enum class Sampling : std::uint8_t {
  Both,   // temperature and top_p together
  One,    // either of them
  Fixed,  // neither: another value than the default is refused
};

// Levels of output_config.effort, weakest first; a set of them is a bit mask.
enum class Effort : std::uint8_t { Low, Medium, High, XHigh, Max };
inline constexpr std::uint8_t kEfforts = 5;
[[nodiscard]] constexpr std::uint8_t bit(Effort e) noexcept {
  return static_cast<std::uint8_t>(1U << static_cast<unsigned>(e));
}
[[nodiscard]] std::string_view name_of(Effort e) noexcept;

struct Traits {
  std::int64_t max_output_tokens;
  std::int64_t default_max_tokens;  // Anthropic demands max_tokens, OpenAI does not
  Thinking thinking;
  std::uint8_t efforts;
  Sampling sampling;
  bool structured_output;  // output_config.format and strict tools
  bool prefill;            // the last message may be the assistant's
};

// `capability`: the host's entry for this model as JSON; empty if it has none.
[[nodiscard]] Traits traits_of(std::string_view model, std::string_view capability);

}  // namespace aip::claude
