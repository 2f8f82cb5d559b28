// answer.h - what both versions' readers make: typed events of canonical chat, in order.
//
// START goes first; the seed's block "coze" next, and once more in front of FINISH, with the
// follow-up questions that came in between. Answers of one chat that have different ids are one
// text with an empty line between them.
//
// Threads: none.   Memory: a few scratch strings; at most kFollowUpsMax follow-ups of
// kFollowUpBytesMax each: longer ones are left out.
// Lifetime: events() borrow from the text that was given and from this object, until clear().
// Tests: tests/unit/coze/v2_test.cpp, v3_test.cpp
#pragma once

#include <aiproxy/json.hpp>
#include <aiproxy/plugin.hpp>

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "identity.h"

namespace aip::coze {

inline constexpr std::size_t kFollowUpsMax = 32;
inline constexpr std::size_t kFollowUpBytesMax = 4096;

class Answer {
 public:
  explicit Answer(const Identity& who) : who_(who) {}
  Answer(const Answer&) = delete;
  Answer& operator=(const Answer&) = delete;

  // A new round: what was made before has been taken.
  void clear();
  [[nodiscard]] const std::vector<aip_event>& events() const noexcept { return events_; }
  // FINISH was told.
  [[nodiscard]] bool complete() const noexcept { return complete_; }
  [[nodiscard]] const Identity& who() const noexcept { return who_; }

  void learn_conversation(std::string_view id) { who_.conversation_id = id; }
  void learn_chat(std::string_view id) { who_.chat_id = id; }
  // Only the first one counts.
  void start(std::string_view id, std::uint64_t created_s);
  // `message`: which of the chat's answers this belongs to.
  void text(std::string_view message, std::string_view escaped);
  void text_copy(std::string_view message, std::string_view escaped) {
    text(message, keep(std::string(escaped)));
  }
  void reasoning(std::string_view escaped);
  void image(std::string_view url_escaped);
  void tool(json::Value call);
  void usage(const sdk::Usage& usage);
  void follow_up(std::string_view escaped);
  void ping();
  void finish(std::string_view upstream_reason);

 private:
  void add(aip_event event);
  void tell_block();
  [[nodiscard]] std::string_view keep(std::string text);

  Identity who_;
  std::vector<aip_event> events_;
  std::deque<std::string> scratch_;  // what events_ borrow; a deque, so that growing moves nothing
  std::vector<std::string> follow_ups_;  // escaped
  sdk::Usage usage_;
  std::string message_;  // whose text was told last
  std::uint32_t tools_ = 0;
  bool started_ = false;
  bool text_told_ = false;
  bool complete_ = false;
};

}  // namespace aip::coze
