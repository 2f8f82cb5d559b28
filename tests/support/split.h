// split.h - feeds an input whole, byte by byte and at every split, so that no boundary is special.
#pragma once

#include <string_view>
#include <vector>

namespace aip::test {

// Calls run(pieces) once for each way of cutting; run() does the checking.
template <class F>
void in_every_split(std::string_view input, F&& run) {
  run(std::vector<std::string_view>{input});
  std::vector<std::string_view> bytes;
  for (std::size_t i = 0; i < input.size(); ++i) bytes.push_back(input.substr(i, 1));
  run(bytes);
  for (std::size_t i = 1; i < input.size(); ++i) {
    run(std::vector<std::string_view>{input.substr(0, i), input.substr(i)});
  }
}

}  // namespace aip::test
