// request.h - canonical chat as one turn of a conversation at Bing.
//
// Bing takes one question. What stands before it (system text, earlier turns) goes along as a
// context, unless the client continues a conversation, which Bing remembers itself. What Bing lacks
// is put to the host: refused where it changes the answer, else disclosed.
// Tests: tests/unit/bing/request_test.cpp
#pragma once

#include <aiproxy/json.hpp>
#include <aiproxy/questions.hpp>

#include <optional>
#include <string>

#include "conversation.h"

namespace aip::bing {

struct Turn {
  std::string prompt;
  std::string context;       // empty: none
  std::string image_base64;  // JPEG; empty: none
  std::optional<Conversation> conversation;
};

using sdk::HostQuestions;
using sdk::Outcome;
using sdk::Questions;

[[nodiscard]] Outcome<Turn> read_turn(json::Value chat, Questions& questions);

}  // namespace aip::bing
