#include "lacks.h"

#include <aiproxy/lacks.hpp>

#include <array>

namespace aip::coze {
namespace {

namespace asks = sdk::asks;

bool not_one(json::Value n) {
  return n.is_number() && (n.number() < 1 || n.number() > 1);
}
bool not_empty_stop(json::Value stop) {
  return stop.is_string() || stop.size() != 0;
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

constexpr const char* kBotsTools = "Coze's bots have the tools that were given to them in Coze.";
constexpr const char* kBotsModel = "Coze sets this in the bot, not in a request.";

constexpr std::array<sdk::Lack<Chat>, 22> kLacks{{
    {&Chat::tools, asks::not_empty, "/tools", kBotsTools},
    {&Chat::functions, asks::not_empty, "/functions", kBotsTools},
    {&Chat::tool_choice, forces, "/tool_choice", kBotsTools},
    {&Chat::function_call, forces, "/function_call", kBotsTools},
    {&Chat::web_search_options, asks::present, "/web_search_options", kBotsTools},
    {&Chat::response_format, not_text, "/response_format", "Coze answers in text only."},
    {&Chat::temperature, not_one, "/temperature", kBotsModel},
    {&Chat::top_p, not_one, "/top_p", kBotsModel},
    {&Chat::top_k, asks::present, "/top_k", kBotsModel},
    {&Chat::max_tokens, asks::present, "/max_tokens", kBotsModel},
    {&Chat::max_completion_tokens, asks::present, "/max_completion_tokens", kBotsModel},
    {&Chat::frequency_penalty, asks::not_zero, "/frequency_penalty", kBotsModel},
    {&Chat::presence_penalty, asks::not_zero, "/presence_penalty", kBotsModel},
    {&Chat::reasoning_effort, asks::present, "/reasoning_effort", kBotsModel},
    {&Chat::thinking, is_enabled, "/thinking", kBotsModel},
    {&Chat::stop, not_empty_stop, "/stop", "Coze has no stop sequences."},
    {&Chat::n, asks::above_one, "/n", "Coze gives one answer a request."},
    {&Chat::logprobs, asks::is_true, "/logprobs", "Coze gives no log probabilities."},
    {&Chat::top_logprobs, asks::not_zero, "/top_logprobs", "Coze gives no log probabilities."},
    {&Chat::logit_bias, asks::not_empty, "/logit_bias", "Coze has no logit bias."},
    {&Chat::audio, asks::not_empty, "/audio", "Coze answers in text only."},
    {&Chat::modalities, asks::more_than_text, "/modalities", "Coze answers in text only."},
}};

}  // namespace

MaybeFailure judge_lacks(const Chat& chat, Questions& questions) {
  if (chat.coze["type"].equals("discord") || chat.coze["conversation"]["type"].equals("discord")) {
    return unsupported("/coze/type", "Coze by way of Discord is not served yet; use the API.");
  }
  if (MaybeFailure failure = sdk::judge_lacks(kLacks, chat, questions)) return failure;
  sdk::disclose(chat.others, questions);
  return std::nullopt;
}

}  // namespace aip::coze
