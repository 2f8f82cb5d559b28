// draft.h - the body of generateContent while it is written: one JSON text, and its turns.
//
// A part names the role that it belongs to; a turn opens when the role changes. So turns alternate
// whatever the messages did, and a message without parts leaves no trace. Parts are never joined:
// a signature belongs to exactly one of them.
// Tests: tests/unit/gemini/messages_test.cpp
#pragma once

#include <aiproxy/json.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "questions.h"

namespace aip::gemini {

enum class Role : std::uint8_t { User, Model };

class Draft {
 public:
  explicit Draft(Questions& questions) : questions_(questions), json_(out_) {}
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;

  [[nodiscard]] Questions& questions() noexcept { return questions_; }
  [[nodiscard]] json::Writer& json() noexcept { return json_; }
  void reserve(std::size_t bytes) { out_.reserve(bytes); }

  void begin_contents() { json_.key("contents").array(); }
  // The next part belongs to this role.
  void turn(Role role);
  void end_contents();
  // A text part in the open turn; `escaped` is the inside of a JSON string.
  void text(std::string_view escaped, std::string_view signature = {});
  // Somebody wrote a part with json().
  void part_done() noexcept { ++parts_; }
  // Parts so far, to see whether somebody wrote one.
  [[nodiscard]] std::size_t parts() const noexcept { return parts_; }

  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  void end_turn();

  Questions& questions_;
  std::string out_;
  json::Writer json_;
  bool turn_open_ = false;
  Role role_ = Role::User;
  std::size_t parts_ = 0;
};

}  // namespace aip::gemini
