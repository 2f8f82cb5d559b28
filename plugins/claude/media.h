// media.h - what Anthropic takes of the files in a message.
//
// Data URIs themselves are the SDK's (data_uri.hpp).
// Tests: tests/unit/claude/small_test.cpp
#pragma once

#include <aiproxy/data_uri.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace aip::claude {

using sdk::bare_base64;
using sdk::DataUri;
using sdk::is_data_uri;
using sdk::parse_data_uri;
using sdk::sniff;

[[nodiscard]] bool is_web_url(std::string_view escaped) noexcept;
// One of the four that Anthropic takes: what the bytes show, else what was declared; else empty.
[[nodiscard]] std::string_view image_type(const DataUri& uri);

// Nothing if a character is not base64's.
[[nodiscard]] std::optional<std::string> decode_base64(std::string_view base64);

}  // namespace aip::claude
