// anthropic_whole.h - an answer as Anthropic's one JSON object.
//
// Blocks are gathered (anthropic_blocks.h) and written by end(). A tool's arguments are an object
// here; what a model wrote that is none becomes {"_raw": "its words"}, so that a tool is never
// called with arguments that were made up. Raw bytes (same dialect at both ends) are the answer.
// Memory: at most limits::kWholeAnswerBytesMax of gathered text; beyond it everything is given up
// and too_large() tells.   Tests: tests/unit/dialect/anthropic_whole_test.cpp
#pragma once

#include <map>
#include <string>

#include "core/dialect/anthropic_blocks.h"
#include "core/dialect/anthropic_json.h"
#include "core/dialect/dialect.h"

namespace aip::dialect {

class AnthropicWhole final : public AnswerEncoder {
 public:
  explicit AnthropicWhole(const AnswerOptions& options);

  [[nodiscard]] std::string_view content_type() const noexcept override;
  void event(const aip_event& event, std::string& out) override;
  void raw(Bytes bytes, std::string& out) override;
  void end(std::string& out) override;
  void fail(const ErrorReply& reply, std::string& out) override;
  void keep_alive(std::string& out) override;
  [[nodiscard]] std::uint32_t finish() const noexcept override { return end_.finish; }
  [[nodiscard]] bool too_large() const noexcept override { return too_large_; }

 private:
  static void append_block(const AnthropicBlock& block, std::string& out);

  AnswerName name_;
  AnthropicBlocks blocks_;
  AnthropicEnd end_;
  UsageCounts usage_;
  std::map<std::string, std::string> provider_blocks_;
  std::size_t gathered_ = 0;
  bool named_ = false;
  bool raw_ = false;
  bool too_large_ = false;
};

}  // namespace aip::dialect
