#include "base64.h"

#include <aiproxy/base64.hpp>

#include <cstdint>

namespace aip::coze {
namespace {

constexpr std::string_view kScheme = "data:";

}  // namespace

bool is_data_uri(std::string_view escaped) noexcept {
  return escaped.substr(0, kScheme.size()) == kScheme;
}

std::optional<std::string> decode_base64(std::string_view escaped) {
  std::string out;
  out.reserve(escaped.size() / 4 * 3);
  std::uint32_t bits = 0;
  int held = 0;
  bool padded = false;
  for (std::size_t i = 0; i < escaped.size(); ++i) {
    char c = escaped[i];
    if (c == '\\' && i + 1 < escaped.size()) {
      c = escaped[++i];
      if (c == 'n' || c == 'r') continue;
      if (c != '/') return std::nullopt;
    }
    if (c == '=') {
      padded = true;
      continue;
    }
    const int value = sdk::base64_digit(c);
    if (value < 0 || padded) return std::nullopt;
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    held += 6;
    if (held < 8) continue;
    held -= 8;
    out.push_back(static_cast<char>(bits >> held & 0xFF));
  }
  // One character alone holds no byte.
  if (held == 6) return std::nullopt;
  return out;
}

std::optional<DataUri> read_data_uri(std::string_view escaped) {
  if (!is_data_uri(escaped)) return std::nullopt;
  escaped.remove_prefix(kScheme.size());
  const std::size_t comma = escaped.find(',');
  if (comma == std::string_view::npos) return std::nullopt;
  const std::string_view head = escaped.substr(0, comma);
  if (head.size() < 7 || head.substr(head.size() - 7) != ";base64") return std::nullopt;
  DataUri uri;
  for (const char c : head.substr(0, head.find(';'))) {
    if (c == '\\') continue;  // "image\/png"
    uri.media_type.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
  }
  std::optional<std::string> bytes = decode_base64(escaped.substr(comma + 1));
  if (!bytes) return std::nullopt;
  uri.bytes = std::move(*bytes);
  return uri;
}

}  // namespace aip::coze
