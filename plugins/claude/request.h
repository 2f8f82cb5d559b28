// request.h - a canonical chat becomes the body of POST /v1/messages (or .../count_tokens).
//
// translate() reads in one order and writes in another:
//   read    the members (chat.h), the messages (messages.h)
//   decide  what Anthropic lacks, tools and format (tools.h), thinking and limits (reasoning.h)
//   write   settings, tools, system, messages: the order of the service's cache prefix
// Big spans (schemas, texts, base64) are copied once and never parsed again.
// docs/providers/claude.md tells users what becomes of each field.
//
// Threads: none.   Memory: the result, and views.   Lifetime: views die with the body.
// Tests: tests/unit/claude, tests/golden/claude, tests/fuzz/claude_fuzz.cpp
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "chat.h"
#include "models.h"
#include "questions.h"

namespace aip::claude {

enum class Purpose : std::uint8_t { Answer, AnswerStream, CountTokens };

struct Target {
  std::string_view model;  // as Anthropic calls it
  Traits traits;
  std::int64_t default_max_tokens = 0;  // the operator's; 0: the model's
  Purpose purpose = Purpose::Answer;
};

struct Translated {
  std::string body;
  bool json_tool = false;  // the answer's text comes as the input of kJsonTool
};

[[nodiscard]] Outcome<Translated> translate(const Chat& chat, const Target& target,
                                            Questions& questions);

}  // namespace aip::claude
