// support.h - translates a chat in one line and shows what became of it.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.h"
#include "plugins/claude/request.h"
#include "tests/support/questions.h"
#include "tests/unit/claude/validator.h"

namespace aip::claude_test {

using Host = test::ListedQuestions;

inline constexpr std::string_view kModel = "claude-sonnet-4-5";  // budget, no effort, structured
inline constexpr std::string_view kOldModel = "claude-3-5-haiku-latest";
inline constexpr std::string_view kAdaptiveModel = "claude-opus-4-6";
inline constexpr std::string_view kNewModel = "claude-opus-4-8";

struct Ask {
  std::string_view model = kModel;
  claude::Purpose purpose = claude::Purpose::Answer;
  bool drops = false;
};

struct Outcome {
  std::string body;  // empty: it failed
  bool json_tool = false;
  sdk::Failure failure;
  std::vector<std::string> asked, changed;

  [[nodiscard]] json::Value value() const { return json::Value(body); }
  // A member of the body without blanks; empty if there is none.
  [[nodiscard]] std::string operator[](std::string_view name) const {
    return std::string(value()[name].raw());
  }
};

inline Outcome translate(const std::string& chat, Ask ask = {}) {
  REQUIRE_MESSAGE(json::check(chat), chat);
  Host host;
  host.drops = ask.drops;
  claude::Target target;
  target.model = ask.model;
  target.traits = claude::traits_of(ask.model, {});
  target.purpose = ask.purpose;
  auto made = claude::translate(claude::read_chat(json::Value(chat)), target, host);
  Outcome out;
  out.asked = host.asked;
  out.changed = host.changed;
  if (auto* failure = std::get_if<sdk::Failure>(&made)) {
    out.failure = *failure;
    return out;
  }
  out.body = std::get<claude::Translated>(made).body;
  out.json_tool = std::get<claude::Translated>(made).json_tool;
  const Endpoint endpoint =
      ask.purpose == claude::Purpose::CountTokens ? Endpoint::CountTokens : Endpoint::Messages;
  const std::string broken = violations(out.body, endpoint);
  CHECK_MESSAGE(broken.empty(), broken << "\n" << out.body);
  return out;
}

// A chat of these messages.
inline std::string with_messages(const std::string& messages) {
  return R"({"messages":[)" + messages + "]}";
}
// One user message, and these members beside it (each with its comma in front).
inline std::string with_members(const std::string& members) {
  return R"({"messages":[{"role":"user","content":"hi"}])" + members + "}";
}
inline std::string messages_of(const std::string& messages, Ask ask = {}) {
  return translate(with_messages(messages), ask)["messages"];
}

using Texts = std::vector<std::string>;

}  // namespace aip::claude_test

namespace doctest {
template <>
struct StringMaker<std::vector<std::string>> {
  static String convert(const std::vector<std::string>& list) {
    std::string out = "[";
    for (const std::string& text : list) out += text + " ";
    return (out + "]").c_str();
  }
};
}  // namespace doctest
