#include "signatures.h"

#include <algorithm>
#include <cstdint>

namespace aip::gemini {
namespace {

constexpr std::string_view kMark = "__sig_";
constexpr std::string_view kMade = "call_gm_";
constexpr std::string_view kTextData = "gemini:text:";
constexpr std::string_view kEmptyData = "gemini:empty:";
constexpr std::string_view kHex = "0123456789abcdef";

bool is_letter_or_digit(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool consists_of(std::string_view text, char a, char b) noexcept {
  return std::all_of(text.begin(), text.end(),
                     [a, b](char c) { return is_letter_or_digit(c) || c == a || c == b; });
}

std::string translated(std::string_view text, std::string_view from, std::string_view to) {
  std::string out(text);
  for (char& c : out) {
    if (const std::size_t at = from.find(c); at != std::string_view::npos) c = to[at];
  }
  return out;
}

std::string hex_of(std::string_view text) {
  std::string out;
  out.reserve(text.size() * 2);
  for (const char c : text) {
    out.push_back(kHex[static_cast<unsigned char>(c) >> 4]);
    out.push_back(kHex[static_cast<unsigned char>(c) & 15]);
  }
  return out;
}

// Empty for what is no hex.
std::string from_hex(std::string_view hex) {
  std::string out;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    const std::size_t high = kHex.find(hex[i]), low = kHex.find(hex[i + 1]);
    if (high == std::string_view::npos || low == std::string_view::npos) return {};
    out.push_back(static_cast<char>(high * 16 + low));
  }
  return out;
}

std::string unpack(char form, std::size_t paddings, std::string_view data) {
  switch (form) {
    case 's':
      return translated(data, "-_", "+/") + std::string(paddings, '=');
    case 'u':
      return std::string(data) + std::string(paddings, '=');
    case 'x':
      return from_hex(data);
    default:
      return {};
  }
}

}  // namespace

std::string made_tool_id(std::string_view seed) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;  // FNV-1a: nothing depends on it being hard to invert
  for (const char c : seed) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3ULL;
  }
  std::string out(kMade);
  for (int i = 0; i < 16; ++i, hash >>= 4) out.push_back(kHex[hash & 15]);
  return out;
}

std::string with_signature(std::string id, std::string_view signature) {
  if (signature.empty() || signature.size() > kSignatureBytesMax) return id;
  std::string_view core = signature;
  while (!core.empty() && core.back() == '=') core.remove_suffix(1);
  const std::size_t paddings = signature.size() - core.size();
  if (id.find(kMark) != std::string::npos) id = made_tool_id(id);
  id.append(kMark);
  const std::string count = std::to_string(paddings) + "_";
  if (paddings > 2 || core.empty()) return id + "x0_" + hex_of(signature);
  if (consists_of(core, '+', '/')) return id + "s" + count + translated(core, "+/", "-_");
  if (consists_of(core, '-', '_')) return id + "u" + count + std::string(core);
  return id + "x0_" + hex_of(signature);
}

ToolId read_tool_id(std::string_view id) {
  ToolId out;
  const std::size_t at = id.find(kMark);
  if (at != std::string_view::npos) {
    const std::string_view packed = id.substr(at + kMark.size());
    const bool whole =
        packed.size() > 3 && packed[1] >= '0' && packed[1] <= '2' && packed[2] == '_';
    if (whole) {
      out.signature =
          unpack(packed[0], static_cast<std::size_t>(packed[1] - '0'), packed.substr(3));
    }
    id = id.substr(0, at);
  }
  if (id.substr(0, kMade.size()) != kMade) out.own = std::string(id);
  return out;
}

std::string text_signature(SignedPart part, std::string_view signature) {
  return std::string(part == SignedPart::Empty ? kEmptyData : kTextData).append(signature);
}

TextSignature read_text_signature(std::string_view data) noexcept {
  if (data.substr(0, kTextData.size()) == kTextData) {
    return {SignedPart::Text, data.substr(kTextData.size())};
  }
  if (data.substr(0, kEmptyData.size()) == kEmptyData) {
    return {SignedPart::Empty, data.substr(kEmptyData.size())};
  }
  return {};
}

}  // namespace aip::gemini
