// anthropic_stream.h - an answer as Anthropic's stream of events.
//
//   message_start, then for each block content_block_start, content_block_delta..., and
//   content_block_stop, then message_delta with the reason and the usage, then message_stop
//
// Exactly one block is open at a time, and their indexes ascend without a gap. Tools whose
// fragments come interleaved wait for each other: the first one streams, the others are kept until
// it ends, at most kHeldBytesMax with what a block itself takes; beyond that the answer is given
// up. message_start waits for the
// first block, so that the usage of the input, which a provider tells early, stands in it;
// message_delta waits for the end, because OpenAI's usage comes behind the reason.
// After a failure there is an error event and nothing else. A ping keeps the stream alive.
//
// Raw bytes (same dialect at both ends) go through; then events only tell finish and usage.
// Memory: some strings a stream, and what waits.
// Tests: tests/unit/dialect/anthropic_stream_test.cpp, through tests/support/anthropic_validator.h
#pragma once

#include <string>

#include "core/dialect/anthropic_blocks.h"
#include "core/dialect/anthropic_json.h"
#include "core/dialect/dialect.h"

namespace aip::dialect {

inline constexpr std::size_t kHeldBytesMax = 8 * 1024 * 1024;

class AnthropicStream final : public AnswerEncoder {
 public:
  explicit AnthropicStream(const AnswerOptions& options);

  [[nodiscard]] std::string_view content_type() const noexcept override;
  void event(const aip_event& event, std::string& out) override;
  void raw(Bytes bytes, std::string& out) override;
  void end(std::string& out) override;
  void fail(const ErrorReply& reply, std::string& out) override;
  void keep_alive(std::string& out) override;
  [[nodiscard]] std::uint32_t finish() const noexcept override { return end_.finish; }
  [[nodiscard]] bool too_large() const noexcept override { return too_large_; }

 private:
  void start(std::string& out);
  // Writes what the blocks at the front of the list have come to.
  void flush(std::string& out);
  void open(const AnthropicBlock& block, std::string& out);
  void write(AnthropicBlock& block, std::string& out);
  void delta(std::string_view type, std::string_view member, std::string& text,
             std::string& out) const;
  void citations(const std::string& list, std::string& out) const;
  [[nodiscard]] bool raw_has_stopped() const noexcept;

  AnswerName name_;
  AnthropicBlocks blocks_;
  AnthropicEnd end_;
  UsageCounts usage_;
  ProviderBlocks provider_blocks_;
  std::string raw_tail_;
  std::uint32_t index_ = 0;  // of the block at the front
  bool open_ = false;        // its start has been written
  bool named_ = false;
  bool started_ = false;
  bool raw_ = false;
  bool too_large_ = false;
};

}  // namespace aip::dialect
