// responses_input.h - the items of a Responses request, as canonical messages.
//
// What an answer once had as several items (reasoning, a message, calls of tools) is one message of
// the assistant again, so that signatures stand before what they sign and results follow their
// calls. Text ends a message where more text or new reasoning comes.
// Tests: tests/unit/dialect/responses_request_test.cpp
#pragma once

#include <aiproxy/json.hpp>

#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/dialect/dialect.h"

namespace aip::dialect {

class ResponsesInput {
 public:
  // Origins of messages and what was left out are told to `canonical`.
  explicit ResponsesInput(Canonical& canonical) : canonical_(canonical) {}

  void add_instructions(json::Value text);
  [[nodiscard]] Status add_input(json::Value input);
  // The list of messages, without brackets.
  [[nodiscard]] const std::string& messages() const noexcept { return messages_; }

 private:
  // The assistant's message that is being put together.
  struct Turn {
    std::string content;                   // a JSON value; empty: none
    std::string calls, thinking, foreign;  // items of lists
    std::string reasoning;                 // escaped
    std::string pointer;
    [[nodiscard]] bool empty() const noexcept { return content.empty() && calls.empty(); }
  };

  [[nodiscard]] Status add_item(json::Value item, const std::string& place);
  [[nodiscard]] Status add_message(json::Value item, const std::string& place);
  [[nodiscard]] Status add_call(json::Value item, std::string_view arguments,
                                const std::string& place);
  [[nodiscard]] Status add_output(json::Value item, const std::string& place);
  [[nodiscard]] Status add_reasoning(json::Value item, const std::string& place);
  void add_unknown(json::Value item, std::string_view type);
  void disclose(std::string pointer);
  void end_turn();
  void begin_message(std::string_view role, std::string pointer);

  Canonical& canonical_;
  std::string messages_;
  Turn turn_;
  std::string pointer_;  // of the item at hand
};

}  // namespace aip::dialect
