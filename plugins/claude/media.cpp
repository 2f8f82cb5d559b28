#include "media.h"

#include <aiproxy/json.hpp>

#include <algorithm>
#include <array>
#include <cstdint>

namespace aip::claude {
namespace {

// "data:image/svg+xml;charset=utf-8;base64," is as long as the head gets in practice.
constexpr std::size_t kHeadBytesMax = 256;
constexpr std::size_t kSniffChars = 24;

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

bool starts_with_word(std::string_view text, std::string_view word) noexcept {
  return text.size() >= word.size() && lower(text.substr(0, word.size())) == word;
}

void set_base64(std::string_view escaped, DataUri& uri) {
  uri.base64 = escaped;
  if (escaped.find_first_of("\\ ") == std::string_view::npos) return;
  std::string plain;
  json::unescape(escaped, plain);
  plain.erase(
      std::remove_if(plain.begin(), plain.end(),
                     [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }),
      plain.end());
  // Whatever else was in it must stay inside the JSON string; the provider judges it.
  json::escape(plain, uri.owned);
  uri.base64 = uri.owned;
}

int digit_of(char c) noexcept {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+' || c == '-') return 62;
  if (c == '/' || c == '_') return 63;
  return -1;
}

}  // namespace

bool is_data_uri(std::string_view escaped) noexcept {
  return escaped.size() >= 5 && lower(escaped.substr(0, 5)) == "data:";
}

bool is_web_url(std::string_view escaped) noexcept {
  // "https:\/\/" is how some encoders write it.
  return starts_with_word(escaped, "http://") || starts_with_word(escaped, "https://") ||
         starts_with_word(escaped, "http:\\/\\/") || starts_with_word(escaped, "https:\\/\\/");
}

std::optional<DataUri> parse_data_uri(std::string_view escaped) {
  const std::size_t comma = escaped.substr(0, kHeadBytesMax).find(',');
  if (!is_data_uri(escaped) || comma == std::string_view::npos) return std::nullopt;
  std::string head;
  json::unescape(escaped.substr(5, comma - 5), head);
  head = lower(head);
  constexpr std::string_view kBase64 = ";base64";
  if (head.size() < kBase64.size() ||
      head.compare(head.size() - kBase64.size(), kBase64.size(), kBase64) != 0) {
    return std::nullopt;
  }
  DataUri uri;
  uri.media_type = head.substr(0, head.find(';'));
  set_base64(escaped.substr(comma + 1), uri);
  return uri;
}

DataUri bare_base64(std::string_view escaped) {
  DataUri uri;
  set_base64(escaped, uri);
  return uri;
}

std::string_view sniff(std::string_view base64) {
  const std::optional<std::string> decoded = decode_base64(base64.substr(0, kSniffChars));
  if (!decoded) return {};
  const std::string_view bytes = *decoded;
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

std::string_view image_type(const DataUri& uri) {
  static constexpr std::array<std::string_view, 4> kTaken{"image/jpeg", "image/png", "image/gif",
                                                          "image/webp"};
  const std::string_view seen = sniff(uri.base64);
  const std::string_view told =
      uri.media_type == "image/jpg" ? std::string_view("image/jpeg") : uri.media_type;
  for (const std::string_view taken : kTaken) {
    if (seen == taken) return taken;
  }
  // Bytes that nobody knows are the provider's to judge.
  for (const std::string_view taken : kTaken) {
    if (seen.empty() && told == taken) return taken;
  }
  return {};
}

std::optional<std::string> decode_base64(std::string_view base64) {
  std::string out;
  out.reserve(base64.size() / 4 * 3 + 3);
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : base64) {
    if (c == '=') break;
    const int digit = digit_of(c);
    if (digit < 0) return std::nullopt;
    bits = (bits << 6) | static_cast<std::uint32_t>(digit);
    held += 6;
    if (held < 8) continue;
    held -= 8;
    out.push_back(static_cast<char>((bits >> held) & 0xFF));
  }
  return out;
}

}  // namespace aip::claude
