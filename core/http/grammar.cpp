#include "core/http/grammar.h"

#include <algorithm>
#include <array>

#include "core/http/message.h"

namespace aip::http {
namespace {

enum Class : std::uint8_t { kTchar = 1, kText = 2, kUrl = 4, kHost = 8 };

constexpr bool is_alnum(int c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

constexpr std::array<std::uint8_t, 256> make_classes() {
  std::array<std::uint8_t, 256> table{};
  for (int c = 0; c < 256; ++c) {
    std::uint8_t bits = 0;
    const auto among = [c](std::string_view set) {
      return c < 128 && c != 0 && set.find(static_cast<char>(c)) != std::string_view::npos;
    };
    if (is_alnum(c) || among("!#$%&'*+-.^_`|~")) bits |= kTchar;
    if (c == '\t' || (c >= 0x20 && c != 0x7F)) bits |= kText;
    if (is_alnum(c) || among("-._~%!$&'()*+,;=:@/?")) bits |= kUrl;
    if (is_alnum(c) || among("-._~%!$&'()*+,;=")) bits |= kHost;
    table[static_cast<std::size_t>(c)] = bits;
  }
  return table;
}
constexpr std::array<std::uint8_t, 256> kClasses = make_classes();

bool all_of(std::string_view text, Class wanted) noexcept {
  return std::all_of(text.begin(), text.end(), [wanted](char c) {
    return (kClasses[static_cast<unsigned char>(c)] & wanted) != 0;
  });
}

int hex(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Every % starts two hex digits, and none of them hides a byte that `refused` holds.
bool sound_escapes(std::string_view text, std::string_view refused) noexcept {
  for (std::size_t at = text.find('%'); at != std::string_view::npos; at = text.find('%', at + 3)) {
    if (at + 2 >= text.size()) return false;
    const int high = hex(text[at + 1]);
    const int low = hex(text[at + 2]);
    if (high < 0 || low < 0) return false;
    if (refused.find(static_cast<char>(high * 16 + low)) != std::string_view::npos) return false;
  }
  return true;
}

// "." and "..", raw or encoded.
bool is_dot_segment(std::string_view segment) noexcept {
  int dots = 0;
  while (!segment.empty()) {
    if (segment.front() == '.') {
      segment.remove_prefix(1);
    } else if (segment.size() >= 3 && segment[0] == '%' && segment[1] == '2' &&
               (segment[2] == 'e' || segment[2] == 'E')) {
      segment.remove_prefix(3);
    } else {
      return false;
    }
    ++dots;
  }
  return dots == 1 || dots == 2;
}

bool has_dot_segment(std::string_view path) noexcept {
  while (!path.empty()) {
    path.remove_prefix(1);  // the slash
    const std::size_t end = std::min(path.find('/'), path.size());
    if (is_dot_segment(path.substr(0, end))) return true;
    path.remove_prefix(end);
  }
  return false;
}

}  // namespace

bool is_tchar(char c) noexcept {
  return (kClasses[static_cast<unsigned char>(c)] & kTchar) != 0;
}

bool is_token(std::string_view text) noexcept {
  return !text.empty() && all_of(text, kTchar);
}

bool is_field_text(std::string_view text) noexcept {
  return all_of(text, kText);
}

std::string_view trim_blanks(std::string_view text) noexcept {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool is_target(std::string_view method, std::string_view target) noexcept {
  using namespace std::string_view_literals;
  if (target == "*") return method == "OPTIONS";
  if (target.empty() || target.front() != '/' || target.starts_with("//")) return false;
  if (!all_of(target, kUrl)) return false;
  const std::size_t mark = std::min(target.find('?'), target.size());
  const std::string_view path = target.substr(0, mark);
  // An encoded slash in a query is data; in a path it would move a segment's end.
  return sound_escapes(path, "\0\n\r/\\"sv) && sound_escapes(target.substr(mark), "\0\n\r"sv) &&
         !has_dot_segment(path);
}

bool is_host(std::string_view text) noexcept {
  std::string_view port;
  std::string_view host;
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos || close < 3) return false;
    host = text.substr(1, close - 1);
    if (host.find_first_not_of("0123456789abcdefABCDEF:.") != std::string_view::npos) return false;
    port = text.substr(close + 1);
  } else {
    const std::size_t colon = std::min(text.find(':'), text.size());
    host = text.substr(0, colon);
    if (host.empty() || !all_of(host, kHost) || !sound_escapes(host, {})) return false;
    port = text.substr(colon);
  }
  if (port.empty()) return true;
  if (port.front() != ':' || port.size() > 6) return false;
  port.remove_prefix(1);
  return port.find_first_not_of("0123456789") == std::string_view::npos;
}

std::optional<std::uint64_t> parse_length(std::string_view text) noexcept {
  if (text.empty() || text.size() > 15) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return value;
}

bool list_holds(std::string_view list, std::string_view token) noexcept {
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    if (same_name(trim_blanks(list.substr(0, comma)), token)) return true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return false;
}

}  // namespace aip::http
