// one_of.h - is this word in that list?
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace aip::config {

template <std::size_t N>
[[nodiscard]] bool is_one_of(std::string_view word,
                             const std::array<std::string_view, N>& words) noexcept {
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace aip::config
