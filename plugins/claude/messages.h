// messages.h - the conversation: OpenAI's list of messages as `system` and alternating turns.
//
//   system, developer   wherever they stand: text blocks of `system`, in order
//   user                blocks of a user turn
//   assistant           thinking (signed or redacted, before all else), text, tool_use
//   tool, function      tool_result, the first thing in the user turn that follows the tool_use
//
// Anthropic's rules that the list need not obey: turns alternate and begin with the user's; every
// tool_use has exactly one result in the next turn; no block is blank. So neighbours are merged; a
// result whose call is not in the turn before becomes text; a call that was never answered gets a
// result that says so; a user turn of nothing gets a word in its place. What was made up is
// disclosed.
//
// Use: read() once, then write_system() and write_messages().
// Tests: tests/unit/claude/messages_test.cpp
#pragma once

#include <aiproxy/json.hpp>
#include <aiproxy/speakers.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "draft.h"
#include "tool_ids.h"

namespace aip::claude {

using sdk::from_user;
using sdk::is_result;
using sdk::Speaker;

struct Message {
  std::uint32_t index = 0;
  Speaker speaker = Speaker::User;
  json::Value content, refusal, name, tool_calls, function_call, tool_call_id, is_error, audio;
  json::Value cache_control, thinking_blocks, reasoning_content, signature, reasoning_details;
  std::string result_of;  // Tool, Function: the id of the call that it answers; empty: an orphan
};

class Conversation {
 public:
  // Fails if the list is not one of messages, or holds nothing but system text.
  [[nodiscard]] std::optional<sdk::Failure> read(json::Value messages);

  // Does the conversation end in the middle of a tool loop in which no signed thinking stands?
  // Then thinking by budget would be refused.
  [[nodiscard]] bool open_loop_without_thinking() const;
  // The index of the message that the model is to continue (a prefill); nothing if the user spoke
  // last.
  [[nodiscard]] std::optional<std::uint32_t> prefill() const;
  void drop_last() { turns_.pop_back(); }
  [[nodiscard]] bool empty() const noexcept { return turns_.empty(); }

  // `extra`: instructions of our own behind the client's; empty: none.
  [[nodiscard]] std::optional<sdk::Failure> write_system(std::string_view extra, Draft& draft);
  [[nodiscard]] std::optional<sdk::Failure> write_messages(Draft& draft);

 private:
  using Iterator = std::vector<Message>::iterator;

  std::optional<sdk::Failure> write_user_run(Iterator begin, Iterator end, Draft& draft);
  std::optional<sdk::Failure> write_assistant(const Message& message, Draft& draft);
  std::optional<sdk::Failure> write_content(const Message& message, Draft& draft);
  std::optional<sdk::Failure> write_tool_calls(const Message& message, Draft& draft);
  std::optional<sdk::Failure> write_result(const Message& message, Draft& draft);
  std::optional<sdk::Failure> write_result_content(const Message& message, Draft& draft);
  std::optional<sdk::Failure> write_orphan(const Message& message, Draft& draft);
  void write_missing_results(Draft& draft);

  std::vector<Message> system_, turns_;
  ToolIds ids_;
};

// Does this message carry thinking that Anthropic signed?
[[nodiscard]] bool has_signed_thinking(const Message& message);
void write_thinking(const Message& message, Draft& draft);

}  // namespace aip::claude
