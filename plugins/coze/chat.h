// chat.h - the members of a canonical chat request, found once.
//
// Values borrow from the body. `others` are the members that nobody here knows.
// Tests: tests/unit/coze
#pragma once

#include <aiproxy/abi.h>
#include <aiproxy/json.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace aip::coze {

struct Chat {
  json::Value messages, user, metadata;
  // the seed's block
  json::Value coze;
  // what Coze lacks and what changes the answer
  json::Value tools, functions, tool_choice, function_call, response_format, temperature, top_p,
      top_k, max_tokens, max_completion_tokens, stop, n, logprobs, top_logprobs, logit_bias,
      frequency_penalty, presence_penalty, reasoning_effort, thinking, audio, modalities,
      web_search_options;
  std::vector<std::string> others;
};

[[nodiscard]] Chat read_chat(json::Value body);
// From the members that came with a request, which saves the walk over the body.
[[nodiscard]] Chat read_chat(const aip_request& request);

}  // namespace aip::coze
