// gemini_json.h - the small values that Gemini's stream and whole answer have in common.
// Tests: tests/unit/dialect/gemini_stream_test.cpp
#pragma once

#include <aiproxy/abi.h>

#include <string>
#include <string_view>

#include "core/dialect/openai_json.h"

namespace aip::dialect {

// What the answer is called where the provider says nothing: our id without OpenAI's prefix.
[[nodiscard]] AnswerName gemini_name(const AnswerOptions& options);

// {"promptTokenCount":...}: candidatesTokenCount leaves the thoughts out, as Google counts.
void append_usage_metadata(const UsageCounts& usage, std::string& out);

// Google's own word if `upstream` is one, else what comes nearest.
[[nodiscard]] std::string_view google_finish(std::uint32_t finish,
                                             std::string_view upstream) noexcept;

// The inside of a part: "inlineData":{...} or "fileData":{...}.
void append_image_payload(std::string_view json, std::string& out);
void append_audio_payload(std::string_view json, std::string& out);

// One source of an OpenAI annotation as a grounding chunk; nothing for other kinds.
void append_grounding_chunk(std::string_view annotation, std::string& out);

// OpenAI's logprobs as the two lists of logprobsResult: JSON values with commas between them.
struct LogprobLists {
  std::string chosen, top;
  void add(std::string_view logprobs);
  [[nodiscard]] bool empty() const noexcept { return chosen.empty(); }
  // ,"logprobsResult":{...}; the lists are empty afterwards.
  void append_json(std::string& out);
};

}  // namespace aip::dialect
