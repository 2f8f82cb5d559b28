// gemini_names.h - the members of Google's messages, whichever way they are spelled.
//
// Google's services take lowerCamelCase and the snake_case of their schema files alike, so
// "inlineData" and "inline_data" are one member here.   Threads: none.
// Tests: tests/unit/dialect/gemini_request_test.cpp
#pragma once

#include <aiproxy/json.hpp>

#include <string>
#include <string_view>

namespace aip::dialect {

// "inline_data" -> "inlineData"; what holds no underscore stays as it is.
[[nodiscard]] inline std::string camel_of(std::string_view name) {
  std::string out;
  out.reserve(name.size());
  for (std::size_t i = 0; i < name.size(); ++i) {
    const bool joins = name[i] == '_' && !out.empty() && i + 1 < name.size();
    const bool letter = joins && name[i + 1] >= 'a' && name[i + 1] <= 'z';
    if (letter) {
      out.push_back(static_cast<char>(name[++i] - 'a' + 'A'));
    } else {
      out.push_back(name[i]);
    }
  }
  return out;
}

// The member of that lowerCamelCase name in either spelling; None if there is none, or it is null.
[[nodiscard]] inline json::Value member_of(json::Value object, std::string_view camel) {
  for (const json::Value::Member& m : object.members()) {
    if (!m.named(camel) && (m.plain && m.key_escaped.find('_') == std::string_view::npos)) continue;
    if (camel_of(m.key()) != camel) continue;
    if (!m.value().is_null()) return m.value();
  }
  return {};
}

}  // namespace aip::dialect
