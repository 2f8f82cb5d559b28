#include "chat.h"

#include <aiproxy/fields.hpp>

#include <array>
#include <string_view>

namespace aip::coze {
namespace {

constexpr std::array<sdk::Field<Chat>, 26> kKnown{{
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

void take(std::string_view name, json::Value value, Chat& chat) {
  if (value.is_null() || sdk::set_field(kKnown, name, value, chat)) return;
  if (!sdk::is_hosts_affair(name)) chat.others.emplace_back(name);
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

}  // namespace aip::coze
