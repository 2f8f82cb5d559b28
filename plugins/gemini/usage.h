// usage.h - Gemini's token counts, made to mean what OpenAI's mean.
//
// INPUT = prompt (cached tokens are in it) + what Google's own tools put into it;
// OUTPUT = candidates + thoughts, which Gemini counts apart.
// Counts are cumulative and stand in every chunk: a member replaces what was known of it.
// Tests: tests/unit/gemini/response_test.cpp
#pragma once

#include <aiproxy/events.hpp>
#include <aiproxy/json.hpp>

#include <cstdint>
#include <optional>

namespace aip::gemini {

class TokenCounts {
 public:
  // `usage`: usageMetadata; other types are ignored.
  void learn(json::Value usage);
  void learn_searches(std::uint64_t count) noexcept { searches_ = count; }
  [[nodiscard]] bool known() const noexcept { return prompt_ || candidates_ || thoughts_; }
  [[nodiscard]] sdk::Usage as_usage() const noexcept;

 private:
  std::optional<std::uint64_t> prompt_, tools_, candidates_, thoughts_, cached_, audio_in_,
      audio_out_, searches_;
};

}  // namespace aip::gemini
