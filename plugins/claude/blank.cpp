#include "blank.h"

#include <aiproxy/json.hpp>

#include <array>
#include <string>

namespace aip::claude {
namespace {

// White space as Unicode has it, in UTF-8.
constexpr std::array<std::string_view, 29> kSpaces{
    " ",      "\t",     "\n",     "\v",     "\f",     "\r",     "\x1c",   "\x1d",
    "\x1e",   "\x1f",   "\u0085", "\u00a0", "\u1680", "\u2000", "\u2001", "\u2002",
    "\u2003", "\u2004", "\u2005", "\u2006", "\u2007", "\u2008", "\u2009", "\u200a",
    "\u2028", "\u2029", "\u202f", "\u205f", "\u3000"};

// The length of the white space character that `text` begins with, or 0.
std::size_t space_at_front(std::string_view text) {
  for (const std::string_view space : kSpaces) {
    if (text.substr(0, space.size()) == space) return space.size();
  }
  return 0;
}

std::size_t space_at_back(std::string_view text) {
  for (const std::string_view space : kSpaces) {
    if (text.size() >= space.size() && text.substr(text.size() - space.size()) == space) {
      return space.size();
    }
  }
  return 0;
}

bool is_blank_plain(std::string_view text) {
  while (!text.empty()) {
    const std::size_t n = space_at_front(text);
    if (n == 0) return false;
    text.remove_prefix(n);
  }
  return true;
}

// The length of the escape that `text` ends with (\n is 2, \u0020 is 6), or 0.
std::size_t escape_at_back(std::string_view text) {
  for (const std::size_t n : {std::size_t{2}, std::size_t{6}}) {
    if (text.size() < n || text[text.size() - n] != '\\') continue;
    if ((text[text.size() - n + 1] == 'u') != (n == 6)) continue;
    // The backslash begins an escape only if an even number of them stands in front of it.
    std::size_t before = 0;
    while (before < text.size() - n && text[text.size() - n - 1 - before] == '\\') ++before;
    if (before % 2 == 0) return n;
  }
  return 0;
}

}  // namespace

bool is_blank(std::string_view escaped) {
  // Nearly every text begins with a letter.
  if (!escaped.empty() && escaped.front() > ' ' && escaped.front() != '\\') return false;
  const std::size_t first = escaped.find_first_not_of(' ');
  if (first == std::string_view::npos) return true;
  if (escaped[first] > ' ' && escaped[first] != '\\') return false;
  std::string plain;
  json::unescape(escaped, plain);
  return is_blank_plain(plain);
}

std::size_t length_without_trailing_blanks(std::string_view escaped) {
  while (!escaped.empty()) {
    std::size_t n = escape_at_back(escaped);
    if (n != 0) {
      std::string plain;
      json::unescape(escaped.substr(escaped.size() - n), plain);
      if (!is_blank_plain(plain)) break;
    } else {
      n = space_at_back(escaped);
      if (n == 0) break;
    }
    escaped.remove_suffix(n);
  }
  return escaped.size();
}

}  // namespace aip::claude
