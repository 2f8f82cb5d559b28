#include "lacks.h"

#include <aiproxy/lacks.hpp>

#include <array>

namespace aip::claude {
namespace {

namespace asks = sdk::asks;

constexpr std::array<sdk::Lack<Chat>, 8> kLacks{{
    {&Chat::n, asks::above_one, "/n", "Anthropic gives one answer a request."},
    {&Chat::logprobs, asks::is_true, "/logprobs", "Anthropic gives no log probabilities."},
    {&Chat::top_logprobs, asks::not_zero, "/top_logprobs", "Anthropic gives no log probabilities."},
    {&Chat::logit_bias, asks::not_empty, "/logit_bias", "Anthropic has no logit bias."},
    {&Chat::frequency_penalty, asks::not_zero, "/frequency_penalty", "Anthropic has no penalties."},
    {&Chat::presence_penalty, asks::not_zero, "/presence_penalty", "Anthropic has no penalties."},
    {&Chat::audio, asks::not_empty, "/audio", "Anthropic answers without audio."},
    {&Chat::modalities, asks::more_than_text, "/modalities", "Anthropic answers in text only."},
}};

}  // namespace

MaybeFailure judge_lacks(const Chat& chat, Questions& questions) {
  if (chat.claude["type"].equals("web")) {
    return unsupported("/claude/type", "Sessions of claude.ai are not served yet; use the API.");
  }
  if (MaybeFailure failure = sdk::judge_lacks(kLacks, chat, questions)) return failure;
  sdk::disclose(chat.others, questions);
  return std::nullopt;
}

}  // namespace aip::claude
