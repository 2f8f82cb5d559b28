#include "request.h"

#include <aiproxy/lacks.hpp>

#include <array>

#include "draft.h"
#include "generation.h"
#include "messages.h"
#include "tools.h"

namespace aip::gemini {
namespace {

namespace asks = sdk::asks;

// These change the answer; they are put to the host.
constexpr std::array<sdk::Lack<Chat>, 2> kLacks{{
    {&Chat::logit_bias, asks::not_empty, "/logit_bias", "Gemini has no logit_bias."},
    {&Chat::prediction, asks::not_empty, "/prediction", "Gemini takes no predicted outputs."},
}};

MaybeFailure judge_lacks(const Chat& chat, Questions& questions) {
  if (MaybeFailure failure = sdk::judge_lacks(kLacks, chat, questions)) return failure;
  // Where no function can be called, calling one at a time is no wish.
  const bool one_at_a_time =
      chat.parallel_tool_calls.is_false() && (chat.tools.size() != 0 || chat.functions.size() != 0);
  if (one_at_a_time && !questions.may_drop("/parallel_tool_calls")) {
    return unsupported("/parallel_tool_calls",
                       "Gemini cannot be kept from calling several functions at once.");
  }
  sdk::disclose(chat.others, questions);
  return std::nullopt;
}

Schemas schemas_for(const Target& target) noexcept {
  switch (target.schema) {
    case SchemaForm::Auto:
      break;
    case SchemaForm::Json:
      return Schemas::Json;
    case SchemaForm::Subset:
      return Schemas::Subset;
  }
  return target.traits.json_schema ? Schemas::Json : Schemas::Subset;
}

// countTokens takes a whole request on AI Studio only inside a member that names the model again.
bool is_wrapped(const Target& target) noexcept {
  return target.purpose == Purpose::CountTokens && !target.is_vertex;
}

void write_own_members(const Chat& chat, Draft& draft) {
  const auto pass = [&draft](const char* name, json::Value value) {
    if (!value.is_null_or_none()) draft.json().member_raw(name, value.raw());
  };
  pass("safetySettings", chat.safety_settings);
  pass("cachedContent", chat.cached_content);
  pass("labels", chat.labels);
}

}  // namespace

Outcome<Translated> translate(const Chat& chat, const Target& target, Questions& questions) {
  if (MaybeFailure failure = judge_lacks(chat, questions)) return std::move(*failure);
  Manners manners;
  manners.web = target.web_files ? WebFiles::Fetched : WebFiles::Refused;
  manners.signatures = target.traits.signatures;
  Conversation conversation(manners);
  if (MaybeFailure failure = conversation.read(chat.messages)) return std::move(*failure);
  Outcome<ToolPlan> planned = plan_tools(chat, target.traits, questions);
  if (auto* failure = std::get_if<sdk::Failure>(&planned)) return std::move(*failure);
  const ToolPlan& tools = std::get<ToolPlan>(planned);
  const Schemas schemas = schemas_for(target);

  Draft draft(questions);
  // Nearly everything is copied, so the new body is about as long as the old one.
  draft.reserve(chat.messages.raw().size() + chat.tools.raw().size() + 1024);
  json::Writer& json = draft.json();
  json.object();
  if (is_wrapped(target)) {
    json.key("generateContentRequest").object();
    json.member("model", "models/" + std::string(target.model));
  }
  if (MaybeFailure failure = conversation.write_system(draft)) return std::move(*failure);
  if (MaybeFailure failure = conversation.write_contents(draft)) return std::move(*failure);
  write_tools(tools, schemas, draft);
  if (MaybeFailure failure = write_generation(chat, target.traits, tools, schemas, draft)) {
    return std::move(*failure);
  }
  if (target.purpose == Purpose::Answer) write_own_members(chat, draft);
  if (is_wrapped(target)) json.end_object();
  json.end_object();
  return Translated{draft.take(), tools.grounded()};
}

}  // namespace aip::gemini
