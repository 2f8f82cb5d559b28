#include "lacks.h"

#include <array>

namespace aip::claude {
namespace {

using Judge = bool (*)(json::Value);

bool above_one(json::Value n) {
  return n.is_number() && n.number() > 1;
}
bool not_zero(json::Value n) {
  return n.number() < 0 || n.number() > 0;
}
bool not_empty(json::Value object) {
  return object.size() != 0;
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

struct Lack {
  json::Value Chat::*field;
  Judge asks_for_something;
  const char* pointer;
  const char* what;
};

constexpr std::array<Lack, 8> kLacks{{
    {&Chat::n, above_one, "/n", "Anthropic gives one answer a request."},
    {&Chat::logprobs, is_true, "/logprobs", "Anthropic gives no log probabilities."},
    {&Chat::top_logprobs, not_zero, "/top_logprobs", "Anthropic gives no log probabilities."},
    {&Chat::logit_bias, not_empty, "/logit_bias", "Anthropic has no logit bias."},
    {&Chat::frequency_penalty, not_zero, "/frequency_penalty", "Anthropic has no penalties."},
    {&Chat::presence_penalty, not_zero, "/presence_penalty", "Anthropic has no penalties."},
    {&Chat::audio, not_empty, "/audio", "Anthropic answers without audio."},
    {&Chat::modalities, more_than_text, "/modalities", "Anthropic answers in text only."},
}};

}  // namespace

std::optional<sdk::Failure> judge_lacks(const Chat& chat, Questions& questions) {
  if (chat.claude["type"].equals("web")) {
    return unsupported("/claude/type", "Sessions of claude.ai are not served yet; use the API.");
  }
  for (const Lack& lack : kLacks) {
    if (!lack.asks_for_something(chat.*lack.field) || questions.may_drop(lack.pointer)) continue;
    return unsupported(lack.pointer, lack.what);
  }
  for (const std::string& name : chat.others) questions.coerced(sdk::pointer_to(name));
  return std::nullopt;
}

}  // namespace aip::claude
