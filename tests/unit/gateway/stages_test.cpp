#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "core/gateway/exchange.h"

using aip::gateway::Stage;

TEST_CASE("exchange: ARCHITECTURE.md tells the stages by their names, in their order") {
  const char* folder = std::getenv("AIPROXY_SOURCE_DIR");
  REQUIRE(folder != nullptr);
  std::ifstream file(std::string(folder) + "/ARCHITECTURE.md");
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  REQUIRE_FALSE(text.empty());

  std::size_t at = text.find("## The life of a request");
  for (int i = 0; i <= static_cast<int>(Stage::Done); ++i) {
    const std::string item =
        std::to_string(i + 1) + ". **" + std::string(stage_name(static_cast<Stage>(i))) + "**";
    CAPTURE(item);
    at = text.find(item, at);
    REQUIRE(at != std::string::npos);
  }
}
