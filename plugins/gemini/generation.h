// generation.h - generationConfig: limits, sampling, thinking, modalities.
//
//   thinking (Anthropic's words) > reasoning_effort > nothing; thinking_config (Gemini's) as it is
//   reasoning_effort: a level where the model has levels, else a budget in tokens; "none" turns
//     thinking off where that can be done, else to its least
//   whoever asks for thinking sees it (includeThoughts)
// What gives way is disclosed.
// Tests: tests/unit/gemini/generation_test.cpp
#pragma once

#include <optional>

#include "chat.h"
#include "draft.h"
#include "models.h"
#include "tools.h"

namespace aip::gemini {

inline constexpr std::size_t kStopsMax = 5;

// The whole member; nothing if it would be empty.
[[nodiscard]] std::optional<sdk::Failure> write_generation(const Chat& chat, const Traits& traits,
                                                           const ToolPlan& tools, Schemas schemas,
                                                           Draft& draft);

}  // namespace aip::gemini
