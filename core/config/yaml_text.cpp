#include "core/config/yaml_text.h"

#include <yaml-cpp/mark.h>

#include <algorithm>

#include "core/config/yaml.h"

namespace aip::config {
namespace {

// The pairs of masked(): a character that YAML reads, and what stands for it. 0x04 is yaml-cpp's
// own end mark and 0x09, 0x0A, 0x0D are white space, so these four are not used.
constexpr std::string_view kMeaning = "{}[],:#\"' ";
constexpr std::string_view kMask = "\x01\x02\x03\x05\x06\x07\x08\x0B\x0C\x0E";
static_assert(kMeaning.size() == kMask.size());
constexpr std::string_view kOpen = "$\x01";  // "${"

std::string masked_copy(std::string_view text) {
  std::string out(text);
  for (std::size_t at = out.find("${"); at != std::string::npos; at = out.find("${", at + 1)) {
    if (at > 0 && out[at - 1] == '$') continue;  // $${ is a dollar and a brace
    const std::size_t stop = out.find_first_of("}\n", at);
    if (stop == std::string::npos || out[stop] == '\n') continue;
    for (std::size_t i = at; i <= stop; ++i) {
      const std::size_t meaning = kMeaning.find(out[i]);
      if (meaning != std::string_view::npos) out[i] = kMask[meaning];
    }
  }
  return out;
}

// Bytes of the UTF-8 character at the front (RFC 3629); 0 if it is none.
std::size_t utf8_length(std::string_view text) {
  const auto byte = [text](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const auto tail = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  const unsigned b = byte(0);
  if (b < 0x80) return 1;
  if (b >= 0xC2 && b <= 0xDF) return tail(1) ? 2 : 0;
  if (b >= 0xE0 && b <= 0xEF) {
    const bool ok =
        tail(1) && tail(2) && !(b == 0xE0 && byte(1) < 0xA0) && !(b == 0xED && byte(1) > 0x9F);
    return ok ? 3 : 0;
  }
  if (b >= 0xF0 && b <= 0xF4) {
    const bool ok = tail(1) && tail(2) && tail(3) && !(b == 0xF0 && byte(1) < 0x90) &&
                    !(b == 0xF4 && byte(1) > 0x8F);
    return ok ? 4 : 0;
  }
  return 0;
}

}  // namespace

YamlText::YamlText(std::string text) : text_(std::move(text)), masked_(masked_copy(text_)) {
  lines_.push_back(0);
  for (std::size_t i = 0; i < text_.size(); ++i) {
    if (text_[i] == '\n') lines_.push_back(i + 1);
  }
}

std::optional<YamlText> YamlText::check(Bytes bytes, Diagnostics& out) {
  if (bytes.size() > kYamlBytesMax) {
    out.error({}, "", "the file is larger than " + std::to_string(kYamlBytesMax / 1024) + " KiB");
    return std::nullopt;
  }
  if (bytes.substr(0, 2) == "\xFF\xFE" || bytes.substr(0, 2) == "\xFE\xFF") {
    out.error({1, 1}, "", "the file is UTF-16; save it as UTF-8");
    return std::nullopt;
  }
  if (bytes.substr(0, 3) == "\xEF\xBB\xBF") bytes.remove_prefix(3);
  YamlText text{std::string(bytes)};
  if (!text.check_bytes(out) || !text.check_indents(out)) return std::nullopt;
  return text;
}

// One error is enough: a file with one bad byte is often no text at all.
bool YamlText::check_bytes(Diagnostics& out) const {
  for (std::size_t i = 0; i < text_.size();) {
    const auto byte = static_cast<unsigned char>(text_[i]);
    const std::size_t length = utf8_length(std::string_view(text_).substr(i));
    if (length == 0) {
      out.error(mark(i), "", "not UTF-8 text");
      return false;
    }
    if (byte == '\r' && (i + 1 == text_.size() || text_[i + 1] != '\n')) {
      out.error(mark(i), "", "a carriage return without a line feed; save with LF or CR LF");
      return false;
    }
    if ((byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r') || byte == 0x7F) {
      constexpr std::string_view kHex = "0123456789ABCDEF";
      out.error(mark(i), "",
                std::string("a control character (U+00") + kHex[byte >> 4] + kHex[byte & 15] +
                    "); a quoted text may hold it as an escape");
      return false;
    }
    i += length;
  }
  return true;
}

bool YamlText::check_indents(Diagnostics& out) const {
  bool good = true;
  for (const std::size_t begin : lines_) {
    const std::size_t first = text_.find_first_not_of(" \t", begin);
    if (first == std::string::npos || text_[first] == '\n' || text_[first] == '\r') continue;
    const std::size_t tab = text_.find('\t', begin);
    if (tab == std::string::npos || tab > first) continue;
    out.error(mark(tab), "", "a tab cannot indent; use spaces");
    good = false;
  }
  return good;
}

std::string YamlText::unmask(std::string_view text) {
  std::string out(text);
  // Only inside a masked reference: "\x01" may be an escape of a quoted text.
  for (std::size_t i = out.find(kOpen); i != std::string::npos; i = out.find(kOpen, i)) {
    for (const std::size_t stop = out.find(kMask[1], i); i < out.size() && i <= stop; ++i) {
      const std::size_t mask = kMask.find(out[i]);
      if (mask != std::string_view::npos) out[i] = kMeaning[mask];
    }
  }
  return out;
}

Mark YamlText::mark(std::size_t offset) const {
  offset = std::min(offset, text_.size());
  const auto after = std::upper_bound(lines_.begin(), lines_.end(), offset);
  const auto line = static_cast<std::size_t>(after - lines_.begin());
  std::uint32_t column = 1;
  for (std::size_t i = lines_[line - 1]; i < offset; ++i) {
    if ((static_cast<unsigned char>(text_[i]) & 0xC0) != 0x80) ++column;
  }
  return {static_cast<std::uint32_t>(line), column};
}

Mark YamlText::mark(const YAML::Mark& place) const {
  return mark(place.pos < 0 ? 0 : static_cast<std::size_t>(place.pos));
}

char YamlText::at(const YAML::Mark& place) const {
  const auto offset = static_cast<std::size_t>(std::max(place.pos, 0));
  return offset < text_.size() ? masked_[offset] : '\0';
}

bool YamlText::quote_is_closed(const YAML::Mark& place) const {
  auto begin = static_cast<std::size_t>(std::max(place.pos, 0));
  // yaml-cpp's place of `&name "text"` is that of the anchor.
  while (begin < masked_.size() && masked_[begin] == '&') {
    begin = masked_.find_first_of(" \t\n", begin);
    begin = masked_.find_first_not_of(" \t\r\n", begin);
  }
  const char quote = begin < masked_.size() ? masked_[begin] : '\0';
  if (quote != '"' && quote != '\'') return true;  // a block scalar, | or >
  for (std::size_t i = begin + 1; i < masked_.size(); ++i) {
    if (quote == '"' && masked_[i] == '\\') {
      ++i;
    } else if (masked_[i] == quote) {
      const bool doubled = quote == '\'' && i + 1 < masked_.size() && masked_[i + 1] == '\'';
      if (!doubled) return true;
      ++i;
    }
  }
  return false;
}

}  // namespace aip::config
