// script.h - what is going to be said, decided before the first word.
//
// A script is a list of steps, each one event; the numbered lines of mock-long are made only when
// they are asked for, so that a slow client does not make the answer wait in memory.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ask.h"

namespace mock {

struct Step {
  std::uint16_t type = 0;  // AIP_EV_
  std::uint32_t choice = 0;
  std::string text, name, id;
  std::uint32_t finish = 0;
};

class Script {
 public:
  Script() = default;
  // `model` picks the behaviour; `long_lines` is for mock-long.
  Script(std::string_view model, const Ask& ask, std::uint64_t long_lines);

  [[nodiscard]] std::optional<Step> next();
  // Words said so far; reasoning is part of them.
  [[nodiscard]] std::uint64_t words() const noexcept { return words_; }
  [[nodiscard]] std::uint64_t reasoning_words() const noexcept { return reasoning_words_; }
  // False for an answer that dies in the middle.
  [[nodiscard]] bool ends_well() const noexcept { return !cut_; }

 private:
  void say(std::uint32_t choice, const std::string& text, const Ask& ask);
  void think(std::uint32_t choice, const std::string& text);
  void call_tool(std::uint32_t choice, const Tool& tool, const Ask& ask);
  void say_lines(const Ask& ask, std::uint64_t lines);
  void cut_in_half();

  std::vector<Step> steps_;
  std::size_t at_ = 0;
  std::uint64_t line_ = 0, lines_ = 0;
  std::uint64_t words_ = 0, reasoning_words_ = 0;
  bool cut_ = false;
};

}  // namespace mock
