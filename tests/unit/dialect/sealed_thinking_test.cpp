#include "core/dialect/sealed_thinking.h"

#include <doctest/doctest.h>

using aip::dialect::kSealPrefix;
using aip::dialect::open_thinking;
using aip::dialect::seal_thinking;

TEST_CASE("sealed_thinking: what was sealed opens to the same bytes, at every length") {
  for (std::size_t n = 0; n < 64; ++n) {
    const std::string block = R"({"type":"thinking","thinking":")" + std::string(n, 'x') +
                              R"(\u00e9","signature":"a+/=="})";
    const std::string sealed = seal_thinking(block);
    CHECK(sealed.find_first_of("\"\\+/=") == std::string::npos);
    CHECK(open_thinking(sealed) == block);
  }
  const std::string redacted = R"({"type":"redacted_thinking","data":"d"})";
  CHECK(open_thinking(seal_thinking(redacted)) == redacted);
}

TEST_CASE("sealed_thinking: what is not ours, damaged, or something else does not open") {
  CHECK_FALSE(open_thinking(""));
  CHECK_FALSE(open_thinking("gAAAAABqX6NTF9B3"));
  CHECK_FALSE(open_thinking(kSealPrefix));
  const std::string sealed = seal_thinking(R"({"type":"redacted_thinking","data":"d"})");
  for (std::size_t n = 0; n < sealed.size(); ++n) {
    const auto opened = open_thinking(std::string_view(sealed).substr(0, n));
    CHECK_FALSE(opened);
  }
  CHECK_FALSE(open_thinking(sealed + "!"));
  CHECK_FALSE(open_thinking(seal_thinking("{}")));
  CHECK_FALSE(open_thinking(seal_thinking("[1]")));
  CHECK_FALSE(open_thinking(seal_thinking(R"({"type":"tool_use","data":"d"})")));
  CHECK_FALSE(open_thinking(seal_thinking("\xff")));
}
