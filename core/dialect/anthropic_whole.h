// anthropic_whole.h - an answer as Anthropic's one JSON object.
//
// Blocks are gathered (anthropic_blocks.h) and written by end(). A tool's arguments are an object
// here; what a model wrote that is none becomes {"_raw": "its words"}, so that a tool is never
// called with arguments that were made up. whole_answer.h has what is no dialect's own, the limit
// too.   Tests: tests/unit/dialect/anthropic_whole_test.cpp
#pragma once

#include <string>

#include "core/dialect/anthropic_blocks.h"
#include "core/dialect/anthropic_json.h"
#include "core/dialect/whole_answer.h"

namespace aip::dialect {

class AnthropicWhole final : public WholeAnswer {
 public:
  explicit AnthropicWhole(const AnswerOptions& options);
  [[nodiscard]] std::uint32_t finish() const noexcept override { return end_.finish; }

 private:
  void take(const aip_event& event) override;
  void write(std::string& out) override;
  void give_up() override { blocks_.give_up(); }
  [[nodiscard]] std::size_t held_beside() const noexcept override;
  static void append_block(const AnthropicBlock& block, std::string& out);

  AnthropicBlocks blocks_;
  AnthropicEnd end_;
};

}  // namespace aip::dialect
