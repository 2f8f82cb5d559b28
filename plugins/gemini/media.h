// media.h - where a file of a message is, as Gemini sees it, and of which type it is.
//
// Data URIs themselves are the SDK's (data_uri.hpp).
// Tests: tests/unit/gemini/small_test.cpp
#pragma once

#include <aiproxy/data_uri.hpp>

#include <string>
#include <string_view>

namespace aip::gemini {

using sdk::bare_base64;
using sdk::DataUri;
using sdk::is_data_uri;
using sdk::parse_data_uri;
using sdk::sniff;

// Where a URL points to, as Gemini sees it.
enum class Web : unsigned char {
  None,    // no URL
  Other,   // any other http(s) URL
  Google,  // gs://, the Files API, YouTube: fileData everywhere
};
[[nodiscard]] Web kind_of_url(std::string_view url) noexcept;

// The type of a file by its name's or URL's ending; empty if unknown.
[[nodiscard]] std::string_view type_by_name(std::string_view name) noexcept;
// What the bytes show, else what was declared (image/jpg mended), else `usual`.
[[nodiscard]] std::string type_of(const DataUri& uri, std::string_view usual);

}  // namespace aip::gemini
