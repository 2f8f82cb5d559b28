#include "media.h"

#include <array>
#include <utility>

namespace aip::claude {
namespace {

bool starts_with_word(std::string_view text, std::string_view word) noexcept {
  return text.size() >= word.size() && sdk::lower_case(text.substr(0, word.size())) == word;
}

}  // namespace

bool is_web_url(std::string_view escaped) noexcept {
  // "https:\/\/" is how some encoders write it.
  return starts_with_word(escaped, "http://") || starts_with_word(escaped, "https://") ||
         starts_with_word(escaped, "http:\\/\\/") || starts_with_word(escaped, "https:\\/\\/");
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
  sdk::Decoded decoded = sdk::decode_base64(base64);
  if (!decoded.rest.empty() && decoded.rest.front() != '=') return std::nullopt;
  return std::move(decoded.bytes);
}

}  // namespace aip::claude
