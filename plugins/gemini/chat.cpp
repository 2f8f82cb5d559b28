#include "chat.h"

#include <aiproxy/text.hpp>

#include <algorithm>
#include <array>

namespace aip::gemini {
namespace {

struct Known {
  std::string_view name;
  json::Value Chat::*field;
};

constexpr std::array<Known, 26> kKnown{{
    {"messages", &Chat::messages},
    {"tools", &Chat::tools},
    {"tool_choice", &Chat::tool_choice},
    {"parallel_tool_calls", &Chat::parallel_tool_calls},
    {"functions", &Chat::functions},
    {"function_call", &Chat::function_call},
    {"max_tokens", &Chat::max_tokens},
    {"max_completion_tokens", &Chat::max_completion_tokens},
    {"temperature", &Chat::temperature},
    {"top_p", &Chat::top_p},
    {"top_k", &Chat::top_k},
    {"stop", &Chat::stop},
    {"n", &Chat::n},
    {"seed", &Chat::seed},
    {"frequency_penalty", &Chat::frequency_penalty},
    {"presence_penalty", &Chat::presence_penalty},
    {"logprobs", &Chat::logprobs},
    {"top_logprobs", &Chat::top_logprobs},
    {"reasoning_effort", &Chat::reasoning_effort},
    {"thinking", &Chat::thinking},
    {"response_format", &Chat::response_format},
    {"web_search_options", &Chat::web_search_options},
    {"modalities", &Chat::modalities},
    {"audio", &Chat::audio},
    {"logit_bias", &Chat::logit_bias},
    {"prediction", &Chat::prediction},
}};

constexpr std::array<Known, 11> kOwn{{
    {"safety_settings", &Chat::safety_settings},
    {"safetySettings", &Chat::safety_settings},
    {"cached_content", &Chat::cached_content},
    {"cachedContent", &Chat::cached_content},
    {"labels", &Chat::labels},
    {"thinking_config", &Chat::thinking_config},
    {"thinkingConfig", &Chat::thinking_config},
    {"image_config", &Chat::image_config},
    {"imageConfig", &Chat::image_config},
    {"media_resolution", &Chat::media_resolution},
    {"mediaResolution", &Chat::media_resolution},
}};

// Members that the host or another place of this plugin has dealt with already: they need no word.
constexpr std::array<std::string_view, 9> kSilent{
    "model", "stream", "stream_options", "provider", "openai", "gemini", "bing", "coze", "claude"};

template <std::size_t N>
bool take_from(const std::array<Known, N>& table, std::string_view name, json::Value value,
               Chat& chat) {
  for (const Known& known : table) {
    if (known.name != name) continue;
    chat.*known.field = value;
    return true;
  }
  return false;
}

void take(std::string_view name, json::Value value, Chat& chat) {
  if (take_from(kKnown, name, value, chat) || take_from(kOwn, name, value, chat)) return;
  if (name == "extra_body" && value["google"].is_object()) {
    for (const json::Value::Member& m : value["google"].members()) {
      if (!take_from(kOwn, m.key(), m.value(), chat)) chat.others.push_back("extra_body");
    }
    return;
  }
  if (value.is_null() || std::find(kSilent.begin(), kSilent.end(), name) != kSilent.end()) return;
  chat.others.emplace_back(name);
}

}  // namespace

Chat read_chat(json::Value body) {
  Chat chat;
  std::string scratch;
  for (const json::Value::Member& m : body.members()) {
    scratch.clear();
    json::unescape(m.key_escaped, scratch);
    take(scratch, m.value(), chat);
  }
  return chat;
}

Chat read_chat(const aip_member* members, std::size_t count) {
  Chat chat;
  for (std::size_t i = 0; i < count; ++i) {
    take(sdk::text(members[i].name), json::Value(sdk::text(members[i].value)), chat);
  }
  return chat;
}

}  // namespace aip::gemini
