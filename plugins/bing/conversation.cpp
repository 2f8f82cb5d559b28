#include "conversation.h"

#include "errors.h"

namespace aip::bing {
namespace {

constexpr std::size_t kPartBytesMax = 4096;  // of a signature, and anything else

// The member of that name in any case, if it is a text of sane length.
std::string part(json::Value block, std::string_view name) {
  for (const json::Value::Member& m : block.members()) {
    if (!sdk::same_name(m.key(), name)) continue;
    std::string text = m.value().str();
    if (!text.empty() && text.size() <= kPartBytesMax) return text;
  }
  return {};
}

}  // namespace

std::optional<Conversation> read_conversation(json::Value block) {
  if (!block.is_object()) return std::nullopt;
  Conversation c;
  c.id = part(block, "conversationId");
  c.client_id = part(block, "clientId");
  c.signature = part(block, "signature");
  c.trace_id = part(block, "traceId");
  c.image_url = part(block, "imageUrl");
  if (c.id.empty() || c.client_id.empty() || c.signature.empty()) return std::nullopt;
  // A block of the first generation's does not count; its next turn is at least the second.
  c.turn = block["invocationId"].integer().value_or(c.trace_id.empty() ? 0 : 1);
  if (c.turn < 0) c.turn = 0;
  return c;
}

std::variant<Conversation, sdk::Failure> read_created(json::Value answer,
                                                      std::string_view signature) {
  const json::Value result = answer["result"];
  if (result.is_object() && !result["value"].equals("Success")) return failure_of_result(result);
  Conversation c;
  c.id = part(answer, "conversationId");
  c.client_id = part(answer, "clientId");
  c.signature = signature.empty() ? part(answer, "conversationSignature") : std::string(signature);
  if (c.id.empty() || c.client_id.empty()) return bad_answer("a conversation without its ids");
  if (c.signature.empty()) return bad_answer("a conversation without its signature");
  return c;
}

void write_conversation(const Conversation& c, json::Writer& out) {
  out.member("conversationId", c.id).member("clientId", c.client_id);
  out.member("Signature", c.signature).member("TraceId", c.trace_id);
  out.member("signature", c.signature).member("traceId", c.trace_id);
  if (!c.image_url.empty()) out.member("imageUrl", c.image_url);
  out.key("invocationId").number(c.turn);
}

}  // namespace aip::bing
