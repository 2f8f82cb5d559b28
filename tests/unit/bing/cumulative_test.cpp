#include "plugins/bing/cumulative.h"

#include <doctest/doctest.h>

#include <vector>

using namespace aip::bing;

namespace {

// All that a client of a stream reads, with "|" between what came at once.
std::string read(const std::vector<std::string>& updates, const std::string& last,
                 Shape shape = Shape::Stream) {
  Cumulative text(shape);
  std::string out;
  for (const std::string& update : updates) {
    if (const std::string piece = text.update("m", update); !piece.empty()) out += piece + "|";
  }
  return out + text.finish("m", last);
}

}  // namespace

TEST_CASE("cumulative: each update tells its new end") {
  CHECK(read({"a", "ab", "ab", "abc"}, "abc") == "a|b|c|");
  CHECK(read({"a"}, "abc") == "a|bc");
  CHECK(read({}, "abc") == "abc");
}

TEST_CASE("cumulative: text that shrinks and comes back is told once") {
  CHECK(read({"abc", "a", "ab", "abcd"}, "abcd") == "abc|d|");
}

TEST_CASE("cumulative: another last text is told whole, as a paragraph of its own") {
  CHECK(read({"Hello, world", "Hello, you"}, "Hello, you!") == "Hello, world|\n\nHello, you!");
}

TEST_CASE("cumulative: of a text that is cut the beginning stays, and it is known") {
  Cumulative text(Shape::Stream);
  CHECK(text.update("m", "abcd") == "abcd");
  CHECK(text.finish("m", "ab").empty());
  CHECK(text.shrunk());
}

TEST_CASE("cumulative: a whole answer is the last text and nothing else") {
  CHECK(read({"wrong", "wr"}, "right", Shape::Whole) == "right");
}

TEST_CASE("cumulative: another message is another paragraph, and the first is told to its end") {
  Cumulative stream(Shape::Stream);
  CHECK(stream.update("a", "one") == "one");
  CHECK(stream.update("b", "two") == "\n\ntwo");
  CHECK(stream.finish("b", "two!") == "!");

  Cumulative whole(Shape::Whole);
  CHECK(whole.update("a", "one").empty());
  CHECK(whole.update("b", "tw") == "one");
  CHECK(whole.finish("b", "two") == "\n\ntwo");
}

TEST_CASE("cumulative: half a character is waited for") {
  Cumulative text(Shape::Stream);
  CHECK(text.update("m", "a\xef\xbf\xbd") == "a");
  CHECK(text.update("m", "a\xf0\x9f\x98\x80") == "\xf0\x9f\x98\x80");
  CHECK(text.finish("m", "a\xf0\x9f\x98\x80\xef\xbf\xbd") == "\xef\xbf\xbd");
}
