#include "core/base/json.h"

#include <doctest/doctest.h>

using aip::json::Value;
using aip::json::Writer;

TEST_CASE("json: depth is judged one below, at and one above the limit") {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  CHECK(aip::json::check(nested(63)).ok());
  CHECK(aip::json::check(nested(64)).ok());
  CHECK_FALSE(aip::json::check(nested(65)).ok());
  CHECK_FALSE(aip::json::check(nested(100'000)).ok());
}

TEST_CASE("json: the text that crashes RapidJSON is refused or read, and nothing breaks") {
  CHECK(aip::json::check("[1.00000000001e-2147483638]").ok());
}

TEST_CASE("json: an escaped surrogate without its partner is JSON, a bad escape beside it is not") {
  CHECK(aip::json::check(R"(["\ud83d"])").ok());
  CHECK(aip::json::check(R"(["\ude00 x", "\uD83D", "\ud83d\ud83d\ude00"])").ok());
  CHECK(aip::json::check(R"(["\\\ud83d"])").ok());
  CHECK_FALSE(aip::json::check(R"(["\ud83d", "\x"])").ok());
  CHECK_FALSE(aip::json::check(R"(["\ud83"])").ok());
  CHECK_FALSE(aip::json::check(R"(["\ud83d)").ok());
  CHECK_FALSE(aip::json::check("[\"\xed\xa0\xbd\"]").ok());  // as bytes it is not UTF-8
}

TEST_CASE("json: a walker finds members and items and keeps their bytes") {
  const std::string text =
      R"( {"a": [1, 1e3, 10.0], "b\u0041": "x\"y", "c": {"d": {}}, "e": null} )";
  REQUIRE(aip::json::check(text).ok());
  const Value root(text);

  std::string numbers;
  for (const Value v : root["a"].items()) numbers += std::string(v.raw()) + ";";
  CHECK(numbers == "1;1e3;10.0;");
  CHECK(root["bA"].str() == "x\"y");
  CHECK(root["c"]["d"].is_object());
  CHECK(root["c"]["d"].size() == 0);
  CHECK(root["e"].is_null());
  CHECK_FALSE(root["f"]);
  CHECK(root.size() == 4);
}

TEST_CASE("json: escapes resolve, and a lone surrogate becomes U+FFFD") {
  std::string out;
  aip::json::unescape(R"(\u00e9\ud83d\ude00\ud83d!\n\/)", out);
  CHECK(out == "\xC3\xA9\xF0\x9F\x98\x80\xEF\xBF\xBD!\n/");
}

TEST_CASE("json: integers keep their bounds") {
  CHECK(Value("9223372036854775807").integer() == INT64_MAX);
  CHECK(Value("-9223372036854775808").integer() == INT64_MIN);
  CHECK_FALSE(Value("9223372036854775808").integer());
  CHECK_FALSE(Value("10.0").integer());
}

TEST_CASE("json: a name that stands twice is found, escaped or not") {
  CHECK(aip::json::duplicate_member(Value(R"({"a":1,"\u0061":2})")) == "a");
  CHECK_FALSE(aip::json::duplicate_member(Value(R"({"a":1,"b":{"a":2}})")));
}

TEST_CASE("json: the writer mixes its own values with raw ones") {
  std::string out;
  Writer w(out);
  w.object()
      .member("a", "x\n")
      .member_raw("b", "[1,2]")
      .key("c")
      .array()
      .escaped("\\u0041")
      .raw("{}")
      .end_array();
  w.end_object();
  CHECK(out == R"({"a":"x\n","b":[1,2],"c":["\u0041",{}]})");
}
