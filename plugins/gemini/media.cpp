#include "media.h"

#include <aiproxy/json.hpp>

#include <algorithm>
#include <array>
#include <cstdint>

namespace aip::gemini {
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

bool begins_with(std::string_view text, std::string_view with) noexcept {
  return text.substr(0, with.size()) == with;
}
bool ends_with(std::string_view text, std::string_view with) noexcept {
  return text.size() >= with.size() && text.substr(text.size() - with.size()) == with;
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

// Up to the first character that is not base64's.
std::string decoded(std::string_view base64) {
  std::string out;
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : base64) {
    const int digit = digit_of(c);
    if (digit < 0) break;
    bits = (bits << 6) | static_cast<std::uint32_t>(digit);
    held += 6;
    if (held < 8) continue;
    held -= 8;
    out.push_back(static_cast<char>((bits >> held) & 0xFF));
  }
  return out;
}

struct Ending {
  std::string_view ending, type;
};
constexpr std::array<Ending, 24> kEndings{{
    {".png", "image/png"},       {".jpg", "image/jpeg"},        {".jpeg", "image/jpeg"},
    {".webp", "image/webp"},     {".gif", "image/gif"},         {".heic", "image/heic"},
    {".heif", "image/heif"},     {".pdf", "application/pdf"},   {".txt", "text/plain"},
    {".md", "text/markdown"},    {".html", "text/html"},        {".csv", "text/csv"},
    {".xml", "text/xml"},        {".json", "application/json"}, {".mp4", "video/mp4"},
    {".mov", "video/quicktime"}, {".webm", "video/webm"},       {".mpeg", "video/mpeg"},
    {".avi", "video/avi"},       {".wav", "audio/wav"},         {".mp3", "audio/mp3"},
    {".ogg", "audio/ogg"},       {".flac", "audio/flac"},       {".aac", "audio/aac"},
}};

}  // namespace

bool is_data_uri(std::string_view escaped) noexcept {
  return escaped.size() >= 5 && lower(escaped.substr(0, 5)) == "data:";
}

std::optional<DataUri> parse_data_uri(std::string_view escaped) {
  const std::size_t comma = escaped.substr(0, kHeadBytesMax).find(',');
  if (!is_data_uri(escaped) || comma == std::string_view::npos) return std::nullopt;
  std::string head;
  json::unescape(escaped.substr(5, comma - 5), head);
  head = lower(head);
  if (!ends_with(head, ";base64")) return std::nullopt;
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

Web kind_of_url(std::string_view url) noexcept {
  static constexpr std::array<std::string_view, 6> kGoogle{
      "gs://",
      "https://generativelanguage.googleapis.com/",
      "https://www.youtube.com/",
      "https://youtube.com/",
      "https://m.youtube.com/",
      "https://youtu.be/"};
  for (const std::string_view prefix : kGoogle) {
    if (begins_with(url, prefix)) return Web::Google;
  }
  const std::string head = lower(url.substr(0, 8));
  return begins_with(head, "http://") || begins_with(head, "https://") ? Web::Other : Web::None;
}

std::string_view type_by_name(std::string_view name) noexcept {
  const std::string text = lower(name.substr(0, name.find_first_of("?#")));
  for (const Ending& row : kEndings) {
    if (ends_with(text, row.ending)) return row.type;
  }
  return {};
}

std::string_view sniff(std::string_view base64) {
  const std::string bytes = decoded(base64.substr(0, kSniffChars));
  if (begins_with(bytes, "\xFF\xD8\xFF")) return "image/jpeg";
  if (begins_with(bytes, "\x89PNG\r\n\x1A\n")) return "image/png";
  if (begins_with(bytes, "GIF87a") || begins_with(bytes, "GIF89a")) return "image/gif";
  if (begins_with(bytes, "%PDF-")) return "application/pdf";
  if (begins_with(bytes, "RIFF") && bytes.size() >= 12 && bytes.compare(8, 4, "WEBP") == 0) {
    return "image/webp";
  }
  return {};
}

std::string type_of(const DataUri& uri, std::string_view usual) {
  if (const std::string_view seen = sniff(uri.base64); !seen.empty()) return std::string(seen);
  if (uri.media_type == "image/jpg") return "image/jpeg";
  return uri.media_type.empty() ? std::string(usual) : uri.media_type;
}

}  // namespace aip::gemini
