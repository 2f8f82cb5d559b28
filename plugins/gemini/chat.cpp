#include "chat.h"

#include <aiproxy/fields.hpp>

#include <array>
#include <string_view>

namespace aip::gemini {
namespace {

constexpr std::array<sdk::Field<Chat>, 26> kKnown{{
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

constexpr std::array<sdk::Field<Chat>, 11> kOwn{{
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

void take(std::string_view name, json::Value value, Chat& chat) {
  if (sdk::set_field(kKnown, name, value, chat) || sdk::set_field(kOwn, name, value, chat)) return;
  if (name == "extra_body" && value["google"].is_object()) {
    for (const json::Value::Member& m : value["google"].members()) {
      if (!sdk::set_field(kOwn, m, chat)) chat.others.push_back("extra_body");
    }
    return;
  }
  if (!value.is_null() && !sdk::is_hosts_affair(name)) chat.others.emplace_back(name);
}

template <class Source>
Chat read_members(const Source& source) {
  Chat chat;
  sdk::for_each_member(
      source, [&chat](std::string_view name, json::Value value) { take(name, value, chat); });
  return chat;
}

}  // namespace

Chat read_chat(json::Value body) {
  return read_members(body);
}
Chat read_chat(const aip_request& request) {
  return read_members(request);
}

}  // namespace aip::gemini
