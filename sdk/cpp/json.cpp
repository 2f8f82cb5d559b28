#include "aiproxy/json.hpp"

#include <cstdlib>

namespace aip::json {
namespace {

int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The four digits behind \u, or -1.
std::int32_t hex4(std::string_view s, std::size_t at) noexcept {
  if (at + 4 > s.size()) return -1;
  std::int32_t value = 0;
  for (std::size_t i = at; i < at + 4; ++i) {
    const int digit = hex_digit(s[i]);
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

void append_utf8(std::uint32_t c, std::string& out) {
  if (c < 0x80) {
    out.push_back(static_cast<char>(c));
  } else if (c < 0x800) {
    out.push_back(static_cast<char>(0xC0 | (c >> 6)));
    out.push_back(static_cast<char>(0x80 | (c & 0x3F)));
  } else if (c < 0x10000) {
    out.push_back(static_cast<char>(0xE0 | (c >> 12)));
    out.push_back(static_cast<char>(0x80 | ((c >> 6) & 0x3F)));
    out.push_back(static_cast<char>(0x80 | (c & 0x3F)));
  } else {
    out.push_back(static_cast<char>(0xF0 | (c >> 18)));
    out.push_back(static_cast<char>(0x80 | ((c >> 12) & 0x3F)));
    out.push_back(static_cast<char>(0x80 | ((c >> 6) & 0x3F)));
    out.push_back(static_cast<char>(0x80 | (c & 0x3F)));
  }
}

constexpr std::uint32_t kReplacement = 0xFFFD;

// Resolves the \u escape whose digits begin at `at`; gives the place behind it.
std::size_t unescape_u(std::string_view s, std::size_t at, std::string& out) {
  const std::int32_t first = hex4(s, at);
  at = at + 4 < s.size() ? at + 4 : s.size();
  if (first < 0) {
    append_utf8(kReplacement, out);
    return at;
  }
  auto code = static_cast<std::uint32_t>(first);
  if (code >= 0xD800 && code < 0xDC00) {
    const std::int32_t second =
        at + 1 < s.size() && s[at] == '\\' && s[at + 1] == 'u' ? hex4(s, at + 2) : -1;
    if (second >= 0xDC00 && second < 0xE000) {
      code = 0x10000 + ((code - 0xD800) << 10) + (static_cast<std::uint32_t>(second) - 0xDC00);
      at += 6;
    } else {
      code = kReplacement;
    }
  } else if (code >= 0xDC00 && code < 0xE000) {
    code = kReplacement;
  }
  append_utf8(code, out);
  return at;
}

}  // namespace

void unescape(std::string_view s, std::string& out) {
  std::size_t at = 0;
  while (at < s.size()) {
    const std::size_t slash = s.find('\\', at);
    if (slash == std::string_view::npos || slash + 1 >= s.size()) {
      out.append(s.substr(at));
      return;
    }
    out.append(s.substr(at, slash - at));
    at = slash + 2;
    switch (s[slash + 1]) {
      case 'n':
        out.push_back('\n');
        break;
      case 't':
        out.push_back('\t');
        break;
      case 'r':
        out.push_back('\r');
        break;
      case 'b':
        out.push_back('\b');
        break;
      case 'f':
        out.push_back('\f');
        break;
      case 'u':
        at = unescape_u(s, at, out);
        break;
      default:
        out.push_back(s[slash + 1]);
        break;  // quote, backslash, slash
    }
  }
}

void escape(std::string_view text, std::string& out) {
  const std::size_t begin = out.size();
  Writer(out).string(text);
  out.pop_back();
  out.erase(begin, 1);
}

std::optional<std::int64_t> Value::integer() const noexcept {
  if (!is_number() || raw_.size() > 20) return std::nullopt;
  if (raw_.find_first_of(".eE") != std::string_view::npos) return std::nullopt;
  const bool negative = raw_.front() == '-';
  std::uint64_t value = 0;
  for (const char c : raw_.substr(negative ? 1 : 0)) {
    if (c < '0' || c > '9' || value > (UINT64_MAX - 9) / 10) return std::nullopt;
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
  }
  const std::uint64_t most = static_cast<std::uint64_t>(INT64_MAX) + (negative ? 1 : 0);
  if (value > most) return std::nullopt;
  return static_cast<std::int64_t>(negative ? 0 - value : value);
}

double Value::number() const noexcept {
  if (!is_number() || raw_.size() > 400) return 0;
  char text[401];
  std::memcpy(text, raw_.data(), raw_.size());
  text[raw_.size()] = 0;
  return std::strtod(text, nullptr);
}

}  // namespace aip::json
