#include "core/http/chunk_extension.h"

#include "core/http/chars.h"

namespace aip::http {
namespace {

// Takes a token off the front; false if there is none.
bool skip_token(Bytes& text) noexcept {
  std::size_t n = 0;
  while (n < text.size() && chars::is(text[n], chars::kToken)) ++n;
  text.remove_prefix(n);
  return n > 0;
}

// Takes a quoted string off the front. Control bytes were refused with the line.
bool skip_quoted(Bytes& text) noexcept {
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      text.remove_prefix(i + 1);
      return true;
    }
  }
  return false;
}

}  // namespace

bool valid_chunk_extensions(Bytes text) noexcept {
  while (!text.empty()) {
    if (text.front() != ';') return false;
    text.remove_prefix(1);
    if (!skip_token(text)) return false;
    if (!text.starts_with('=')) continue;
    text.remove_prefix(1);
    if (!(text.starts_with('"') ? skip_quoted(text) : skip_token(text))) return false;
  }
  return true;
}

}  // namespace aip::http
