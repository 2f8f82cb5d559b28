// recordings.h - recorded files one by one, where the pairs of tests/support/fixtures.h do not fit.
//
// Without the folder of recordings the tests that need it say so by name and pass; with it they say
// how many files they ran.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/fixtures.h"

namespace aip::recorded {

struct Recording {
  std::string name, text;
};

// All files of fixtures/<folder> whose name ends so, in order of their names.
inline std::vector<Recording> recordings(const std::string& folder, const std::string& ending) {
  std::vector<Recording> out;
  const std::optional<std::string> root = test::fixtures_folder();
  if (!root) return out;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(*root + "/" + folder, none)) {
    const std::string name = entry.path().filename().string();
    if (name.size() < ending.size() ||
        name.compare(name.size() - ending.size(), ending.size(), ending) != 0) {
      continue;
    }
    std::ifstream in(entry.path(), std::ios::binary);
    std::stringstream text;
    text << in.rdbuf();
    out.push_back({name, text.str()});
  }
  std::sort(out.begin(), out.end(),
            [](const Recording& a, const Recording& b) { return a.name < b.name; });
  return out;
}

// Says what ran, or that nothing did.
inline void report(const char* what, std::size_t count) {
  if (count == 0) {
    std::printf("skipped: %s (no folder of recordings holds them)\n", what);
  } else {
    std::printf("recorded: %zu %s\n", count, what);
  }
}

}  // namespace aip::recorded
