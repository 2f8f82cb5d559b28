#include "chat.h"

#include <aiproxy/text.hpp>

#include <algorithm>
#include <array>
#include <string_view>

namespace aip::coze {
namespace {

struct Known {
  std::string_view name;
  json::Value Chat::*field;
};

constexpr std::array<Known, 26> kKnown{{
    {"messages", &Chat::messages},
    {"user", &Chat::user},
    {"metadata", &Chat::metadata},
    {"coze", &Chat::coze},
    {"tools", &Chat::tools},
    {"functions", &Chat::functions},
    {"tool_choice", &Chat::tool_choice},
    {"function_call", &Chat::function_call},
    {"response_format", &Chat::response_format},
    {"temperature", &Chat::temperature},
    {"top_p", &Chat::top_p},
    {"top_k", &Chat::top_k},
    {"max_tokens", &Chat::max_tokens},
    {"max_completion_tokens", &Chat::max_completion_tokens},
    {"stop", &Chat::stop},
    {"n", &Chat::n},
    {"logprobs", &Chat::logprobs},
    {"top_logprobs", &Chat::top_logprobs},
    {"logit_bias", &Chat::logit_bias},
    {"frequency_penalty", &Chat::frequency_penalty},
    {"presence_penalty", &Chat::presence_penalty},
    {"reasoning_effort", &Chat::reasoning_effort},
    {"thinking", &Chat::thinking},
    {"audio", &Chat::audio},
    {"modalities", &Chat::modalities},
    {"web_search_options", &Chat::web_search_options},
}};

// Members that the host has dealt with already: they need no word.
constexpr std::array<std::string_view, 8> kSilent{"model",  "stream", "stream_options", "provider",
                                                  "openai", "gemini", "bing",           "claude"};

void take(std::string_view name, json::Value value, Chat& chat) {
  if (value.is_null()) return;
  for (const Known& known : kKnown) {
    if (known.name == name) {
      chat.*known.field = value;
      return;
    }
  }
  if (std::find(kSilent.begin(), kSilent.end(), name) != kSilent.end()) return;
  chat.others.emplace_back(name);
}

}  // namespace

Chat read_chat(json::Value body) {
  Chat chat;
  for (const json::Value::Member& m : body.members()) take(m.key(), m.value(), chat);
  return chat;
}

Chat read_chat(const aip_request& request) {
  if (request.member_count == 0) return read_chat(json::Value(sdk::text(request.body)));
  Chat chat;
  for (std::size_t i = 0; i < request.member_count; ++i) {
    const aip_member& m = request.members[i];
    take(sdk::text(m.name), json::Value(sdk::text(m.value)), chat);
  }
  return chat;
}

}  // namespace aip::coze
