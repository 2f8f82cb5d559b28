// usage.h - Anthropic's token counts, made to mean what OpenAI's mean.
//
// Anthropic's input_tokens leaves the cache out; INPUT = input + cache read + cache written.
// Counts are cumulative and come in pieces (message_start knows the input, message_delta the
// output and sometimes all): a member replaces what was known of it, an absent or null one does
// not.
// Tests: tests/unit/claude/response_test.cpp
#pragma once

#include <aiproxy/events.hpp>
#include <aiproxy/json.hpp>

#include <cstdint>
#include <optional>

namespace aip::claude {

class TokenCounts {
 public:
  // `usage`: the object of that name; other types are ignored.
  void learn(json::Value usage);
  [[nodiscard]] bool known() const noexcept { return input_ || output_ || read_ || written_; }
  [[nodiscard]] sdk::Usage as_usage() const noexcept;

 private:
  std::optional<std::uint64_t> input_, output_, read_, written_, written_1h_, thinking_, searches_;
};

}  // namespace aip::claude
