#include "core/http/write.h"

#include <doctest/doctest.h>

#include "tests/support/http_story.h"

using namespace aip;
using namespace aip::http;

TEST_CASE("write: a head of ours is read back as it was meant") {
  std::string out;
  write_status_line(out, 200);
  write_field(out, "Transfer-Encoding", "chunked");
  end_head(out);
  write_chunk_size(out, 26);
  out += "abcdefghijklmnopqrstuvwxyz";
  out += kChunkEnd;
  out += kLastChunk;
  CHECK(out.starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(out.find("\r\n1a\r\n") != std::string::npos);
  CHECK(test::read_answer({out}, test::Then::StaysOpen).text ==
        "head 200 1.1 chunked keep [Transfer-Encoding=chunked]\n"
        "body abcdefghijklmnopqrstuvwxyz\nend\n");

  std::string request;
  write_request_line(request, "GET", "/x?y");
  write_field(request, "Host", "a");
  end_head(request);
  CHECK(test::read_requests({request}).text ==
        "head GET /x?y 1.1 none keep [Host=a]\nbody \nend\n");
}

TEST_CASE("write: a status without a phrase keeps its blank") {
  std::string out;
  write_status_line(out, 599);
  CHECK(out == "HTTP/1.1 599 \r\n");
  CHECK(reason_phrase(431) == "Request Header Fields Too Large");
  CHECK(reason_phrase(299).empty());
}

TEST_CASE("write: values that could end a line are known as such") {
  CHECK(valid_field_value("a\tb \xc3\xa4"));
  for (const std::string_view bad : {"a\rb", "a\nb", "a\x7f", "longer than a word\x01"}) {
    CHECK_FALSE(valid_field_value(bad));
  }
  CHECK_FALSE(valid_field_value(std::string_view("a\0b", 3)));
  CHECK(valid_field_name("X-A_1"));
  for (const std::string_view bad : {"", "a b", "a:", "a\r"}) CHECK_FALSE(valid_field_name(bad));
}

TEST_CASE("headers: names compare without case, order and repeats are kept") {
  Headers headers;
  headers.add("Set-Cookie", "a");
  headers.add("X", "");
  headers.add("set-cookie", "b");
  CHECK(headers.size() == 3);
  CHECK(headers.get("SET-COOKIE") == "a");
  CHECK(headers.count("set-cookie") == 2);
  CHECK(headers.find("X") == "");
  CHECK_FALSE(headers.find("Y").has_value());
  CHECK(headers[2].value == "b");
}
