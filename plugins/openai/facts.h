// facts.h - what an answer says about itself in passing: usage, finish reasons, errors.
//
// Usage stands in many places: `usage` of a chunk of its own or of the last chunk with choices, or
// of every chunk (cumulative: the last one wins), `x_groq.usage`, `choices[].usage`. Its sums
// differ too: OpenAI's completion_tokens hold the reasoning; where a total says that they do not
// (xAI, Gemini's compatible surface), the rest of the total is output as well. Tests:
// tests/unit/openai/facts_test.cpp
#pragma once

#include <aiproxy/plugin.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aip::openai {

inline constexpr std::size_t kChoicesMax = 128;

// AIP_FINISH_, or 0 for a reason that says nothing ("" and null).
[[nodiscard]] std::uint32_t finish_of(std::string_view reason) noexcept;
// Some services end a failed answer with this finish reason.
inline constexpr std::string_view kErrorReason = "error";

// The counts of a usage object; nothing for other values.
void read_usage(json::Value usage, sdk::Usage& counts);
// The same of Responses: input_tokens, output_tokens and their details.
void read_responses_usage(json::Value usage, sdk::Usage& counts);

// The members of a chunk or of a whole answer, found in one pass.
struct Chunk {
  explicit Chunk(json::Value object);
  json::Value id, model, created, choices, usage, error;
  // A chunk that holds usage and nothing else for the client.
  [[nodiscard]] bool is_usage_only() const noexcept {
    return choices.is_array() && choices.size() == 0 && usage.is_object();
  }
};

// A choice's number; the last one for numbers that no request can ask for.
[[nodiscard]] std::uint32_t index_of(json::Value index) noexcept;

// Which choices have begun, and which have their finish reason.
class Progress {
 public:
  void begin(std::uint32_t choice);
  // False: it has one already.
  bool finish(std::uint32_t choice);
  // It has begun and waits for its finish.
  [[nodiscard]] bool open(std::uint32_t choice) const noexcept;
  // At least one choice, and all that began have finished.
  [[nodiscard]] bool complete() const noexcept;
  [[nodiscard]] std::uint32_t size() const noexcept {
    return static_cast<std::uint32_t>(state_.size());
  }

 private:
  enum class State : std::uint8_t { Unseen, Begun, Finished };
  std::vector<State> state_;
};

}  // namespace aip::openai
