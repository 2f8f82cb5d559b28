// openai_whole.h - an answer as OpenAI's one JSON object.
//
// Events are gathered as escaped text, so nothing is unescaped and escaped again; end() writes the
// object. Raw bytes (same dialect at both ends) are the answer; then events only tell the finish.
// Memory: at most limits::kWholeAnswerBytesMax of gathered text; beyond it everything is given up
// and too_large() tells.   Tests: tests/unit/dialect/openai_whole_test.cpp
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/dialect/dialect.h"
#include "core/dialect/openai_json.h"
#include "core/dialect/thinking.h"

namespace aip::dialect {

class OpenAiWhole final : public AnswerEncoder {
 public:
  explicit OpenAiWhole(const AnswerOptions& options);

  [[nodiscard]] std::string_view content_type() const noexcept override;
  void event(const aip_event& event, std::string& out) override;
  void raw(Bytes bytes, std::string& out) override;
  void end(std::string& out) override;
  void fail(const ErrorReply& reply, std::string& out) override;
  void keep_alive(std::string& out) override;
  [[nodiscard]] std::uint32_t finish() const noexcept override;
  [[nodiscard]] bool too_large() const noexcept override { return too_large_; }

 private:
  struct Tool {
    std::uint32_t block = 0;
    std::string id, name, arguments;  // escaped
  };
  struct Audio {
    std::string id, expires_at;    // JSON values
    std::string data, transcript;  // escaped
    bool told = false;
  };
  // Strings are escaped text; lists are JSON values with commas between them.
  struct Choice {
    std::string content, reasoning, refusal;
    std::string thinking_blocks, annotations, images;
    std::string logprobs_content, logprobs_refusal;
    std::string stop_reason;
    std::vector<Tool> tools;
    Audio audio;
    Thinking thinking;
    std::uint32_t images_count = 0;
    std::uint32_t finish = 0;
    bool begun = false;
    bool has_logprobs = false;
  };

  Choice* choice_of(const aip_event& event);
  void choice_event(const aip_event& event, Choice& choice);
  void tool_begin(const aip_event& event, Choice& choice);
  void add_logprobs(const aip_event& event, Choice& choice);
  void add_audio(const aip_event& event, Choice& choice);
  void append_choice(std::uint32_t index, const Choice& choice, std::string& out) const;
  void append_message(const Choice& choice, std::string& out) const;

  AnswerName name_;
  std::vector<Choice> choices_;
  std::map<std::string, std::string> blocks_;
  UsageCounts usage_;
  std::size_t gathered_ = 0;
  bool started_ = false;
  bool raw_ = false;
  bool too_large_ = false;
};

}  // namespace aip::dialect
