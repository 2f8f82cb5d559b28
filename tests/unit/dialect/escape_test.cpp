#include "core/dialect/escape.h"

#include <doctest/doctest.h>

#include <aiproxy/events.hpp>
#include <aiproxy/json.hpp>
#include <vector>

#include "core/base/json.h"

using namespace aip::dialect;  // NOLINT: short names read better in a table
namespace event = aip::sdk::event;

namespace {

std::string escaped(std::string_view text) {
  std::string out;
  append_escaped(text, out);
  return out;
}

std::string unescaped(std::string_view inside) {
  std::string out;
  aip::json::unescape(inside, out);
  return out;
}

// Escapes and single bytes of an escaped text: the places where a provider may cut it.
std::vector<std::string> tokens_of(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const std::size_t size = text[0] != '\\' ? 1 : text[1] == 'u' ? 6 : 2;
    out.emplace_back(text.substr(0, size));
    text.remove_prefix(size);
  }
  return out;
}

}  // namespace

TEST_CASE("escape: each special byte at each place of a word is found") {
  for (std::size_t size = 1; size <= 20; ++size) {
    for (std::size_t place = 0; place < size; ++place) {
      for (const char special : {'"', '\\', '\n', '\x01', '\x1f', '\0'}) {
        std::string text(size, '\xff');  // high bits must not mask a neighbour
        text[place] = special;
        const std::string inside = escaped(text);
        CHECK(unescaped(inside) == text);
        CHECK(is_escaped(inside));
        CHECK_FALSE(is_escaped(text));
      }
    }
  }
}

TEST_CASE("escape: what a JSON string holds as it is, is copied") {
  const std::string text = "plain \x7f \xe2\x80\xa8 \xf0\x9f\x91\x8b end";
  CHECK(escaped(text) == text);
  CHECK(is_escaped(text));
}

TEST_CASE("escape: an inside of a string is known from what is none") {
  CHECK(is_escaped(""));
  CHECK(is_escaped(R"(a\n\\\"\/\u00e9\ud83d)"));
  for (const std::string_view bad :
       {"\\", "a\\", "\\x", "\\u12", "\\u12g4", "\"", "a\nb", "\\\\\\"}) {
    CHECK_FALSE_MESSAGE(is_escaped(bad), std::string(bad));
  }
  CHECK_FALSE(is_escaped(std::string_view("\\\0", 2)));
}

TEST_CASE("escape: text that is marked as escaped but is not, cannot leave its string") {
  for (const std::string_view bad : {"\",\"x\":\"", "a\\", "tail\\u12", "line\nend"}) {
    std::string out = "\"";
    append_text(event::escaped(event::text(bad)), out);
    out += "\"";
    CHECK_MESSAGE(aip::json::check(out).ok(), out);
  }
}

TEST_CASE("escape: a value comes onto one line and stays the same value") {
  std::string out;
  append_line("{\n  \"a\\n\": [1,\r\n 2]\n}", out);
  CHECK(out.find('\n') == std::string::npos);
  CHECK(out.find('\r') == std::string::npos);
  CHECK(aip::json::check(out).ok());
  CHECK(aip::json::Value(out)["a\n"].size() == 2);
}

TEST_CASE("seam: a text cut between any two escapes arrives whole, and each piece is whole") {
  const std::string text =
      R"(a\ud83d\ude00b\\\uD83D\uDE00\n\\ud83d \u00e9\ud83d\udc4b\ud83c\udffd)";
  const std::vector<std::string> tokens = tokens_of(text);
  for (std::size_t i = 0; i <= tokens.size(); ++i) {
    for (std::size_t j = i; j <= tokens.size(); ++j) {
      Seam seam;
      std::string joined;
      const auto feed = [&](std::size_t from, std::size_t to) {
        std::string piece;
        for (std::size_t k = from; k < to; ++k) piece += tokens[k];
        const aip_event e = event::escaped(event::text(piece));
        const bool promised = seam.has_output(e);
        std::string out;
        seam.append(e, out);
        CHECK(promised == !out.empty());
        // No half of a character: U+FFFD would stand for it.
        CHECK(unescaped(out).find("\xef\xbf\xbd") == std::string::npos);
        joined += out;
      };
      feed(0, i);
      feed(i, j);
      feed(j, tokens.size());
      CHECK_FALSE(seam.waiting());
      CHECK(unescaped(joined) == unescaped(text));
    }
  }
}

TEST_CASE("seam: a half that waits in vain becomes U+FFFD") {
  const aip_event half = event::escaped(event::text("x\\ud83d"));
  for (const aip_event& next :
       {event::text("y"), event::escaped(event::text("y")), event::escaped(event::text("\\ud83d")),
        event::escaped(event::text("\\u00e9"))}) {
    Seam seam;
    std::string out;
    seam.append(half, out);
    CHECK(out == "x");
    seam.append(next, out);
    CHECK(out.substr(0, 7) == "x\\ufffd");
  }
  Seam seam;
  std::string out;
  seam.append(half, out);
  CHECK(seam.close(out));
  CHECK(out == "x\\ufffd");
  CHECK_FALSE(seam.close(out));
}
