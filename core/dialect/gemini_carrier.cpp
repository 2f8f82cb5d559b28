#include "core/dialect/gemini_carrier.h"

#include <aiproxy/base64.hpp>
#include <aiproxy/json.hpp>

#include <cstdint>

#include "core/base/base64.h"
#include "core/base/json.h"

namespace aip::dialect {
namespace {

constexpr std::string_view kMark = "aiproxy:thinking:";
// base64 of the mark's first 15 bytes: the rest depends on what follows.
constexpr std::string_view kMarkCoded = "YWlwcm94eTp0aGlua2lu";

bool is_block(json::Value block) {
  if (block["type"].equals("thinking")) {
    return block["thinking"].is_string() && block["signature"].is_string();
  }
  return block["type"].equals("redacted_thinking") && block["data"].is_string();
}

}  // namespace

std::optional<std::string> decode_base64(std::string_view text) {
  std::string out;
  out.reserve(text.size() / 4 * 3 + 3);
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : text) {
    if (c == '=') break;
    if (c == '\n' || c == '\r') continue;
    const int digit = sdk::base64_digit(c);
    if (digit < 0) return std::nullopt;
    bits = bits << 6 | static_cast<std::uint32_t>(digit);
    held += 6;
    if (held < 8) continue;
    held -= 8;
    out.push_back(static_cast<char>(bits >> held & 0xFF));
  }
  return out;
}

void append_carrier(std::string_view blocks, std::string& out) {
  std::string text(kMark);
  text.append(1, '[').append(blocks).append(1, ']');
  out.append(base64(text));
}

std::optional<std::string> read_carrier(std::string_view signature) {
  if (!signature.starts_with(kMarkCoded)) return std::nullopt;
  const std::optional<std::string> text = decode_base64(signature);
  if (!text || !text->starts_with(kMark)) return std::nullopt;
  const std::string_view list = std::string_view(*text).substr(kMark.size());
  if (!json::check(list).ok()) return std::nullopt;
  const json::Value blocks(list);
  if (!blocks.is_array() || blocks.size() == 0) return std::nullopt;
  for (const json::Value block : blocks.items()) {
    if (!is_block(block)) return std::nullopt;
  }
  const std::string_view raw = blocks.raw();
  return std::string(raw.substr(1, raw.size() - 2));
}

}  // namespace aip::dialect
