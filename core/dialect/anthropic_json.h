// anthropic_json.h - the small values that Anthropic's stream and whole answer have in common.
// Tests: tests/unit/dialect/anthropic_whole_test.cpp
#pragma once

#include <aiproxy/abi.h>

#include <string>
#include <string_view>

#include "core/dialect/anthropic_blocks.h"
#include "core/dialect/openai_json.h"

namespace aip::dialect {

// The end of an answer, as it was told.
struct AnthropicEnd {
  std::uint32_t finish = 0;   // 0: not told
  std::string reason;         // the provider's own word
  std::string stop_sequence;  // escaped
  void learn(const aip_event& finish);
  // "stop_reason":...,"stop_sequence":...
  void append_json(const AnthropicBlocks& blocks, std::string& out) const;
};

// "id":"msg_...": the provider's own id if it is one of Anthropic's, else made from what there is.
void append_message_id(std::string_view id, std::string& out);
// {"input_tokens":...}: Anthropic's sums, where the input leaves the cache out.
void append_anthropic_usage(const UsageCounts& usage, std::string& out);

}  // namespace aip::dialect
