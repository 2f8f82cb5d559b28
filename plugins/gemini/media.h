// media.h - data URIs, web addresses, and the types of what is behind them.
//
// A data URI may be megabytes long, so its base64 stays where it is: the parts of a DataUri are
// views into the JSON-escaped string, unless the base64 holds escapes (some encoders write "\/"),
// line breaks or blanks, which are taken out into `owned`.
// Tests: tests/unit/gemini/small_test.cpp
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace aip::gemini {

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
// Nothing if it is no base64 data URI.
[[nodiscard]] std::optional<DataUri> parse_data_uri(std::string_view escaped);
// Base64 without a data URI around it, as some clients send files.
[[nodiscard]] DataUri bare_base64(std::string_view escaped);

// Where a URL points to, as Gemini sees it.
enum class Web : unsigned char {
  None,    // no URL
  Other,   // any other http(s) URL
  Google,  // gs://, the Files API, YouTube: fileData everywhere
};
[[nodiscard]] Web kind_of_url(std::string_view url) noexcept;

// The type of a file by its name's or URL's ending; empty if unknown.
[[nodiscard]] std::string_view type_by_name(std::string_view name) noexcept;
// The type that the first bytes show; empty if unknown.
[[nodiscard]] std::string_view sniff(std::string_view base64);
// What the bytes show, else what was declared (image/jpg mended), else `usual`.
[[nodiscard]] std::string type_of(const DataUri& uri, std::string_view usual);

}  // namespace aip::gemini
