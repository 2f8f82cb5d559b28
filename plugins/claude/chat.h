// chat.h - the members of a canonical chat request, found once.
//
// Values borrow from the body. `others` are the members that nobody here knows.
// Tests: tests/unit/claude
#pragma once

#include <aiproxy/abi.h>
#include <aiproxy/json.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace aip::claude {

struct Chat {
  // translated
  json::Value messages, tools, tool_choice, parallel_tool_calls, functions, function_call;
  json::Value max_tokens, max_completion_tokens, temperature, top_p, top_k, stop;
  json::Value user, safety_identifier, metadata, service_tier;
  json::Value reasoning_effort, thinking, response_format, web_search_options, output_config;
  // Anthropic's own, which a client may add to an OpenAI body
  json::Value cache_control, container, context_management, inference_geo, mcp_servers, speed;
  // the seed's block
  json::Value claude;
  // what Anthropic lacks and what changes the answer
  json::Value n, logprobs, top_logprobs, logit_bias, frequency_penalty, presence_penalty, audio,
      modalities;
  std::vector<std::string> others;
};

[[nodiscard]] Chat read_chat(json::Value body);
// From the members that came with a request, which saves the walk over the body.
[[nodiscard]] Chat read_chat(const aip_request& request);

}  // namespace aip::claude
