// identity.h - which bot is asked, in whose name, and in which conversation.
//
// A request may say so in several places; what stands earlier here counts:
//   bot           x-bot-id, the block's bot_id, the id of a tool call, the model's name, and what
//                 is configured for the chosen token
//   user          x-auth-id, the block's user (or index), what is configured, OpenAI's `user`
//   conversation  the block's conversation_id, the id of a tool call
// The block is the seed's: {"coze": {"conversation": {...}}} as the seed wants it, or with its
// members at the top, as an answer's block has them.
//
// A client that knows nothing of the block can go on after a tool call all the same: the id of
// such a call holds the bot, the conversation and the chat that wait for its output.
//
// Names of models: coze-v2 and coze-v3 tell the version; coze-api leaves it to the configuration
// (v2 if that is silent, as in the seed); any other name is a bot's id (v3 unless configured).
//
// Threads: none.   Tests: tests/unit/coze/identity_test.cpp
#pragma once

#include <aiproxy/abi.h>
#include <aiproxy/json.hpp>

#include <optional>
#include <string>
#include <string_view>

#include "chat.h"
#include "questions.h"
#include "settings.h"

namespace aip::coze {

inline constexpr std::string_view kDefaultUser = "aiproxy";

// What a tool call's id tells: "coze-BOT-CONVERSATION-CHAT-ID".
struct ToolRef {
  std::string bot_id, conversation_id, chat_id;
  std::string id;  // Coze's own
};
[[nodiscard]] std::string to_tool_id(const ToolRef& ref);
[[nodiscard]] std::optional<ToolRef> parse_tool_id(std::string_view id);

// What a request says before the configuration is asked. Empty: nothing.
struct Asked {
  std::string bot_id, user;
  std::string conversation_id, chat_id;
};
[[nodiscard]] Asked read_asked(const aip_request& request, const Chat& chat,
                               const Settings& settings);

struct Identity {
  std::string bot_id, user, region;
  std::string conversation_id, chat_id;
  Version version = Version::V3;
};
[[nodiscard]] Outcome<Identity> settle(const aip_request& request, const Chat& chat,
                                       const Settings& settings);

}  // namespace aip::coze
