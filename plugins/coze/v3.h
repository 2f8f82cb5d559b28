// v3.h - reads answers of POST /v3/chat: a stream, or a chat that is asked for and its messages.
//
//   event of the stream (or of the poll)   becomes
//   chat.created                           START, the block; from here on the chat is open
//   message.delta, type answer             REASONING, TEXT
//   message.completed, type answer         TEXT, if no delta told it; images of an object_string
//   message.completed, type follow_up      a follow-up, told in the block at the end
//   chat.completed                         USAGE; the chat is no longer open
//   chat.requires_action                   TOOL_BEGIN, TOOL_ARGS, BLOCK_END for each call
//   chat.failed, error                     a failure
//   done                                   FINISH
//   others (in_progress, knowledge, function_call, tool_response, verbose, audio.delta)    PING
// A stream that ends behind chat.completed (or requires_action) is whole though done never came;
// one that ends before it is truncated.
// Memory: a number for each answer that was told, at most kAnswersMax.
// Tests: tests/unit/coze/v3_test.cpp, tests/recorded/coze_test.cpp, tests/golden/coze,
//        tests/fuzz/coze_fuzz.cpp
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <string_view>

#include "reader.h"

namespace aip::coze {

// More answers than this in one chat are told all the same, but a repetition is not noticed.
inline constexpr std::size_t kAnswersMax = 256;

enum class ChatStatus : std::uint8_t { Running, Completed, RequiresAction };

class V3Reader final : public Reader {
 public:
  explicit V3Reader(Answer& answer) noexcept : answer_(answer) {}
  [[nodiscard]] MaybeFailure stream_event(const Event& event) override;
  [[nodiscard]] MaybeFailure end() override;

  // A chat as retrieve gives it (the member "data").
  [[nodiscard]] MaybeFailure chat(json::Value chat);
  // The list of a completed chat's messages, in any order. Ends the answer.
  void messages(json::Value list);
  // The calls of a chat that waits for outputs were told: ends the answer.
  void finish() { answer_.finish(reason_); }

  [[nodiscard]] ChatStatus status() const noexcept { return status_; }
  // Coze works on this chat: whoever leaves now should cancel it.
  [[nodiscard]] bool open() const noexcept { return open_; }

 private:
  [[nodiscard]] MaybeFailure take_status(json::Value chat);
  void learn(json::Value chat);
  void delta(json::Value message);
  void completed(json::Value message);
  void answer_whole(json::Value message);
  [[nodiscard]] bool was_told(std::string_view id) const;

  Answer& answer_;
  std::set<std::size_t> told_;  // answers whose deltas were told, by their id's hash
  std::string reason_;
  ChatStatus status_ = ChatStatus::Running;
  bool open_ = false;
};

}  // namespace aip::coze
