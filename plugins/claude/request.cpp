#include "request.h"

#include "draft.h"
#include "lacks.h"
#include "messages.h"
#include "reasoning.h"
#include "tools.h"

namespace aip::claude {
namespace {

constexpr std::string_view kJsonInstruction =
    "Answer with one valid JSON object and nothing else: no words around it, no code fence.";

// Newer models refuse to continue an assistant message, and so does every model that thinks.
MaybeFailure judge_prefill(const Target& target, const Reasoning& reasoning, Questions& questions,
                           Conversation& conversation) {
  if (target.traits.prefill && !reasoning.thinks()) return std::nullopt;
  while (const std::optional<std::uint32_t> last = conversation.prefill()) {
    const std::string pointer = Place{*last}.pointer();
    if (!questions.may_drop(pointer)) {
      return unsupported(pointer, "This model does not continue an assistant message.");
    }
    conversation.drop_last();
  }
  if (!conversation.empty()) return std::nullopt;
  return invalid("/messages", "Anthropic needs a message of the user.");
}

// metadata.user_id is the one thing that Anthropic keeps of these three.
void write_metadata(const Chat& chat, Draft& draft) {
  json::Value id = chat.metadata["user_id"];
  if (!id.is_string()) id = chat.safety_identifier;
  if (!id.is_string()) id = chat.user;
  if (id.is_string() && !id.escaped().empty()) {
    draft.json().key("metadata").object().member_raw("user_id", id.raw()).end_object();
  }
  for (const json::Value::Member& m : chat.metadata.members()) {
    if (m.named("user_id")) continue;
    draft.questions().coerced("/metadata");
    break;
  }
}

void write_service_tier(json::Value tier, Draft& draft) {
  if (tier.is_null_or_none()) return;
  if (tier.equals("auto")) {
    draft.json().member("service_tier", "auto");
  } else if (tier.equals("default") || tier.equals("standard_only")) {
    draft.json().member("service_tier", "standard_only");
  } else {
    draft.questions().coerced("/service_tier");
  }
}

// effort and format: the client's own output_config goes before what was translated.
void write_output_config(const Chat& chat, const ToolPlan& tools, const Reasoning& reasoning,
                         Draft& draft) {
  const json::Value own = chat.output_config;
  const bool effort = !reasoning.effort.empty() && !own["effort"];
  const bool format = tools.output_schema.is_object() && !own["format"];
  if (!effort && !format && own.size() == 0) return;
  json::Writer& json = draft.json();
  json.key("output_config").object();
  for (const json::Value::Member& m : own.members()) json.key(m.key()).raw(m.value().raw());
  if (effort) json.member("effort", reasoning.effort);
  if (format) {
    json.key("format").object().member("type", "json_schema");
    json.member_raw("schema", tools.output_schema.raw()).end_object();
  }
  json.end_object();
}

void write_own_members(const Chat& chat, Draft& draft) {
  const auto pass = [&draft](const char* name, json::Value value) {
    if (!value.is_null_or_none()) draft.json().member_raw(name, value.raw());
  };
  pass("cache_control", chat.cache_control);
  pass("container", chat.container);
  pass("context_management", chat.context_management);
  pass("inference_geo", chat.inference_geo);
  pass("mcp_servers", chat.mcp_servers);
  pass("speed", chat.speed);
}

// What only an answer needs; count_tokens refuses these.
MaybeFailure write_answer_members(const Chat& chat, const Target& target,
                                  const Reasoning& reasoning, Draft& draft) {
  draft.json().key("max_tokens").number(reasoning.max_tokens);
  if (target.purpose == Purpose::AnswerStream) draft.json().key("stream").boolean(true);
  if (MaybeFailure failure = write_sampling(chat, target.traits, reasoning, draft)) return failure;
  write_metadata(chat, draft);
  write_service_tier(chat.service_tier, draft);
  return std::nullopt;
}

}  // namespace

Outcome<Translated> translate(const Chat& chat, const Target& target, Questions& questions) {
  if (MaybeFailure failure = judge_lacks(chat, questions)) return std::move(*failure);
  Conversation conversation;
  if (MaybeFailure failure = conversation.read(chat.messages)) return std::move(*failure);

  Outcome<ToolPlan> planned = plan_tools(chat, target.traits, questions);
  if (auto* failure = std::get_if<sdk::Failure>(&planned)) return std::move(*failure);
  const ToolPlan& tools = std::get<ToolPlan>(planned);

  Situation situation;
  situation.tool_forced = tools.forced();
  situation.open_loop_without_thinking = conversation.open_loop_without_thinking();
  situation.default_max_tokens =
      target.default_max_tokens != 0 ? target.default_max_tokens : target.traits.default_max_tokens;
  Outcome<Reasoning> decided = plan_reasoning(chat, target.traits, situation, questions);
  if (auto* failure = std::get_if<sdk::Failure>(&decided)) return std::move(*failure);
  const Reasoning& reasoning = std::get<Reasoning>(decided);
  if (MaybeFailure failure = judge_prefill(target, reasoning, questions, conversation)) {
    return std::move(*failure);
  }

  Draft draft(questions);
  // Nearly everything is copied, so the new body is about as long as the old one.
  draft.reserve(chat.messages.raw().size() + chat.tools.raw().size() + 1024);
  draft.json().object().member("model", target.model);
  if (target.purpose != Purpose::CountTokens) {
    if (MaybeFailure failure = write_answer_members(chat, target, reasoning, draft)) {
      return std::move(*failure);
    }
  }
  write_thinking_member(reasoning, draft);
  write_output_config(chat, tools, reasoning, draft);
  write_own_members(chat, draft);
  write_tools(tools, target.traits, draft);
  write_tool_choice(tools, draft);
  const std::string_view extra = tools.json_instruction ? kJsonInstruction : std::string_view();
  if (MaybeFailure failure = conversation.write_system(extra, draft)) return std::move(*failure);
  if (MaybeFailure failure = conversation.write_messages(draft)) return std::move(*failure);
  draft.json().end_object();
  // Automatic caching (the top-level mark) takes one of the places.
  const std::size_t marks = kCacheMarksMax - (chat.cache_control.is_object() ? 1 : 0);
  return Translated{draft.close(marks), tools.json_tool.is_object()};
}

}  // namespace aip::claude
