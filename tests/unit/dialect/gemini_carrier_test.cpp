#include "core/dialect/gemini_carrier.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "core/base/base64.h"

using namespace aip::dialect;

namespace gemini_carrier_test {
namespace {

std::string carried(std::string_view blocks) {
  std::string out;
  append_carrier(blocks, out);
  return out;
}

}  // namespace

TEST_CASE("carrier: blocks come back as they went, in either alphabet, padded or not") {
  const std::string one = R"({"type":"thinking","thinking":"ÿ?>~ \"x\"","signature":"a+/b=="})";
  const std::string two = R"({"type":"redacted_thinking","data":"zz"})";
  for (const std::string& blocks : {one, two, one + "," + two}) {
    std::string signature = carried(blocks);
    CHECK(read_carrier(signature) == blocks);
    std::replace(signature.begin(), signature.end(), '+', '-');
    std::replace(signature.begin(), signature.end(), '/', '_');
    CHECK(read_carrier(signature) == blocks);
    while (signature.back() == '=') signature.pop_back();
    CHECK(read_carrier(signature) == blocks);
  }
}

TEST_CASE("carrier: what is not ours, or not whole, is nothing") {
  CHECK_FALSE(read_carrier(""));
  CHECK_FALSE(read_carrier("CiQBcsjafAAA"));  // one of Google's
  CHECK_FALSE(read_carrier("skip_thought_signature_validator"));
  for (const char* blocks :
       {"", "1", "{}", R"({"type":"text","text":"x"})", R"({"type":"thinking","thinking":1})",
        R"({"type":"thinking","thinking":"no signature"})", R"({"type":"redacted_thinking"})",
        "]x[", R"({"type":"redacted_thinking","data":"a"},5)"}) {
    CHECK_MESSAGE(!read_carrier(carried(blocks)), blocks);
  }
  const std::string whole = carried(R"({"type":"redacted_thinking","data":"zz"})");
  for (std::size_t size = 0; size + 2 < whole.size(); ++size) {
    CHECK_FALSE(read_carrier(whole.substr(0, size)));
  }
}

TEST_CASE("base64: every length and every byte comes back") {
  std::string bytes;
  for (int i = 0; i < 300; ++i) {
    CHECK(decode_base64(aip::base64(bytes)) == bytes);
    bytes.push_back(static_cast<char>(i * 7));
  }
  CHECK_FALSE(decode_base64("a b"));
  CHECK_FALSE(decode_base64("\xC3"));
}

}  // namespace gemini_carrier_test
