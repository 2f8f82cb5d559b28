// style.h - the three tones of Bing chat, by the model's name, and what each asks the hub for.
//
//     bing, bing-creative, gpt-4-bing, any other name    Creative
//     bing-balanced                                       Balanced
//     bing-precise                                        Precise
// Tests: tests/unit/bing/request_test.cpp
#pragma once

#include <string_view>

namespace aip::bing {

struct Style {
  std::string_view tone;
  std::string_view option;  // of optionsSets
};

[[nodiscard]] constexpr Style style_of(std::string_view model) noexcept {
  if (model == "bing-balanced") return {"Balanced", "galileo"};
  if (model == "bing-precise") return {"Precise", "h3precise"};
  return {"Creative", "h3imaginative"};
}

}  // namespace aip::bing
