// thinking.cpp - reasoning of earlier turns, given back unchanged.
//
// Only what Anthropic signed or sealed goes back: text without a signature is left out, because a
// signature cannot be made up and the service refuses thinking without one. Three carriers are
// known: thinking_blocks, reasoning_content with its signature, and reasoning_details.
#include <string_view>

#include "messages.h"

namespace aip::claude {
namespace {

bool filled(json::Value value) {
  return !value.escaped().empty();
}

// Anthropic's data is base64. Other providers' sealed state names its maker ("gemini:text:...") and
// would be refused.
bool is_anthropics(json::Value data) {
  return filled(data) && data.escaped().find(':') == std::string_view::npos;
}

void write_signed(std::string_view thinking, std::string_view signature, Draft& draft) {
  draft.json().object().member("type", "thinking");
  draft.json().key("thinking").escaped(thinking);
  draft.json().key("signature").escaped(signature).end_object();
  draft.unmarkable_block_done();
}

void write_redacted(std::string_view data, Draft& draft) {
  draft.json().object().member("type", "redacted_thinking");
  draft.json().key("data").escaped(data).end_object();
  draft.unmarkable_block_done();
}

enum class Sealed : std::uint8_t { No, Thinking, Redacted };

Sealed kind_of_block(json::Value block) {
  if (block["type"].equals("thinking") && filled(block["signature"])) return Sealed::Thinking;
  if (block["type"].equals("redacted_thinking") && is_anthropics(block["data"])) {
    return Sealed::Redacted;
  }
  return Sealed::No;
}

// `format` names whose reasoning it is; without one the signature decides.
Sealed kind_of_detail(json::Value detail) {
  const json::Value format = detail["format"];
  if (format.is_string() && format.escaped().find("anthropic") == std::string_view::npos) {
    return Sealed::No;
  }
  if (detail["type"].equals("reasoning.text") && filled(detail["signature"])) {
    return Sealed::Thinking;
  }
  if (detail["type"].equals("reasoning.encrypted") && filled(detail["data"]) && format) {
    return Sealed::Redacted;
  }
  return Sealed::No;
}

}  // namespace

bool has_signed_thinking(const Message& message) {
  for (const json::Value block : message.thinking_blocks.items()) {
    if (kind_of_block(block) != Sealed::No) return true;
  }
  for (const json::Value detail : message.reasoning_details.items()) {
    if (kind_of_detail(detail) != Sealed::No) return true;
  }
  return message.reasoning_content.is_string() && filled(message.signature);
}

void write_thinking(const Message& message, Draft& draft) {
  if (!has_signed_thinking(message)) return;
  draft.turn(Role::Assistant);
  if (message.thinking_blocks.size() != 0) {
    for (const json::Value block : message.thinking_blocks.items()) {
      const Sealed kind = kind_of_block(block);
      if (kind == Sealed::Thinking) {
        write_signed(block["thinking"].escaped(), block["signature"].escaped(), draft);
      }
      if (kind == Sealed::Redacted) write_redacted(block["data"].escaped(), draft);
    }
  } else if (message.reasoning_details.size() != 0) {
    for (const json::Value detail : message.reasoning_details.items()) {
      const Sealed kind = kind_of_detail(detail);
      if (kind == Sealed::Thinking) {
        write_signed(detail["text"].escaped(), detail["signature"].escaped(), draft);
      }
      if (kind == Sealed::Redacted) write_redacted(detail["data"].escaped(), draft);
    }
  } else {
    write_signed(message.reasoning_content.escaped(), message.signature.escaped(), draft);
  }
}

}  // namespace aip::claude
