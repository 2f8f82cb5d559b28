#include <aiproxy/data_uri.hpp>

#include <doctest/doctest.h>

#include <string>
#include <utility>

namespace sdk = aip::sdk;

TEST_CASE("base64: every length goes there and back") {
  std::string bytes;
  for (int i = 0; i < 300; ++i) {
    const std::string text = sdk::encode_base64(bytes);
    CHECK(text.size() == (bytes.size() + 2) / 3 * 4);
    const sdk::Decoded decoded = sdk::decode_base64(text);
    CHECK(decoded.bytes == bytes);
    CHECK(decoded.rest.size() == (3 - bytes.size() % 3) % 3);
    bytes.push_back(static_cast<char>(i * 7));
  }
}

TEST_CASE("base64: RFC 4648's own words") {
  CHECK(sdk::encode_base64("f") == "Zg==");
  CHECK(sdk::encode_base64("fo") == "Zm8=");
  CHECK(sdk::encode_base64("foo") == "Zm9v");
  CHECK(sdk::encode_base64("foobar") == "Zm9vYmFy");
  CHECK(sdk::decode_base64("-_-_").bytes == sdk::decode_base64("+/+/").bytes);
}

TEST_CASE("base64: what is none is told from where it begins") {
  CHECK(sdk::decode_base64("Zm9v*Zm9v").bytes == "foo");
  CHECK(sdk::decode_base64("Zm9v*Zm9v").rest == "*Zm9v");
  CHECK(sdk::decode_base64("Zg==").rest == "==");
  CHECK(sdk::decode_base64("").rest.empty());
}

TEST_CASE("data URI: the type is told in small letters and without parameters") {
  const auto uri = sdk::parse_data_uri("DATA:Image/PNG;charset=x;Base64,Zm9v");
  REQUIRE(uri);
  CHECK(uri->media_type == "image/png");
  CHECK(uri->base64 == "Zm9v");
  CHECK(sdk::parse_data_uri("data:;base64,Zm9v")->media_type.empty());
}

TEST_CASE("data URI: clean base64 stays where it is, any other is taken out") {
  const std::string clean = "data:a/b;base64,Zm9v";
  auto uri = sdk::parse_data_uri(clean);
  REQUIRE(uri);
  CHECK(uri->base64.data() == clean.data() + clean.size() - 4);
  const std::string dirty = "data:a\\/b;base64,Z m\\n9\\/v";
  uri = sdk::parse_data_uri(dirty);
  REQUIRE(uri);
  CHECK(uri->media_type == "a/b");
  CHECK(uri->base64 == "Zm9/v");
  const sdk::DataUri moved = std::move(*uri);
  CHECK(moved.base64.data() == moved.owned.data());
}

TEST_CASE("data URI: what cannot stand in a JSON string stays escaped") {
  CHECK(sdk::bare_base64(R"(Zm\"9v)").base64 == R"(Zm\"9v)");
}

TEST_CASE("data URI: anything else is none") {
  for (const char* text : {"", "data:", "data", "data:a/b,Zm9v", "data:a/b;base64", "http://a/b",
                           "data:a/b;base6,Zm9v"}) {
    CHECK_FALSE(sdk::parse_data_uri(text));
  }
  // The head ends within 256 bytes.
  const auto padded = [](std::size_t head) {
    const std::string begin = "data:", end = ";base64,";
    return begin + std::string(head - begin.size() - end.size(), 'a') + end + "Zm9v";
  };
  CHECK(sdk::parse_data_uri(padded(255)));
  CHECK(sdk::parse_data_uri(padded(256)));
  CHECK_FALSE(sdk::parse_data_uri(padded(257)));
}

TEST_CASE("data URI: the first bytes tell the type") {
  const auto seen = [](std::string bytes) { return sdk::sniff(sdk::encode_base64(bytes)); };
  CHECK(seen("\xFF\xD8\xFF\xE0") == "image/jpeg");
  CHECK(seen("\x89PNG\r\n\x1A\n") == "image/png");
  CHECK(seen("GIF87a") == "image/gif");
  CHECK(seen("GIF89a") == "image/gif");
  CHECK(seen("RIFF1234WEBP") == "image/webp");
  CHECK(seen("RIFF1234WAVE").empty());
  CHECK(seen("RIFF1234WEB").empty());
  CHECK(seen("%PDF-1.7") == "application/pdf");
  CHECK(seen("").empty());
}
