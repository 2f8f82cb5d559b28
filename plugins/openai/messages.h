// messages.h - canonical messages on their way to an OpenAI-like service.
//
// Canonical chat is OpenAI's form plus what that lacks (docs/canonical-chat.md): cache marks,
// signed reasoning, provider state, documents. Here the additions are taken out, or brought into
// the form that OpenAI has for them. A message without any of them keeps its bytes. Tests:
// tests/unit/openai/request_test.cpp
#pragma once

#include <aiproxy/plugin.hpp>

#include <string>
#include <string_view>
#include <variant>

#include "quirks.h"

namespace aip::openai {

// What only the host can decide: the policy about features that the target lacks.
class Questions {
 public:
  // Leave out what stands at this JSON pointer of the client's body? False: refuse the request.
  virtual bool may_drop(const std::string& pointer) = 0;
  // A value was changed or left out without changing what was asked for.
  virtual void coerced(const std::string& pointer) = 0;

 protected:
  ~Questions() = default;
};

template <class T>
using Outcome = std::variant<T, sdk::Failure>;

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
