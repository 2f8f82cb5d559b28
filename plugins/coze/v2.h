// v2.h - reads answers of POST /open_api/v2/chat.
//
// A stream is lines of data, each with its kind in the member "event":
//   message   {message{role,type,content}, is_finish, index, conversation_id}: a piece of a message
//   done      the end       error   {error_information{err_code,err_msg}}       ping
// Only messages of type answer are the answer; a follow_up is told in the block; the rest (function
// calls, tools' answers, knowledge, verbose) is the bot's own business. There is no usage.
// A stream that ends without done is truncated.
// Tests: tests/unit/coze/v2_test.cpp, tests/golden/coze, tests/fuzz/coze_fuzz.cpp
#pragma once

#include <map>
#include <string>

#include "reader.h"

namespace aip::coze {

class V2Reader final : public Reader {
 public:
  explicit V2Reader(Answer& answer) noexcept : answer_(answer) {}
  [[nodiscard]] MaybeFailure stream_event(const Event& event) override;
  [[nodiscard]] MaybeFailure end() override;
  // {messages, conversation_id}: an answer that came whole.
  void whole(json::Value body);

 private:
  void message(json::Value event);
  void follow_up(json::Value event);

  Answer& answer_;
  std::map<std::int64_t, std::string> follow_ups_;  // by index, until it is finished; bounded
};

}  // namespace aip::coze
