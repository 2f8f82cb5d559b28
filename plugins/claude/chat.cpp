#include "chat.h"

#include <aiproxy/text.hpp>

#include <algorithm>
#include <array>

namespace aip::claude {
namespace {

struct Known {
  std::string_view name;
  json::Value Chat::*field;
};

constexpr std::array<Known, 36> kKnown{{
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

// Members that the host or another place of this plugin has dealt with already: they need no word.
constexpr std::array<std::string_view, 8> kSilent{"model",  "stream", "stream_options", "provider",
                                                  "openai", "gemini", "bing",           "coze"};

void take(std::string_view name, json::Value value, Chat& chat) {
  for (const Known& known : kKnown) {
    if (known.name == name) {
      chat.*known.field = value;
      return;
    }
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

}  // namespace aip::claude
