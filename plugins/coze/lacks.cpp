#include "lacks.h"

#include <array>
#include <string>
#include <string_view>

namespace aip::coze {
namespace {

using Judge = bool (*)(json::Value);

bool above_one(json::Value n) {
  return n.is_number() && n.number() > 1;
}
bool not_one(json::Value n) {
  return n.is_number() && (n.number() < 1 || n.number() > 1);
}
bool not_zero(json::Value n) {
  return n.is_number() && (n.number() < 0 || n.number() > 0);
}
bool present(json::Value value) {
  return static_cast<bool>(value);
}
bool not_empty(json::Value value) {
  return value.size() != 0;
}
bool not_empty_stop(json::Value stop) {
  return stop.is_string() || stop.size() != 0;
}
bool more_than_text(json::Value modalities) {
  for (const json::Value item : modalities.items()) {
    if (!item.equals("text")) return true;
  }
  return false;
}
bool is_true(json::Value value) {
  return value.is_true();
}
bool forces(json::Value choice) {
  return choice.is_object() || choice.equals("required");
}
bool not_text(json::Value format) {
  return format.is_object() && !format["type"].equals("text");
}
bool is_enabled(json::Value thinking) {
  return thinking.is_object() && !thinking["type"].equals("disabled");
}

struct Lack {
  json::Value Chat::*field;
  Judge asks_for_something;
  const char* pointer;
  const char* what;
};

constexpr const char* kBotsTools = "Coze's bots have the tools that were given to them in Coze.";
constexpr const char* kBotsModel = "Coze sets this in the bot, not in a request.";

constexpr std::array<Lack, 22> kLacks{{
    {&Chat::tools, not_empty, "/tools", kBotsTools},
    {&Chat::functions, not_empty, "/functions", kBotsTools},
    {&Chat::tool_choice, forces, "/tool_choice", kBotsTools},
    {&Chat::function_call, forces, "/function_call", kBotsTools},
    {&Chat::web_search_options, present, "/web_search_options", kBotsTools},
    {&Chat::response_format, not_text, "/response_format", "Coze answers in text only."},
    {&Chat::temperature, not_one, "/temperature", kBotsModel},
    {&Chat::top_p, not_one, "/top_p", kBotsModel},
    {&Chat::top_k, present, "/top_k", kBotsModel},
    {&Chat::max_tokens, present, "/max_tokens", kBotsModel},
    {&Chat::max_completion_tokens, present, "/max_completion_tokens", kBotsModel},
    {&Chat::frequency_penalty, not_zero, "/frequency_penalty", kBotsModel},
    {&Chat::presence_penalty, not_zero, "/presence_penalty", kBotsModel},
    {&Chat::reasoning_effort, present, "/reasoning_effort", kBotsModel},
    {&Chat::thinking, is_enabled, "/thinking", kBotsModel},
    {&Chat::stop, not_empty_stop, "/stop", "Coze has no stop sequences."},
    {&Chat::n, above_one, "/n", "Coze gives one answer a request."},
    {&Chat::logprobs, is_true, "/logprobs", "Coze gives no log probabilities."},
    {&Chat::top_logprobs, not_zero, "/top_logprobs", "Coze gives no log probabilities."},
    {&Chat::logit_bias, not_empty, "/logit_bias", "Coze has no logit bias."},
    {&Chat::audio, not_empty, "/audio", "Coze answers in text only."},
    {&Chat::modalities, more_than_text, "/modalities", "Coze answers in text only."},
}};

}  // namespace

MaybeFailure judge_lacks(const Chat& chat, Questions& questions) {
  if (chat.coze["type"].equals("discord") || chat.coze["conversation"]["type"].equals("discord")) {
    return unsupported("/coze/type", "Coze by way of Discord is not served yet; use the API.");
  }
  for (const Lack& lack : kLacks) {
    if (!lack.asks_for_something(chat.*lack.field) || questions.may_drop(lack.pointer)) continue;
    return unsupported(lack.pointer, lack.what);
  }
  for (const std::string& name : chat.others) questions.coerced(sdk::pointer_to(name));
  return std::nullopt;
}

}  // namespace aip::coze
