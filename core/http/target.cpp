#include "core/http/target.h"

#include "core/http/chars.h"

namespace aip::http {
namespace {

enum class Part : std::uint8_t { Path, Query };

// `text` begins with '%'. Is it two hex digits that may stand in that part?
bool valid_escape(Bytes text, Part part) noexcept {
  if (text.size() < 3 || !chars::is(text[1], chars::kHex) || !chars::is(text[2], chars::kHex)) {
    return false;
  }
  const unsigned byte = chars::hex_value(text[1]) * 16 + chars::hex_value(text[2]);
  if (byte == 0 || byte == '\n' || byte == '\r') return false;
  return part == Part::Query || (byte != '/' && byte != '\\');
}

Fault judge_part(Bytes text, Part part) noexcept {
  const chars::Class allowed = part == Part::Path ? chars::kPath : chars::kQuery;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!chars::is(text[i], allowed)) return malformed("a byte that no request target may hold");
    if (text[i] == '%' && !valid_escape(text.substr(i), part)) {
      return malformed("a percent escape that no request target may hold");
    }
  }
  return {};
}

// Is the segment one or two dots?
bool is_dots(Bytes segment) noexcept {
  int dots = 0;
  while (!segment.empty()) {
    if (segment.front() == '.') {
      segment.remove_prefix(1);
    } else if (segment.size() >= 3 && segment[0] == '%' && segment[1] == '2' &&
               chars::lower(segment[2]) == 'e') {
      segment.remove_prefix(3);
    } else {
      return false;
    }
    if (++dots > 2) return false;
  }
  return dots > 0;
}

}  // namespace

bool has_dot_segment(Bytes path) noexcept {
  while (true) {
    const std::size_t slash = path.find('/');
    if (is_dots(path.substr(0, slash))) return true;
    if (slash == Bytes::npos) return false;
    path.remove_prefix(slash + 1);
  }
}

Fault judge_target(Bytes target) noexcept {
  if (!target.starts_with('/')) return malformed("a request target that is no path");
  if (target.starts_with("//")) return malformed("a request target that starts with //");
  const std::size_t mark = target.find('?');
  const Bytes path = target.substr(0, mark);
  if (Fault fault = judge_part(path, Part::Path)) return fault;
  if (has_dot_segment(path)) return malformed("a dot segment in the path");
  return mark == Bytes::npos ? Fault{} : judge_part(target.substr(mark + 1), Part::Query);
}

}  // namespace aip::http
