// response.h - Anthropic's answers, streamed and whole, as the typed events of canonical chat.
//
//   event of the stream            becomes
//   message_start                  START, USAGE
//   content_block_start tool_use   TOOL_BEGIN, numbered from 0 whatever stands between
//   text, thinking, input deltas   TEXT, REASONING, TOOL_ARGS: still JSON-escaped, never decoded
//   signature, redacted thinking   SIGNATURE
//   citations                      CITATION, when their block ends
//   content_block_stop             BLOCK_END; a tool that got no arguments gets "{}"
//   message_delta                  USAGE; the reason is kept
//   message_stop                   FINISH
//   error                          a failure
//   server tools, unknown types    nothing
// A stream that ends behind message_delta is whole; one that ends before it is truncated.
//
// text_of_delta() is a short cut for the event that makes up nearly all of a stream: it compares
// the exact bytes that the service writes and otherwise says no; the walker then reads the event.
// A test holds the two equal.
//
// Threads: none.   Memory: a few scratch strings, and citations until their block ends.
// Lifetime: events() borrow from the text that was given and from the reader, until its next call.
// Tests: tests/unit/claude/response_test.cpp, tests/fuzz/claude_fuzz.cpp
#pragma once

#include <aiproxy/json.hpp>
#include <aiproxy/plugin.hpp>

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "citations.h"
#include "usage.h"

namespace aip::claude {

// The escaped text of a content_block_delta of type text_delta in the service's exact form.
[[nodiscard]] std::optional<std::string_view> text_of_delta(std::string_view data) noexcept;

class AnswerReader {
 public:
  enum class Shape : std::uint8_t {
    Plain,
    JsonTool,  // the input of kJsonTool is the answer's text
  };
  explicit AnswerReader(Shape shape) noexcept : shape_(shape) {}
  AnswerReader(const AnswerReader&) = delete;
  AnswerReader& operator=(const AnswerReader&) = delete;

  // One event's data: valid JSON. A failure ends the answer.
  [[nodiscard]] std::optional<sdk::Failure> stream_event(std::string_view data);
  // As stream_event, without the short cut.
  [[nodiscard]] std::optional<sdk::Failure> walk_event(json::Value event);
  // The whole answer: valid JSON.
  [[nodiscard]] std::optional<sdk::Failure> whole(json::Value message);
  // The body has ended.
  [[nodiscard]] std::optional<sdk::Failure> end();

  // What the last call made.
  [[nodiscard]] const std::vector<aip_event>& events() const noexcept { return events_; }
  // FINISH was told: the answer is complete.
  [[nodiscard]] bool complete() const noexcept { return complete_; }
  // The answer is complete but its last event never came.
  [[nodiscard]] bool stop_missing() const noexcept { return stop_missing_; }

 private:
  enum class Block : std::uint8_t { None, Text, Thinking, Tool, JsonTool, Hidden };

  void clear();
  void add(aip_event event);
  void add_escaped(aip_event event) { add(sdk::event::escaped(event)); }
  [[nodiscard]] std::string_view plain(json::Value string);

  void message_start(json::Value message);
  void text(std::string_view escaped);
  void block_start(json::Value block);
  void tool_start(json::Value block);
  void block_delta(json::Value delta);
  void tool_input(std::string_view escaped);
  void block_stop();
  void message_delta(json::Value event);
  void learn_reason(json::Value delta);
  void tell_usage();
  void tell_finish();

  const Shape shape_;
  std::vector<aip_event> events_;
  std::deque<std::string> scratch_;  // what events_ borrow; a deque, so that growing moves nothing
  sdk::Usage usage_;

  bool started_ = false;
  Block open_ = Block::None;
  std::uint32_t tools_ = 0;      // begun so far; the open one is the last
  bool input_seen_ = false;      // of the open tool
  std::string first_input_;      // an input that came whole with the block's start
  bool signature_seen_ = false;  // of the open thinking
  Citations citations_;
  TokenCounts counts_;
  std::string reason_;  // stop_reason; empty: not told
  std::string stop_sequence_;
  std::string explanation_;  // of a refusal, escaped
  bool reason_told_ = false;
  bool complete_ = false;
  bool stop_missing_ = false;
};

}  // namespace aip::claude
