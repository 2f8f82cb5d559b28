// gemini_contents.h - Gemini's `contents` and systemInstruction as the messages of canonical chat.
//
//   user turn       text, media               -> one user message; neighbours become one
//                   functionResponse          -> tool messages, before the user's own parts
//   model turn      text                      -> content; neighbours are joined without a seam,
//                                                for an SDK keeps a stream as many contents
//                   thought                   -> reasoning_content
//                   functionCall              -> tool_calls, arguments as text
//                   thoughtSignature          -> thinking_blocks if it is our own carrier
//                                                (gemini_carrier.h), else provider_state
//                   executableCode and result -> text in fences
//
// Gemini may leave ids out: a call without one is named by its place in the conversation, which
// does not change from turn to turn, and its response is found by id, else by name and order.
// Errors: CallerBadRequest with the place in `param`.   Lifetime: borrows from the body.
// Tests: tests/unit/dialect/gemini_request_test.cpp
#pragma once

#include <aiproxy/json.hpp>

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/dialect/dialect.h"

namespace aip::dialect {

class GeminiConversation {
 public:
  // Writes the lacks and the messages' origins of `made`.
  explicit GeminiConversation(Canonical& made) : made_(made) {}

  [[nodiscard]] Status system(json::Value instruction);
  [[nodiscard]] Status contents(json::Value contents);
  // The messages: JSON objects with commas between them.
  [[nodiscard]] std::string finish();

 private:
  enum class Role : std::uint8_t { None, User, Model };
  // Where in the client's body something stands, in both ways of saying it.
  struct Place {
    std::string dotted, pointer;
    [[nodiscard]] Place member(std::string_view name) const;
    [[nodiscard]] Place item(std::size_t index) const;
  };
  struct Call {
    std::string id, name;
    bool made = false;  // the id is ours
    bool answered = false;
  };
  // The calls of one name that may still wait for a response, in order: all, and those without an
  // id of the client's own.
  struct Waiting {
    std::deque<std::size_t> all, made;
  };

  [[nodiscard]] Status content(json::Value content, const Place& place);
  [[nodiscard]] Status user_part(json::Value part, const Place& place);
  [[nodiscard]] Status model_part(json::Value part, const Place& place);
  [[nodiscard]] Status function_call(json::Value call, json::Value signature, const Place& place);
  [[nodiscard]] Status function_response(json::Value response, const Place& place);
  [[nodiscard]] std::string id_of_response(json::Value response);
  [[nodiscard]] Call* first_waiting(std::deque<std::size_t>& calls);
  void signature(json::Value signature);
  // Media and what else is no text, as a content part; empty: left out, and a lack says so.
  [[nodiscard]] Result<std::string> other_part(json::Value part, const Place& place);
  [[nodiscard]] std::string inline_data(json::Value data) const;
  [[nodiscard]] std::string file_data(json::Value data, const Place& place);
  void lack(const Place& place, std::string what, Lack::Weight weight);

  void turn(Role role);
  void close();
  void close_model();
  void add_message(std::string_view json, const std::string& origin);

  Canonical& made_;
  std::string messages_;
  std::string origin_;  // of what is read now
  std::vector<Call> calls_;
  std::map<std::string, std::size_t> calls_by_id_;
  std::map<std::string, Waiting> calls_by_name_;
  // The turn that is open.
  Role role_ = Role::None;
  std::string opened_;     // where it begins
  std::string parts_;      // user: JSON values; model: media that stand in an answer
  std::string text_;       // model: escaped
  std::string reasoning_;  // model: escaped
  std::string tool_calls_, thinking_blocks_;
  std::string state_;  // a signature of Google's on a part that is no call, escaped
};

}  // namespace aip::dialect
