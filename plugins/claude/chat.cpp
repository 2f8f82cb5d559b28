#include "chat.h"

#include <aiproxy/fields.hpp>

#include <array>
#include <string_view>

namespace aip::claude {
namespace {

constexpr std::array<sdk::Field<Chat>, 36> kKnown{{
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
    {"user", &Chat::user},
    {"safety_identifier", &Chat::safety_identifier},
    {"metadata", &Chat::metadata},
    {"service_tier", &Chat::service_tier},
    {"reasoning_effort", &Chat::reasoning_effort},
    {"thinking", &Chat::thinking},
    {"response_format", &Chat::response_format},
    {"web_search_options", &Chat::web_search_options},
    {"output_config", &Chat::output_config},
    {"cache_control", &Chat::cache_control},
    {"container", &Chat::container},
    {"context_management", &Chat::context_management},
    {"inference_geo", &Chat::inference_geo},
    {"mcp_servers", &Chat::mcp_servers},
    {"speed", &Chat::speed},
    {"claude", &Chat::claude},
    {"n", &Chat::n},
    {"logprobs", &Chat::logprobs},
    {"top_logprobs", &Chat::top_logprobs},
    {"logit_bias", &Chat::logit_bias},
    {"frequency_penalty", &Chat::frequency_penalty},
    {"presence_penalty", &Chat::presence_penalty},
    {"audio", &Chat::audio},
    {"modalities", &Chat::modalities},
}};

void take(std::string_view name, json::Value value, Chat& chat) {
  if (sdk::set_field(kKnown, name, value, chat)) return;
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

}  // namespace aip::claude
