#include "core/dialect/token_count.h"

namespace aip::dialect {
namespace {

using json::Value;

// In twelfths of a token, so that the sum needs no fractions.
constexpr std::uint64_t kWhole = 12;

bool is_letter(unsigned char c) noexcept {
  const unsigned char lower = c | 0x20U;
  return lower >= 'a' && lower <= 'z';
}

// What a byte of UTF-8 adds: a character of two bytes (Latin with accents, Cyrillic) is half a
// token, one of three (mostly CJK) is one, one of four (pictures) is two.
std::uint64_t weight(unsigned char c) noexcept {
  if (c < 0x80) {
    if (is_letter(c) || c == ' ') return kWhole / 4;
    return kWhole / 2;
  }
  if (c < 0xC0) return 0;  // a continuation
  if (c < 0xE0) return kWhole / 2;
  return c < 0xF0 ? kWhole : 2 * kWhole;
}

std::uint64_t of_part(Value part) {
  const Value type = part["type"];
  if (type.equals("image_url") || type.equals("image")) return kTokensOfImage;
  if (type.equals("document")) {
    const Value source = part["source"];
    const Value data = source["data"];
    if (source["type"].equals("base64")) return data.escaped().size() / kDocumentBytesAToken;
    return estimate_text(data ? data.escaped() : source.raw());
  }
  if (type.equals("file")) {
    return part["file"]["file_data"].escaped().size() / kDocumentBytesAToken;
  }
  if (type.equals("input_audio")) {
    return part["input_audio"]["data"].escaped().size() / kDocumentBytesAToken;
  }
  if (const Value text = part["text"]; text.is_string()) return estimate_text(text.escaped());
  return estimate_text(part.raw());
}

std::uint64_t of_message(Value message) {
  std::uint64_t sum = kTokensOfMessage;
  for (const Value::Member& m : message.members()) {
    if (m.named("role")) continue;
    if (!m.named("content") || !m.value().is_array()) {
      sum += estimate_text(m.value().is_string() ? m.value().escaped() : m.value().raw());
      continue;
    }
    for (const Value part : m.value().items()) sum += of_part(part);
  }
  return sum;
}

}  // namespace

std::uint64_t estimate_text(std::string_view text) noexcept {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    // \uXXXX is one character of some length; \n and its like are whites.
    if (text[i] == '\\' && i + 1 < text.size()) {
      const bool coded = text[++i] == 'u';
      sum += coded ? kWhole : kWhole / 4;
      if (coded) i += 4;
      continue;
    }
    sum += weight(static_cast<unsigned char>(text[i]));
  }
  return (sum + kWhole - 1) / kWhole;
}

std::uint64_t estimate_chat(Value canonical) {
  std::uint64_t sum = 0;
  for (const Value::Member& m : canonical.members()) {
    if (m.named("messages")) {
      for (const Value message : m.value().items()) sum += of_message(message);
    }
    if (m.named("tools") || m.named("functions") || m.named("response_format")) {
      sum += estimate_text(m.value().raw());
    }
  }
  return sum;
}

std::string count_body(Kind kind, std::uint64_t tokens) {
  const char* name = kind == Kind::Gemini ? "totalTokens" : "input_tokens";
  return "{\"" + std::string(name) + "\":" + std::to_string(tokens) + "}";
}

}  // namespace aip::dialect
