// gemini_whole.h - an answer as Gemini's one GenerateContentResponse.
//
// Events are gathered as parts (gemini_candidate.h); whole_answer.h has the rest, the limit too.
// Tests: tests/unit/dialect/gemini_whole_test.cpp
#pragma once

#include <string>
#include <vector>

#include "core/dialect/gemini_candidate.h"
#include "core/dialect/gemini_json.h"
#include "core/dialect/whole_answer.h"

namespace aip::dialect {

class GeminiWhole final : public WholeAnswer {
 public:
  explicit GeminiWhole(const AnswerOptions& options);

  [[nodiscard]] std::string_view content_type() const noexcept override;
  [[nodiscard]] std::uint32_t finish() const noexcept override;

 private:
  void take(const aip_event& event) override;
  void write(std::string& out) override;
  void give_up() override { candidates_.clear(); }
  [[nodiscard]] std::size_t held_beside() const noexcept override;

  const bool shows_reasoning_;
  std::vector<GeminiCandidate> candidates_;
};

}  // namespace aip::dialect
