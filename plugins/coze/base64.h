// base64.h - data URIs and the base64 in them.
//
// Input is the inside of a JSON string: "\/" stands for "/" and other escapes are refused, as
// base64 holds none. Line breaks inside are skipped.
// Tests: tests/unit/coze/content_test.cpp
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace aip::coze {

struct DataUri {
  std::string media_type;  // lower case, without parameters; empty if not told
  std::string bytes;
};

[[nodiscard]] bool is_data_uri(std::string_view escaped) noexcept;
// Nothing if it is no base64 data URI.
[[nodiscard]] std::optional<DataUri> read_data_uri(std::string_view escaped);
// Nothing if a character is not base64's.
[[nodiscard]] std::optional<std::string> decode_base64(std::string_view escaped);

}  // namespace aip::coze
