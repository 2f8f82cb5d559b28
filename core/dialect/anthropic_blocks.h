// anthropic_blocks.h - the events of an answer as Anthropic's content blocks, in their order.
//
// Both encoders read this list: the whole answer at its end, the stream from the front while it
// grows. Only choice 0 counts, because Anthropic's answers have no other.
//
//   event                  block
//   TEXT, REFUSAL          the open text block, else a new one; none is made for empty text
//   REASONING, SIGNATURE   a thinking block; its signature ends it
//   SIGNATURE (REDACTED)   redacted_thinking
//   TOOL_BEGIN, TOOL_ARGS  a tool_use block; BLOCK_END ends it, other blocks do not
//   IMAGE                  an image block, in the form in which a request may bring it back
//   CITATION               of the last block, if that is text; else it is left out
// Text and thinking end where the next block begins. AUDIO and LOGPROBS have no place here.
//
// Threads: none.   Memory: what the owner has not taken yet; held() tells how much.
// Tests: tests/unit/dialect/anthropic_stream_test.cpp, anthropic_whole_test.cpp
#pragma once

#include <aiproxy/abi.h>

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "core/dialect/escape.h"
#include "core/dialect/openai_json.h"

namespace aip::dialect {

struct AnthropicBlock {
  enum class Kind : std::uint8_t { Text, Thinking, Redacted, Tool, Image };
  Kind kind = Kind::Text;
  std::uint32_t tool = 0;
  std::string id, name;   // of a tool, escaped
  std::string text;       // escaped: words, a tool's arguments, redacted data
  std::string signature;  // escaped
  std::string citations;  // JSON objects with commas between
  std::string image;      // the whole block as JSON
  bool ended = false;
  std::size_t counted = 0;  // of it in AnthropicBlocks::held()
  Seam seam;

  // A text that came to nothing is no block: clients send it back, and the service refuses it.
  [[nodiscard]] bool is_empty() const noexcept {
    return (kind == Kind::Text && text.empty()) ||
           (kind == Kind::Thinking && text.empty() && signature.empty());
  }
  [[nodiscard]] std::size_t bytes() const noexcept {
    return sizeof *this + id.size() + name.size() + text.size() + signature.size() +
           citations.size() + image.size();
  }
};

class AnthropicBlocks {
 public:
  // An event of a block; others do nothing. `name` makes ids for tools that came without one.
  void take(const aip_event& event, const AnswerName& name);
  // The answer has finished: every block has.
  void end_all();

  [[nodiscard]] std::deque<AnthropicBlock>& list() noexcept { return list_; }
  [[nodiscard]] const std::deque<AnthropicBlock>& list() const noexcept { return list_; }
  [[nodiscard]] bool has_tools() const noexcept { return tools_ != 0; }
  [[nodiscard]] bool refused() const noexcept { return refused_; }
  // Bytes in the list, what a block itself takes included.
  [[nodiscard]] std::size_t held() const noexcept { return held_; }
  // The owner has taken something out of the block.
  void recount(AnthropicBlock& block) noexcept;
  void drop_front() noexcept;
  void give_up() noexcept;

 private:
  // Gives the event to its block; nullptr: it has none.
  AnthropicBlock* place(const aip_event& event, const AnswerName& name);
  AnthropicBlock& begin(AnthropicBlock::Kind kind);
  [[nodiscard]] AnthropicBlock* last(AnthropicBlock::Kind kind) noexcept;
  [[nodiscard]] AnthropicBlock* tool(std::uint32_t number) noexcept;
  AnthropicBlock* words(const aip_event& event, AnthropicBlock::Kind kind);
  AnthropicBlock* signature(const aip_event& event);
  AnthropicBlock* tool_begin(const aip_event& event, const AnswerName& name);
  AnthropicBlock* tool_arguments(const aip_event& event);
  AnthropicBlock* citation(std::string_view annotation);
  AnthropicBlock* image(std::string_view json);
  AnthropicBlock* block_end(std::uint32_t number);
  void end(AnthropicBlock& block);

  std::deque<AnthropicBlock> list_;          // growing and shrinking at its ends moves nothing
  std::vector<AnthropicBlock*> open_tools_;  // in it, not ended yet
  std::size_t tools_ = 0;
  std::size_t held_ = 0;
  bool refused_ = false;
};

}  // namespace aip::dialect
