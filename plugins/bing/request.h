// request.h - canonical chat as one turn of a conversation at Bing.
//
// Bing takes one question. What stands before it (system text, earlier turns) goes along as a
// context, unless the client continues a conversation, which Bing remembers itself. What Bing lacks
// is put to the host: refused where it changes the answer, else disclosed.
// Tests: tests/unit/bing/request_test.cpp
#pragma once

#include <aiproxy/json.hpp>
#include <aiproxy/plugin.hpp>

#include <optional>
#include <string>
#include <variant>

#include "conversation.h"

namespace aip::bing {

struct Turn {
  std::string prompt;
  std::string context;       // empty: none
  std::string image_base64;  // JPEG; empty: none
  std::optional<Conversation> conversation;
};

// What is asked of the host; a test answers in its place.
class Questions {
 public:
  virtual bool may_drop(const std::string& pointer) = 0;
  virtual void coerced(const std::string& pointer) = 0;

 protected:
  ~Questions() = default;
};

[[nodiscard]] std::variant<Turn, sdk::Failure> read_turn(json::Value chat, Questions& questions);

}  // namespace aip::bing
