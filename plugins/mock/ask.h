// ask.h - what a canonical chat wants from this provider, read once at begin().
//
// Lifetime: owns its strings; JSON values point into the request's body and die with begin().
#pragma once

#include <aiproxy/json.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mock {

struct Tool {
  std::string name;
  aip::json::Value schema;
};

struct Ask {
  std::string last_user;         // text of the last user message
  std::size_t images = 0;        // in that message
  std::size_t prompt_words = 0;  // of all messages
  std::vector<Tool> tools;       // none if tool_choice says so
  std::string wanted_tool;       // by tool_choice; empty: the first
  bool answers_tool = false;     // the last message is a tool's
  std::string tool_result;       // its text
  std::size_t tool_calls_before = 0;
  aip::json::Value response_schema;  // of response_format json_schema
  std::size_t words_max = SIZE_MAX;
  std::vector<std::string> stops;
  std::uint32_t choices = 1;
};

[[nodiscard]] Ask read_ask(std::string_view body);

}  // namespace mock
