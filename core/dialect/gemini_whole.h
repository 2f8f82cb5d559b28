// gemini_whole.h - an answer as Gemini's one GenerateContentResponse.
//
// Events are gathered as parts (gemini_candidate.h); end() writes the object. Raw bytes (the
// provider is Gemini) are the answer; then events only tell the finish.
// Memory: at most limits::kWholeAnswerBytesMax of gathered text; beyond it everything is given up
// and too_large() tells.   Tests: tests/unit/dialect/gemini_whole_test.cpp
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/dialect/dialect.h"
#include "core/dialect/gemini_candidate.h"
#include "core/dialect/gemini_json.h"

namespace aip::dialect {

class GeminiWhole final : public AnswerEncoder {
 public:
  explicit GeminiWhole(const AnswerOptions& options);

  [[nodiscard]] std::string_view content_type() const noexcept override;
  void event(const aip_event& event, std::string& out) override;
  void raw(Bytes bytes, std::string& out) override;
  void end(std::string& out) override;
  void fail(const ErrorReply& reply, std::string& out) override;
  void keep_alive(std::string& out) override;
  [[nodiscard]] std::uint32_t finish() const noexcept override;
  [[nodiscard]] bool too_large() const noexcept override { return too_large_; }

 private:
  void choice_event(const aip_event& event);

  const bool shows_reasoning_;
  AnswerName name_;
  std::vector<GeminiCandidate> candidates_;
  std::map<std::string, std::string> blocks_;
  UsageCounts usage_;
  std::size_t gathered_ = 0;
  bool started_ = false;
  bool raw_ = false;
  bool too_large_ = false;
};

}  // namespace aip::dialect
