// request.h - a canonical chat becomes the body of a request to Coze.
//
//   v2   {bot_id, conversation_id?, user, query, chat_history?}
//   v3   {bot_id, user_id, additional_messages}, or the outputs of tools for a chat that waits
// Coze keeps a conversation's history itself: when the request names one, only what the client
// added since the last answer goes up. Without a name all of it goes, and a new conversation
// begins. Coze has no system role: such a message becomes a user's, at its place, and the host is
// told. docs/providers/coze.md tells users what becomes of each field.
//
// Threads: none.   Memory: the result, and views.   Lifetime: views die with the body.
// Tests: tests/unit/coze/request_test.cpp, tests/golden/coze, tests/fuzz/coze_fuzz.cpp
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "chat.h"
#include "content.h"
#include "identity.h"
#include "questions.h"

namespace aip::coze {

enum class Delivery : std::uint8_t { Stream, Whole };

struct Translated {
  enum class Kind : std::uint8_t { Chat, ToolOutputs };
  Kind kind = Kind::Chat;
  Delivery delivery = Delivery::Stream;  // how Coze is asked to answer
  std::string body;
  std::vector<Upload> uploads;  // whose ids are missing in the body
};

[[nodiscard]] Outcome<Translated> translate(const Chat& chat, const Identity& who, Delivery wanted,
                                            Questions& questions);

}  // namespace aip::coze
