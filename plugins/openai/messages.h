// messages.h - canonical messages on their way to an OpenAI-like service.
//
// Canonical chat is OpenAI's form plus what that lacks (docs/canonical-chat.md): cache marks,
// signed reasoning, provider state, documents. Here the additions are taken out, or brought into
// the form that OpenAI has for them. A message without any of them keeps its bytes. Tests:
// tests/unit/openai/request_test.cpp
#pragma once

#include <aiproxy/questions.hpp>

#include <string>
#include <string_view>

#include "quirks.h"

namespace aip::openai {

using sdk::HostQuestions;
using sdk::Outcome;
using sdk::Questions;

[[nodiscard]] sdk::Failure lacks(const std::string& pointer, std::string_view what);

// The whole array, rewritten for a translated request.
[[nodiscard]] Outcome<std::string> translated_messages(json::Value messages, const Quirks& quirks,
                                                       Questions& questions);
// Only the roles of instructions changed.
[[nodiscard]] std::string with_system_role(json::Value messages, std::string_view role);
// The tools without marks that only other providers know. A tool that is no function of the
// client's is a service's own, and not this one's; an empty text: none is left.
[[nodiscard]] Outcome<std::string> translated_tools(json::Value tools, const Quirks& quirks,
                                                    Questions& questions);

}  // namespace aip::openai
