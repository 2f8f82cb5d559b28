// openai_whole.h - an answer as OpenAI's one JSON object.
//
// Events are gathered as escaped text, so nothing is unescaped and escaped again; end() writes the
// object. whole_answer.h has what is no dialect's own, the limit too.
// Tests: tests/unit/dialect/openai_whole_test.cpp
#pragma once

#include <string>
#include <vector>

#include "core/dialect/openai_json.h"
#include "core/dialect/thinking.h"
#include "core/dialect/whole_answer.h"

namespace aip::dialect {

class OpenAiWhole final : public WholeAnswer {
 public:
  explicit OpenAiWhole(const AnswerOptions& options);
  [[nodiscard]] std::uint32_t finish() const noexcept override;

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

  void take(const aip_event& event) override;
  void write(std::string& out) override;
  void give_up() override { choices_.clear(); }
  Choice* choice_of(const aip_event& event);
  void choice_event(const aip_event& event, Choice& choice);
  void tool_begin(const aip_event& event, Choice& choice);
  void add_logprobs(const aip_event& event, Choice& choice);
  void add_audio(const aip_event& event, Choice& choice);
  void append_choice(std::uint32_t index, const Choice& choice, std::string& out) const;
  void append_message(const Choice& choice, std::string& out) const;

  std::vector<Choice> choices_;
};

}  // namespace aip::dialect
