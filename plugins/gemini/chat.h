// chat.h - the members of a canonical chat request, found once.
//
// Values borrow from the body. `others` are the members that nobody here knows.
// Gemini's own members may stand at the top of an OpenAI body, in either spelling, or where
// Google's OpenAI-compatible endpoint has them: extra_body.google.
// Tests: tests/unit/gemini/messages_test.cpp
#pragma once

#include <aiproxy/abi.h>
#include <aiproxy/json.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace aip::gemini {

struct Chat {
  // translated
  json::Value messages, tools, tool_choice, parallel_tool_calls, functions, function_call;
  json::Value max_tokens, max_completion_tokens, temperature, top_p, top_k, stop, n, seed;
  json::Value frequency_penalty, presence_penalty, logprobs, top_logprobs;
  json::Value reasoning_effort, thinking, response_format, web_search_options, modalities, audio;
  // Gemini's own
  json::Value safety_settings, cached_content, labels, thinking_config, image_config,
      media_resolution;
  // what Gemini lacks and what changes the answer
  json::Value logit_bias, prediction;
  std::vector<std::string> others;
};

[[nodiscard]] Chat read_chat(json::Value body);
// From the members that came with a request, which saves the walk over the body.
[[nodiscard]] Chat read_chat(const aip_request& request);

}  // namespace aip::gemini
