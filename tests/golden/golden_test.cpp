// Replays every conversation of tests/golden/<plugin>/ (tests/support/golden.h).
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "tests/support/golden.h"

namespace fs = std::filesystem;

TEST_CASE("golden: every conversation goes as it is written, however its bytes are cut") {
  REQUIRE(std::getenv("AIPROXY_BUILD_DIR") != nullptr);  // run by ctest
  const char* source = std::getenv("AIPROXY_SOURCE_DIR");
  REQUIRE(source != nullptr);
  std::size_t files = 0;
  std::size_t runs = 0;
  for (const auto& folder : fs::directory_iterator(fs::path(source) / "tests/golden")) {
    if (!folder.is_directory()) continue;
    for (const std::string& path : aip::test::golden_files(folder.path().string())) {
      const aip::test::GoldenResult result = aip::test::run_golden(path);
      CAPTURE(path);
      CHECK_FALSE(result.updated);
      for (const std::string& difference : result.differences) FAIL_CHECK(difference);
      ++files;
      runs += result.runs;
    }
  }
  CHECK(files > 0);
  std::printf("golden: %zu conversations, %zu runs\n", files, runs);
}
