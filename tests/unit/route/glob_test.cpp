#include <doctest/doctest.h>

#include <chrono>

#include "core/route/route.h"

using aip::route::glob_matches;

namespace {

// The definition, in the slow and obvious way.
bool by_definition(std::string_view glob, std::string_view text) {
  if (glob.empty()) return text.empty();
  if (glob.front() == '*') {
    for (std::size_t i = 0; i <= text.size(); ++i) {
      if (by_definition(glob.substr(1), text.substr(i))) return true;
    }
    return false;
  }
  return !text.empty() && glob.front() == text.front() &&
         by_definition(glob.substr(1), text.substr(1));
}

// All texts over the letters up to a length.
std::vector<std::string> texts(std::string_view letters, std::size_t length) {
  std::vector<std::string> out{""};
  for (std::size_t begin = 0, n = 0; n < length; ++n) {
    const std::size_t end = out.size();
    for (; begin < end; ++begin) {
      for (const char c : letters) out.push_back(out[begin] + c);
    }
  }
  return out;
}

}  // namespace

TEST_CASE("glob: a star is any characters, also none; everything else is itself") {
  CHECK(glob_matches("gpt-*", "gpt-4o"));
  CHECK(glob_matches("gpt-*", "gpt-"));
  CHECK(glob_matches("*", ""));
  CHECK(glob_matches("", ""));
  CHECK(glob_matches("*mini*", "gpt-4o-mini-2024"));
  CHECK(glob_matches("a*b*c", "aXbYbZc"));
  CHECK(glob_matches("a?c", "a?c"));
  CHECK(glob_matches("a.c", "a.c"));
  CHECK_FALSE(glob_matches("gpt-*", "Gpt-4o"));
  CHECK_FALSE(glob_matches("gpt-*", "xgpt-4o"));
  CHECK_FALSE(glob_matches("", "x"));
  CHECK_FALSE(glob_matches("a?c", "abc"));
  CHECK_FALSE(glob_matches("a.c", "abc"));
  CHECK_FALSE(glob_matches("ab*ba", "aba"));
}

TEST_CASE("glob: it means what its definition says, for all short globs and texts") {
  const std::vector<std::string> globs = texts("ab*", 5), subjects = texts("ab", 6);
  for (const std::string& glob : globs) {
    for (const std::string& text : subjects) {
      if (glob_matches(glob, text) != by_definition(glob, text)) {
        FAIL("glob " << glob << " text " << text);
      }
    }
  }
}

TEST_CASE("glob: no pattern makes it slow") {
  std::string glob;
  for (int i = 0; i < 5000; ++i) glob += "*aaaa";
  glob += "*b";
  const std::string text(200'000, 'a');
  const auto begin = std::chrono::steady_clock::now();

  CHECK_FALSE(glob_matches(glob, text));
  CHECK_FALSE(glob_matches("*" + std::string(50'000, 'a') + "b*", text));

  // Backtracking would take 10^9 steps and more.
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(2));
}
