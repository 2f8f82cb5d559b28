// media.h - data URIs and what is inside them.
//
// A data URI may be megabytes long, so its base64 stays where it is: the parts of a DataUri are
// views into the JSON-escaped string, unless the base64 holds escapes (some encoders write "\/"),
// line breaks or blanks, which are taken out into `owned`.
// Tests: tests/unit/claude/small_test.cpp
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace aip::claude {

struct DataUri {
  std::string media_type;   // lower case, without parameters; empty if not told
  std::string_view base64;  // free of escapes: fit for a JSON string as it is
  std::string owned;        // what base64 views, if it could not stay in place

  DataUri() = default;
  DataUri(DataUri&& from) noexcept { *this = std::move(from); }
  DataUri& operator=(DataUri&& from) noexcept {
    const bool in_place = from.owned.empty();
    media_type = std::move(from.media_type);
    owned = std::move(from.owned);
    base64 = in_place ? from.base64 : std::string_view(owned);
    return *this;
  }
};

[[nodiscard]] bool is_data_uri(std::string_view escaped) noexcept;
[[nodiscard]] bool is_web_url(std::string_view escaped) noexcept;
// Nothing if it is no base64 data URI.
[[nodiscard]] std::optional<DataUri> parse_data_uri(std::string_view escaped);
// Base64 without a data URI around it, as some clients send files.
[[nodiscard]] DataUri bare_base64(std::string_view escaped);

// The type that the first bytes show ("image/png", "application/pdf"); empty if unknown.
[[nodiscard]] std::string_view sniff(std::string_view base64);
// One of the four that Anthropic takes: what the bytes show, else what was declared; else empty.
[[nodiscard]] std::string_view image_type(const DataUri& uri);

// Nothing if a character is not base64's.
[[nodiscard]] std::optional<std::string> decode_base64(std::string_view base64);

}  // namespace aip::claude
