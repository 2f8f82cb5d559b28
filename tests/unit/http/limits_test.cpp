// A8: every limit one below, at, and one above it, and which error the client gets.
#include <doctest/doctest.h>

#include <cstdio>
#include <functional>

#include "tests/support/http_story.h"
#include "tests/support/split.h"

using namespace aip;
using namespace aip::test;

namespace {

struct Boundary {
  const char* name;
  std::size_t limit;
  ErrorCode over;
  std::function<std::string(std::size_t)> message;  // with that much of what is limited
};

constexpr std::size_t kBodyMax = 5000;
const std::string kChunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

std::string head_with(const std::string& fields) {
  return "GET / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n";
}
// A head of exactly `size` bytes, most of them in `name: value` fields of the given width.
std::string head_of(std::size_t size, std::size_t width) {
  std::string fields;
  while (head_with(fields).size() + width + 10 < size) {
    fields += "X: " + std::string(width, 'x') + "\r\n";
  }
  const std::size_t left = size - head_with(fields).size();
  return head_with(fields + "Y: " + std::string(left - 5, 'y') + "\r\n");
}

std::vector<Boundary> boundaries() {
  using enum ErrorCode;
  std::vector<Boundary> all;
  all.push_back({"request target", limits::kUrlBytesMax, CallerUriTooLong, [](std::size_t n) {
                   return "GET /" + std::string(n - 1, 'x') + " HTTP/1.1\r\nHost: a\r\n\r\n";
                 }});
  all.push_back({"field name", limits::kFieldNameBytesMax, CallerHeadTooLarge,
                 [](std::size_t n) { return head_with(std::string(n, 'n') + ": v\r\n"); }});
  all.push_back({"field value (it has the whole head)", limits::kHeadBytesMax, CallerHeadTooLarge,
                 [](std::size_t n) { return head_of(n, n); }});
  all.push_back({"field count", limits::kHeaderFieldsMax, CallerHeadTooLarge, [](std::size_t n) {
                   std::string fields;
                   for (std::size_t i = 1; i < n; ++i) fields += "X: y\r\n";
                   return head_with(fields);
                 }});
  all.push_back({"head", limits::kHeadBytesMax, CallerHeadTooLarge,
                 [](std::size_t n) { return head_of(n, 1000); }});
  all.push_back({"body with a length", kBodyMax, CallerBodyTooLarge, [](std::size_t n) {
                   return "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(n) +
                          "\r\n\r\n" + std::string(n, 'b');
                 }});
  all.push_back({"body in chunks", kBodyMax, CallerBodyTooLarge, [](std::size_t n) {
                   std::string text = kChunked + "1f4\r\n" + std::string(500, 'b') + "\r\n";
                   for (std::size_t i = 500; i < n; ++i) text += "1\r\nb\r\n";
                   return text + "0\r\n\r\n";
                 }});
  all.push_back(
      {"chunk size digits", limits::kChunkSizeDigitsMax, CallerBadHttp,
       [](std::size_t n) { return kChunked + std::string(n - 1, '0') + "1\r\nx\r\n0\r\n\r\n"; }});
  all.push_back(
      {"chunk extension", limits::kChunkExtensionBytesMax, CallerBadHttp, [](std::size_t n) {
         return kChunked + "1;" + std::string(n - 1, 'e') + "\r\nx\r\n0\r\n\r\n";
       }});
  all.push_back({"chunk extensions in all", limits::kChunkExtensionsBytesMax, CallerBadHttp,
                 [](std::size_t n) {
                   std::string text = kChunked;
                   for (; n > 200; n -= 200) text += "1;" + std::string(199, 'e') + "\r\nx\r\n";
                   return text + "1;" + std::string(n - 1, 'e') + "\r\nx\r\n0\r\n\r\n";
                 }});
  // Each chunk has 16 bytes of framing for one of the body, so 8 of them are over what it pays
  // for; the last chunk's line has 5 to 7 and pays for none.
  all.push_back(
      {"chunk framing", limits::kFramingOverheadBytesMax, CallerBadHttp, [](std::size_t n) {
         std::string text = kChunked;
         for (; n > 12; n -= 8) text += "000000000001\r\nx\r\n";
         return text + std::string(n - 4, '0') + "\r\n\r\n";
       }});
  all.push_back({"trailers", limits::kTrailerBytesMax, CallerHeadTooLarge, [](std::size_t n) {
                   return kChunked + "0\r\nX: " + std::string(n - 7, 'x') + "\r\n\r\n";
                 }});
  all.push_back(
      {"blank bytes in front", limits::kBlankBytesBeforeStartMax, CallerBadHttp, [](std::size_t n) {
         return std::string("\r\n\r\n").substr(0, n == 1 ? 0 : n) + head_with("");
       }});
  return all;
}

}  // namespace

TEST_CASE("A8: limits are exact, whole and in pieces") {
  http::ParserLimits given;
  given.body_bytes_max = kBodyMax;
  int wrong = 0;
  int tried = 0;
  for (const Boundary& boundary : boundaries()) {
    for (const std::size_t size : {boundary.limit - 1, boundary.limit, boundary.limit + 1}) {
      const std::string text = boundary.message(size);
      CAPTURE(boundary.name);
      CAPTURE(size);
      const bool fits = size <= boundary.limit;
      ++tried;
      bool right = true;
      for (const Pieces& pieces : {Pieces{text}, cut_every(text, 1), cut_every(text, 1460)}) {
        const Story story = read_requests(pieces, given);
        CHECK(story.failed == !fits);
        CHECK(story.ends == (fits ? 1 : 0));
        if (!fits) CHECK(story.code == boundary.over);
        right = right && story.failed == !fits && (fits || story.code == boundary.over);
      }
      if (!right) ++wrong;
    }
  }
  std::printf("A8: boundary errors: %d of %d\n", wrong, tried);
}

TEST_CASE("A8: the codes become 400, 413, 414 and 431") {
  CHECK(traits(ErrorCode::CallerBadHttp).status == 400);
  CHECK(traits(ErrorCode::CallerBodyTooLarge).status == 413);
  CHECK(traits(ErrorCode::CallerUriTooLong).status == 414);
  CHECK(traits(ErrorCode::CallerHeadTooLarge).status == 431);
}

TEST_CASE("limits: what never ends a line is cut at its limit, byte by byte too") {
  const auto code = [](const std::string& begin, char filler) {
    const std::string text = begin + std::string(100 * 1024, filler);
    const ErrorCode whole = read_requests({text}).code;
    CHECK(read_requests(cut_every(text, 97)).code == whole);
    return whole;
  };
  CHECK(code("GET /", 'x') == ErrorCode::CallerUriTooLong);
  CHECK(code("GET ", ' ') == ErrorCode::CallerUriTooLong);
  CHECK(code("GET / HTTP/1.1\r\n", 'x') == ErrorCode::CallerHeadTooLarge);
  CHECK(code("GET / HTTP/1.1\r\nX:", ' ') == ErrorCode::CallerHeadTooLarge);
  CHECK(code("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ", '0') ==
        ErrorCode::CallerHeadTooLarge);
  CHECK(code(kChunked, '0') == ErrorCode::CallerBadHttp);
}

TEST_CASE("B17: an answer's head has its limits in bytes and in fields") {
  const auto many = [](std::size_t fields) {
    std::string text = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n";
    for (std::size_t i = 1; i < fields; ++i) text += "Set-Cookie: x\r\n";
    return text + "\r\n";
  };
  CHECK(read_answer({many(499)}, Then::StaysOpen).ends == 1);
  CHECK(read_answer({many(500)}, Then::StaysOpen).ends == 1);
  CHECK(read_answer({many(501)}, Then::StaysOpen).code == ErrorCode::ProviderTooLarge);
  const auto large = [](std::size_t bytes) {
    const std::string frame = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX: \r\n\r\n";
    std::string text = frame;
    text.insert(text.size() - 4, std::string(bytes - frame.size(), 'x'));
    return text;
  };
  CHECK(read_answer({large(limits::kUpstreamHeadBytesMax - 1)}, Then::StaysOpen).ends == 1);
  CHECK(read_answer({large(limits::kUpstreamHeadBytesMax)}, Then::StaysOpen).ends == 1);
  const Story over = read_answer({large(limits::kUpstreamHeadBytesMax + 1)}, Then::StaysOpen);
  CHECK(over.code == ErrorCode::ProviderTooLarge);
}

TEST_CASE("limits: a body until the peer's end has one where it is asked for") {
  http::ParserLimits given = http::ParserLimits::for_answers();
  given.body_bytes_max = 10;
  const auto story = [&given](std::size_t n) {
    const std::string text = "HTTP/1.1 200 OK\r\n\r\n" + std::string(n, 'x');
    feed_in_every_split(text, [&given](const Pieces& pieces) {
      return read_answer(pieces, Then::Ends, {}, given).text;
    });
    return read_answer({text}, Then::Ends, {}, given);
  };
  CHECK(story(9).ends == 1);
  CHECK(story(10).ends == 1);
  CHECK(story(11).code == ErrorCode::ProviderTooLarge);
}
