// gemini_candidate.h - one candidate of a Gemini answer: its events become parts.
//
//   TEXT, REFUSAL   {"text"}                     neighbours that wait together become one part
//   REASONING       {"thought":true,"text"}      only for those who asked to see thoughts
//   TOOL_*          {"functionCall":{"id","name","args"}}: whole, when its arguments are complete,
//                   in the order in which the calls began
//   SIGNATURE       thoughtSignature of the next part that is no thought (gemini_carrier.h), or of
//                   an empty text at the end, where Google puts what is left over
//   IMAGE, AUDIO    {"inlineData"}, {"fileData"}
//   CITATION        groundingMetadata of the end;  LOGPROBS  logprobsResult
//
// Arguments that are no JSON object are not a call: the candidate then ends with Google's own
// MALFORMED_FUNCTION_CALL.
// The stream takes the parts after every event, the whole answer once at the end.
// Memory: the parts that nobody has taken, and the arguments of the calls that are open, at most
// limits::kEventBytesMax of them.   Tests: tests/unit/dialect/gemini_stream_test.cpp
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/dialect/escape.h"
#include "core/dialect/gemini_json.h"
#include "core/dialect/thinking.h"

namespace aip::dialect {

class GeminiCandidate {
 public:
  explicit GeminiCandidate(bool shows_reasoning) : shows_reasoning_(shows_reasoning) {}

  void take(const aip_event& event, const AnswerName& name);
  // JSON values with commas between them.
  [[nodiscard]] const std::string& parts() const noexcept { return parts_; }
  void parts_taken() noexcept;
  // {"content":{...},"index":n}, with the finish reason once it is known and wanted.
  enum class Ending : std::uint8_t { Open, Finished };
  void append_json(std::uint32_t index, Ending ending, std::string& out);
  // What is held beside the words of the events: the clothes of parts and of signed blocks, but for
  // the first one's.
  [[nodiscard]] std::size_t held_beside() const noexcept {
    return dressed_ == 0 ? 0 : (dressed_ - 1) * kClothesBytes;
  }
  // Where a plain text of this candidate may be written by the caller; nullptr if something has to
  // stand beside it.
  [[nodiscard]] Seam* bare_text() noexcept;

  bool begun = false;
  std::uint32_t finish = 0;

 private:
  // As much as JSON puts around the smallest of them.
  static constexpr std::size_t kClothesBytes = 64;
  struct Tool {
    std::uint32_t block = 0;
    std::string id, name, arguments;  // escaped
    bool ended = false;
    bool cut = false;  // its arguments are too long
  };
  enum class Kind : std::uint8_t { Other, Text, Thought };

  void text(Kind kind, const aip_event& event);
  void open_text(Kind kind);
  void begin_part(Kind kind);
  void tool_begin(const aip_event& event, const AnswerName& name);
  void tool_arguments(const aip_event& event);
  void block_end(const aip_event& event);
  void write_ended_tools();
  void write_tool(const Tool& tool);
  void end(const aip_event& event);

  const bool shows_reasoning_;
  std::string parts_;
  Kind last_ = Kind::Other;  // of the last part that nobody has taken
  std::vector<Tool> tools_;
  std::size_t tools_written_ = 0;
  std::size_t arguments_bytes_ = 0;
  std::size_t dressed_ = 0;  // parts and signed blocks so far
  Seam text_, thought_;
  Thinking thinking_;
  std::string signed_;  // blocks of reasoning that wait for a part to stand on
  std::string sources_;
  LogprobLists logprobs_;
  std::string reason_, reason_text_;  // escaped
};

// The candidates that have begun, with commas between them, as they are at the end.
void append_finished(std::vector<GeminiCandidate>& candidates, std::string& out);

}  // namespace aip::dialect
