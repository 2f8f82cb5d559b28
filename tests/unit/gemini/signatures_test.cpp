#include <doctest/doctest.h>

#include <algorithm>

#include "plugins/gemini/signatures.h"

using aip::gemini::kSignatureBytesMax;
using aip::gemini::made_tool_id;
using aip::gemini::read_text_signature;
using aip::gemini::read_tool_id;
using aip::gemini::SignedPart;
using aip::gemini::text_signature;
using aip::gemini::with_signature;

namespace {

bool fits_every_dialect(const std::string& id) {
  return std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  });
}

}  // namespace

TEST_CASE("signatures: each comes back byte for byte, whatever it is made of") {
  for (const std::string signature :
       {"QUJD", "QUI=", "QQ==", "a+b/c+d=", "a-b_c-d=", "a-b+c", "===", "=", "no base64 at all!",
        "skip_thought_signature_validator", "\xff\x00\x80 bytes", "__sig_s0_x", "a=b"}) {
    CAPTURE(signature);
    const std::string id = with_signature("abc123", signature);
    CHECK(fits_every_dialect(id));
    CHECK(read_tool_id(id).signature == signature);
    CHECK(read_tool_id(id).own == "abc123");
  }
}

TEST_CASE("signatures: an id without one stays as it is, and so does a foreign one") {
  CHECK(with_signature("abc", "") == "abc");
  CHECK(read_tool_id("call_abc").own == "call_abc");
  CHECK(read_tool_id("call_abc").signature.empty());
  CHECK(read_tool_id("").own.empty());
}

TEST_CASE("signatures: an id that was made here is not told to Gemini") {
  const std::string made = made_tool_id("seed");
  CHECK(read_tool_id(made).own.empty());
  CHECK(read_tool_id(with_signature(made, "QUJD")).own.empty());
  CHECK(read_tool_id(with_signature(made, "QUJD")).signature == "QUJD");
  CHECK(made_tool_id("seed") == made);
  CHECK(made_tool_id("seed2") != made);
}

TEST_CASE("signatures: an id that looks like a carrier and is none loses nothing but the mark") {
  CHECK(read_tool_id("x__sig_").own == "x");
  CHECK(read_tool_id("x__sig_q9_AA").signature.empty());
  CHECK(read_tool_id("x__sig_x0_zz").signature.empty());
  // Gemini's own id may hold the mark: it is replaced, so that the signature is found.
  CHECK(read_tool_id(with_signature("a__sig_s0_b", "QUJD")).signature == "QUJD");
}

TEST_CASE("signatures: one below, at and above the longest that is carried") {
  for (const std::size_t size : {kSignatureBytesMax - 1, kSignatureBytesMax}) {
    CHECK(read_tool_id(with_signature("a", std::string(size, 'A'))).signature.size() == size);
  }
  CHECK(with_signature("a", std::string(kSignatureBytesMax + 1, 'A')) == "a");
}

TEST_CASE("signatures: a text's comes back from its redacted block, and only ours does") {
  const std::string text = text_signature(SignedPart::Text, "QUJD");
  CHECK(read_text_signature(text).part == SignedPart::Text);
  CHECK(read_text_signature(text).signature == "QUJD");
  CHECK(read_text_signature(text_signature(SignedPart::Empty, "Q")).part == SignedPart::Empty);
  CHECK(read_text_signature("EmwKAhgBEgy3").part == SignedPart::None);
}
