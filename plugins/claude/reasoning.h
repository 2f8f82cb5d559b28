// reasoning.h - thinking, effort, max_tokens and sampling, which depend on one another.
//
//   thinking (Anthropic's own) > reasoning_effort > nothing
//   reasoning_effort: output_config.effort and adaptive thinking where the model has them, else
//     thinking with a budget, else the host decides; "none" is thinking disabled
//   a budget is at least 1024 and below max_tokens
//   no thinking with a forced tool, nor by budget inside a tool loop that began without
//   while it thinks: no temperature, no top_k, top_p only from 0.95
// Whatever gives way is disclosed.
// Tests: tests/unit/claude/reasoning_test.cpp
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "chat.h"
#include "draft.h"
#include "models.h"

namespace aip::claude {

inline constexpr std::int64_t kBudgetMin = 1024;

struct Reasoning {
  enum class Mode : std::uint8_t { Absent, Disabled, Budget, Adaptive };
  Mode mode = Mode::Absent;
  std::int64_t budget = 0;
  std::int64_t max_tokens = 0;
  std::string_view effort;   // for output_config; empty: none
  std::string_view display;  // escaped; empty: none

  [[nodiscard]] bool thinks() const noexcept {
    return mode == Mode::Budget || mode == Mode::Adaptive;
  }
};

// What the rest of the request says about thinking.
struct Situation {
  bool tool_forced = false;
  bool open_loop_without_thinking = false;
  std::int64_t default_max_tokens = 0;
};

[[nodiscard]] Outcome<Reasoning> plan_reasoning(const Chat& chat, const Traits& traits,
                                                Situation situation, Questions& questions);
void write_thinking_member(const Reasoning& plan, Draft& draft);
// temperature, top_p, top_k, stop_sequences.
[[nodiscard]] std::optional<sdk::Failure> write_sampling(const Chat& chat, const Traits& traits,
                                                         const Reasoning& plan, Draft& draft);

}  // namespace aip::claude
