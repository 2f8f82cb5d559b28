// ascii.h - letters of protocol words, whatever the locale.
#pragma once

#include <string>
#include <string_view>

namespace aip {

[[nodiscard]] inline std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

}  // namespace aip
