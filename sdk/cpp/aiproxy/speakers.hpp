// speakers.hpp - who speaks in a message of the canonical chat, and its members found once.
//
//     struct Message {
//       std::uint32_t index = 0;
//       Speaker speaker = Speaker::User;
//       json::Value content, tool_calls;          // what this provider looks at
//     };
//     Outcome<Message> message = read_message(value, index, kMembers);
//
// Most providers know two sides and not six roles: from_user() tells them apart, so that turns can
// be made to alternate.
// Tests: tests/unit/claude/messages_test.cpp, tests/unit/gemini/messages_test.cpp
#pragma once

#include <aiproxy/fields.hpp>
#include <aiproxy/json.hpp>
#include <aiproxy/questions.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace aip::sdk {

// System: also the developer's. Function: the older form of Tool.
enum class Speaker : std::uint8_t { System, User, Assistant, Tool, Function };

[[nodiscard]] inline std::optional<Speaker> speaker_of(json::Value role) {
  if (role.equals("user")) return Speaker::User;
  if (role.equals("assistant")) return Speaker::Assistant;
  if (role.equals("tool")) return Speaker::Tool;
  if (role.equals("system") || role.equals("developer")) return Speaker::System;
  if (role.equals("function")) return Speaker::Function;
  return std::nullopt;
}

// Everything that the model did not say itself.
template <class Message>
[[nodiscard]] bool from_user(const Message& message) noexcept {
  return message.speaker != Speaker::Assistant;
}
template <class Message>
[[nodiscard]] bool is_result(const Message& message) noexcept {
  return message.speaker == Speaker::Tool || message.speaker == Speaker::Function;
}

template <class Message, std::size_t N>
[[nodiscard]] Outcome<Message> read_message(json::Value value, std::uint32_t index,
                                            const std::array<Field<Message>, N>& members) {
  Message message;
  message.index = index;
  json::Value role;
  for (const json::Value::Member& m : value.members()) {
    if (m.named("role")) role = m.value();
    set_field(members, m, message);
  }
  const std::optional<Speaker> speaker = speaker_of(role);
  if (!speaker) {
    return invalid(Place{index}.pointer() + "/role",
                   "The role must be system, developer, user, assistant, tool or function.");
  }
  message.speaker = *speaker;
  return message;
}

}  // namespace aip::sdk
