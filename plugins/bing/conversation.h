// conversation.h - a conversation at Bing, as it goes to the client and comes back.
//
// The seed documents {"conversationId","clientId","Signature","TraceId"} and writes the last two
// with small letters; both spellings are given out, and taken in whatever case. What the client
// gives back continues the conversation. `invocationId` counts its turns.
// Tests: tests/unit/bing/conversation_test.cpp
#pragma once

#include <aiproxy/json.hpp>
#include <aiproxy/plugin.hpp>

#include <optional>
#include <string>
#include <variant>

namespace aip::bing {

struct Conversation {
  std::string id, client_id, signature;
  std::string trace_id;  // 32 hex digits; empty: the conversation has had no turn
  std::string image_url;
  std::int64_t turn = 0;
};

// A client's block; nothing if a part that Bing needs is missing.
[[nodiscard]] std::optional<Conversation> read_conversation(json::Value block);
// The answer to a creation.
[[nodiscard]] std::variant<Conversation, sdk::Failure> read_created(json::Value answer,
                                                                    std::string_view signature);

// The members of the block, for the caller to add to.
void write_conversation(const Conversation& conversation, json::Writer& out);

}  // namespace aip::bing
