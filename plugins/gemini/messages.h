// messages.h - the conversation: OpenAI's list of messages as systemInstruction and turns.
//
//   system, developer   wherever they stand: parts of systemInstruction, in order
//   user                parts of a user turn
//   assistant           text, then functionCall, each with the signature that it was given
//   tool, function      functionResponse, the first things in the user turn behind the calls
//
// Gemini's rules that the list need not obey: turns alternate and begin with the user's; every
// functionCall has one functionResponse in the next turn, in the same order; no text is empty; a
// response is an object. So neighbours are merged; results are put in the order of their calls; a
// result whose call is not in the turn before becomes text; a call that was never answered gets a
// result that says so; a user turn of nothing gets a word in its place. What was made up is
// disclosed.
//
// Use: read() once, then write_system() and write_contents().
// Tests: tests/unit/gemini/messages_test.cpp
#pragma once

#include <aiproxy/json.hpp>
#include <aiproxy/speakers.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "draft.h"
#include "parts.h"
#include "signatures.h"

namespace aip::gemini {

using sdk::from_user;
using sdk::is_result;
using sdk::Speaker;

struct Message {
  std::uint32_t index = 0;
  Speaker speaker = Speaker::User;
  json::Value content, refusal, name, tool_calls, function_call, tool_call_id, is_error;
  json::Value images, thinking_blocks;
  bool placed = false;  // Tool, Function: it answers a call of the turn before
};

// How this target takes a conversation.
struct Manners {
  WebFiles web = WebFiles::Refused;
  bool signatures = false;  // a function call without its signature would be refused
};

class Conversation {
 public:
  explicit Conversation(Manners manners) noexcept : manners_(manners) {}

  // Fails if the list is not one of messages.
  [[nodiscard]] std::optional<sdk::Failure> read(json::Value messages);
  [[nodiscard]] std::optional<sdk::Failure> write_system(Draft& draft);
  [[nodiscard]] std::optional<sdk::Failure> write_contents(Draft& draft);

 private:
  using Iterator = std::vector<Message>::iterator;
  enum class InStep : std::uint8_t { First, Later };
  struct Call {
    std::string asked;  // the id as the client wrote it; empty: a legacy function_call
    std::string own;    // the id as Gemini knows it; empty: none
    std::string name;   // escaped
    std::string pointer;
  };

  std::optional<sdk::Failure> write_user_run(Iterator begin, Iterator end, Draft& draft);
  std::optional<sdk::Failure> write_results(Iterator begin, Iterator end, Draft& draft);
  // nullptr: the call was never answered.
  void write_response(const Call& call, const Message* result, Draft& draft);
  void write_response_value(const Message& result, Draft& draft);
  std::optional<sdk::Failure> write_media(const Message& result, Draft& draft);
  std::optional<sdk::Failure> write_orphan(const Message& message, Draft& draft);
  std::optional<sdk::Failure> write_assistant(const Message& message, Draft& draft);
  std::optional<sdk::Failure> write_said(const Message& message, Draft& draft);
  std::optional<sdk::Failure> write_content(const Message& message, Role role, Draft& draft);
  std::optional<sdk::Failure> write_tool_calls(const Message& message, Draft& draft);
  void write_call(json::Value call, json::Value function, const std::string& pointer, InStep place,
                  Draft& draft);

  const Manners manners_;
  std::vector<Message> system_, turns_;
  std::vector<Call> calls_;  // of the last model turn, in order
};

}  // namespace aip::gemini
