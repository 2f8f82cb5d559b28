// data_uri.hpp - data URIs in a JSON string, and what is inside them.
//
// A data URI may be megabytes long, so its base64 stays where it is: the parts of a DataUri are
// views into the JSON-escaped string, unless the base64 holds escapes (some encoders write "\/"),
// line breaks or blanks, which are taken out into `owned`.
//
//     if (std::optional<DataUri> uri = parse_data_uri(part["url"].escaped())) {
//       json.member("mime_type", uri->media_type).key("data").escaped(uri->base64);
//     }
//
// Tests: tests/unit/plugin/data_uri_test.cpp
#pragma once

#include <aiproxy/base64.hpp>
#include <aiproxy/json.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace aip::sdk {

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

// ASCII only: schemes, media types and endings of names.
[[nodiscard]] inline std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

// Base64 without a data URI around it, as some clients send files.
[[nodiscard]] inline DataUri bare_base64(std::string_view escaped) {
  DataUri uri;
  uri.base64 = escaped;
  if (escaped.find_first_of("\\ ") == std::string_view::npos) return uri;
  std::string plain;
  json::unescape(escaped, plain);
  plain.erase(
      std::remove_if(plain.begin(), plain.end(),
                     [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }),
      plain.end());
  // Whatever else was in it must stay inside the JSON string; the provider judges it.
  json::escape(plain, uri.owned);
  uri.base64 = uri.owned;
  return uri;
}

[[nodiscard]] inline bool is_data_uri(std::string_view escaped) {
  return lower_case(escaped.substr(0, 5)) == "data:";
}

// Nothing if it is no base64 data URI.
[[nodiscard]] inline std::optional<DataUri> parse_data_uri(std::string_view escaped) {
  // "data:image/svg+xml;charset=utf-8;base64," is as long as the head gets in practice.
  constexpr std::size_t kHeadBytesMax = 256;
  constexpr std::string_view kBase64 = ";base64";
  const std::size_t comma = escaped.substr(0, kHeadBytesMax).find(',');
  if (!is_data_uri(escaped) || comma == std::string_view::npos) return std::nullopt;
  std::string head;
  json::unescape(escaped.substr(5, comma - 5), head);
  head = lower_case(head);
  if (head.size() < kBase64.size() ||
      head.compare(head.size() - kBase64.size(), kBase64.size(), kBase64) != 0) {
    return std::nullopt;
  }
  DataUri uri = bare_base64(escaped.substr(comma + 1));
  uri.media_type = head.substr(0, head.find(';'));
  return uri;
}

// The type that the first bytes show ("image/png", "application/pdf"); empty if unknown.
[[nodiscard]] inline std::string_view sniff(std::string_view base64) {
  constexpr std::size_t kSniffChars = 24;
  const Decoded decoded = decode_base64(base64.substr(0, kSniffChars));
  const std::string_view bytes = decoded.bytes;
  const auto begins = [bytes](std::string_view magic) {
    return bytes.substr(0, magic.size()) == magic;
  };
  if (begins("\xFF\xD8\xFF")) return "image/jpeg";
  if (begins("\x89PNG\r\n\x1A\n")) return "image/png";
  if (begins("GIF87a") || begins("GIF89a")) return "image/gif";
  if (begins("RIFF") && bytes.size() >= 12 && bytes.substr(8, 4) == "WEBP") return "image/webp";
  if (begins("%PDF-")) return "application/pdf";
  return {};
}

}  // namespace aip::sdk
