#include "core/dialect/escape.h"

#include <aiproxy/json.hpp>

#include <algorithm>
#include <cstdint>

#include "core/base/json_text.h"

namespace aip::dialect {
namespace {

using json::escape_size;
using json::find_special;

constexpr std::string_view kReplacement = "\\ufffd";

void append_one(char c, std::string& out) {
  switch (c) {
    case '"':
      out.append("\\\"");
      return;
    case '\\':
      out.append("\\\\");
      return;
    case '\n':
      out.append("\\n");
      return;
    case '\r':
      out.append("\\r");
      return;
    case '\t':
      out.append("\\t");
      return;
    default:
      break;
  }
  constexpr std::string_view kDigits = "0123456789abcdef";
  out.append("\\u00");
  out.push_back(kDigits[static_cast<unsigned char>(c) >> 4]);
  out.push_back(kDigits[static_cast<unsigned char>(c) & 15]);
}

enum class Half : std::uint8_t { First, Second };

// Is `escape` the escape of that half of a pair of surrogates?
bool is_half(std::string_view escape, Half half) noexcept {
  if (escape_size(escape) != 6) return false;
  if (escape[2] != 'd' && escape[2] != 'D') return false;
  const std::string_view range = half == Half::First ? "89abAB" : "cdefCDEF";
  return range.find(escape[3]) != std::string_view::npos;
}

// Does the text end with the first half of a pair?
bool ends_with_half(std::string_view text) noexcept {
  if (text.size() < 6 || !is_half(text.substr(text.size() - 6), Half::First)) return false;
  std::size_t slashes = 0;
  for (std::size_t i = text.size() - 6; i > 0 && text[i - 1] == '\\'; --i) ++slashes;
  return slashes % 2 == 0;
}

bool is_marked(const aip_event& event) noexcept {
  return (event.flags & AIP_EVF_ESCAPED) != 0;
}

void append_any(std::string_view text, bool marked, std::string& out) {
  if (!marked) return append_escaped(text, out);
  if (is_escaped(text)) {
    out.append(text);
    return;
  }
  std::string plain;
  json::unescape(text, plain);
  append_escaped(plain, out);
}

}  // namespace

bool is_escaped(std::string_view text) noexcept {
  std::size_t at = find_special(text, 0);
  while (at < text.size()) {
    const std::size_t size = escape_size(text.substr(at));
    if (size == 0) return false;
    at = find_special(text, at + size);
  }
  return true;
}

void append_escaped(std::string_view text, std::string& out) {
  std::size_t at = 0;
  while (true) {
    const std::size_t stop = find_special(text, at);
    out.append(text.substr(at, stop - at));
    if (stop == text.size()) return;
    append_one(text[stop], out);
    at = stop + 1;
  }
}

void append_text(const aip_event& event, std::string& out) {
  append_any(view_of(event.text), is_marked(event), out);
}

void append_string(std::string_view text, std::string& out) {
  out.push_back('"');
  append_escaped(text, out);
  out.push_back('"');
}

void append_line(std::string_view json, std::string& out) {
  // A raw line end inside a JSON string would be no JSON, so all of them stand between tokens.
  const std::size_t begin = out.size();
  out.append(json);
  for (std::size_t i = begin; i < out.size(); ++i) {
    if (out[i] == '\n' || out[i] == '\r') out[i] = ' ';
  }
}

bool Seam::has_output(const aip_event& event) const noexcept {
  if (event.text.len == 0) return false;
  return waiting() || event.text.len != 6 || !is_marked(event) ||
         !ends_with_half(view_of(event.text));
}

void Seam::append(const aip_event& event, std::string& out) {
  std::string_view text = view_of(event.text);
  if (text.empty()) return;
  if (waiting()) {
    if (is_marked(event) && is_half(text.substr(0, 6), Half::Second)) {
      out.append("\\u").append(held_.data(), held_.size());
      held_ = {};
    } else {
      close(out);
    }
  }
  if (is_marked(event) && ends_with_half(text)) {
    std::copy_n(text.end() - 4, 4, held_.begin());
    text.remove_suffix(6);
  }
  append_any(text, is_marked(event), out);
}

bool Seam::close(std::string& out) {
  if (!waiting()) return false;
  held_ = {};
  out.append(kReplacement);
  return true;
}

}  // namespace aip::dialect
