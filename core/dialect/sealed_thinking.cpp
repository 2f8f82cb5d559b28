#include "core/dialect/sealed_thinking.h"

#include <array>
#include <cstdint>

#include "core/base/json.h"

namespace aip::dialect {
namespace {

constexpr std::string_view kBase64Url =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string encoded(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() * 4 + 2) / 3);
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : bytes) {
    bits = (bits << 8) | static_cast<unsigned char>(c);
    held += 8;
    while (held >= 6) {
      held -= 6;
      out.push_back(kBase64Url[(bits >> held) & 63]);
    }
  }
  if (held > 0) out.push_back(kBase64Url[(bits << (6 - held)) & 63]);
  return out;
}

std::optional<std::string> decoded(std::string_view text) {
  std::string out;
  out.reserve(text.size() * 3 / 4);
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : text) {
    const std::size_t digit = kBase64Url.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    bits = (bits << 6) | static_cast<std::uint32_t>(digit);
    held += 6;
    if (held < 8) continue;
    held -= 8;
    out.push_back(static_cast<char>((bits >> held) & 0xFF));
  }
  return out;
}

bool is_block(json::Value block) {
  if (block["type"].equals("thinking")) {
    return block["thinking"].is_string() && block["signature"].is_string();
  }
  return block["type"].equals("redacted_thinking") && block["data"].is_string();
}

}  // namespace

std::string seal_thinking(std::string_view block) {
  return std::string(kSealPrefix) + encoded(block);
}

std::optional<std::string> open_thinking(std::string_view sealed) {
  if (!sealed.starts_with(kSealPrefix)) return std::nullopt;
  std::optional<std::string> block = decoded(sealed.substr(kSealPrefix.size()));
  if (!block || !json::check(*block).ok() || !is_block(json::Value(*block))) return std::nullopt;
  return block;
}

}  // namespace aip::dialect
