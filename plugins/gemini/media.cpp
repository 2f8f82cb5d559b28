#include "media.h"

#include <array>

namespace aip::gemini {
namespace {

bool begins_with(std::string_view text, std::string_view with) noexcept {
  return text.substr(0, with.size()) == with;
}
bool ends_with(std::string_view text, std::string_view with) noexcept {
  return text.size() >= with.size() && text.substr(text.size() - with.size()) == with;
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
  const std::string head = sdk::lower_case(url.substr(0, 8));
  return begins_with(head, "http://") || begins_with(head, "https://") ? Web::Other : Web::None;
}

std::string_view type_by_name(std::string_view name) noexcept {
  const std::string text = sdk::lower_case(name.substr(0, name.find_first_of("?#")));
  for (const Ending& row : kEndings) {
    if (ends_with(text, row.ending)) return row.type;
  }
  return {};
}

std::string type_of(const DataUri& uri, std::string_view usual) {
  if (const std::string_view seen = sniff(uri.base64); !seen.empty()) return std::string(seen);
  if (uri.media_type == "image/jpg") return "image/jpeg";
  return uri.media_type.empty() ? std::string(usual) : uri.media_type;
}

}  // namespace aip::gemini
