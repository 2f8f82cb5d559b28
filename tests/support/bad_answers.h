// bad_answers.h - answers of an upstream that must not pass for whole and well formed ones, each
// with the rule that finds it (docs/decisions/0006).
#pragma once

#include <string>
#include <vector>

#include "tests/support/bad_requests.h"

namespace aip::test {

// How the answer has to be found out: by the parser at once, by the peer's end (Q4), or by bytes
// that are left behind a good answer, so that the connection is not used again (Q5).
enum class Found : std::uint8_t { AtOnce, AtTheEnd, ByLeftover };

struct BadAnswer {
  std::string rule;
  std::string what;
  std::string bytes;
  Found found = Found::AtOnce;
};

namespace bad {

inline string ok(const string& fields, const string& body) {
  return "HTTP/1.1 200 OK\r\n" + fields + "\r\n" + body;
}
inline string ok_chunks(const string& body) {
  return ok("Transfer-Encoding: chunked\r\n", body);
}

inline void add_status_lines(std::vector<BadAnswer>& out) {
  for (const char* start : {"HTTP/1.1 ",
                            "HTTP/1.1  200 OK",
                            "HTTP/1.1 2 OK",
                            "HTTP/1.1 20 OK",
                            "HTTP/1.1 0 OK",
                            "HTTP/1.1 099 OK",
                            "HTTP/1.1 00200 OK",
                            "HTTP/1.1 2000 OK",
                            "HTTP/1.1 600 OK",
                            "HTTP/1.1 999 OK",
                            "HTTP/1.1 2x0 OK",
                            "HTTP/1.1 +200 OK",
                            "HTTP/1.1\t200 OK",
                            "HTTP/1.1 200\tOK",
                            "HTTP/2.0 200 OK",
                            "HTTP/0.9 200 OK",
                            "HTTP/1.2 200 OK",
                            "HTTP/1 200 OK",
                            "http/1.1 200 OK",
                            "HTP/1.1 200 OK",
                            "RTSP/1.0 200 OK",
                            "ICY 200 OK",
                            " HTTP/1.1 200 OK",
                            "200 OK",
                            "<html>"}) {
    out.push_back({"Q1", "status line "s + start, start + "\r\nContent-Length: 0\r\n\r\n"s});
  }
  const string end = "\r\nContent-Length: 0\r\n\r\n";
  out.push_back({"Q1", "NUL in the reason", "HTTP/1.1 200 O\0K"s + end});
  out.push_back({"Q1", "ESC in the reason", "HTTP/1.1 200 \x1b[31m" + end});
  out.push_back({"Q1", "a bare CR in the reason", "HTTP/1.1 200 OK\rSet-Cookie: a=b" + end});
  out.push_back({"Q1", "two blank lines in front", "\r\n\r\nHTTP/1.1 200 OK" + end});
  out.push_back({"R1", "LF ends the status line", "HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n"});
  out.push_back({"R1", "LF alone everywhere", "HTTP/1.1 200 OK\nContent-Length: 0\n\n"});
}

inline void add_answer_fields(std::vector<BadAnswer>& out) {
  const auto add = [&out](string rule, string what, string bytes) {
    out.push_back({std::move(rule), std::move(what), std::move(bytes)});
  };
  add("R1", "a bare CR in a value", ok("Content-Length: 0\r\nX: a\rY: b\r\n", ""));
  add("R1", "NUL in a value", ok("Content-Length: 0\r\nX: a\0b\r\n"s, ""));
  add("R2", "a folded value", ok("X: a\r\n b\r\nContent-Length: 0\r\n", ""));
  add("R2", "a field that starts with a blank", ok(" X: a\r\nContent-Length: 0\r\n", ""));
  add("R2", "a name with a blank", ok("Content-Length : 0\r\n", ""));
  add("R2", "an empty name", ok(": x\r\nContent-Length: 0\r\n", ""));
  add("R2", "a field without a colon", ok("X\r\nContent-Length: 0\r\n", ""));
  for (const char* value : {"", "+2", "-1", "0x2", "2, 2", "2Z", "18446744073709551615", "002"}) {
    add("Q2", "Content-Length "s + value, ok("Content-Length: "s + value + "\r\n", "hi"));
  }
  add("Q2", "two Content-Lengths", ok("Content-Length: 2\r\nContent-Length: 2\r\n", "hi"));
  add("Q2", "two that differ", ok("Content-Length: 2\r\nContent-Length: 3\r\n", "hi"));
  for (const char* value :
       {"", "identity", "xchunked", "gzip, chunked", "chunked, gzip", "chunked, chunked"}) {
    add("Q2", "Transfer-Encoding "s + value,
        ok("Transfer-Encoding: "s + value + "\r\n", "0\r\n\r\n"));
  }
  add("Q2", "chunked beside a length",
      ok("Content-Length: 2\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"));
  add("Q2", "an empty coding beside a length",
      ok("Transfer-Encoding:\r\nContent-Length: 2\r\n", "hi"));
  add("Q2", "chunked on HTTP/1.0",
      "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
  add("Q3", "204 with a length", "HTTP/1.1 204 No\r\nContent-Length: 5\r\n\r\nhello");
  add("Q3", "204 with chunks", "HTTP/1.1 204 No\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
  add("Q3", "100 with a length", "HTTP/1.1 100 Go\r\nContent-Length: 5\r\n\r\nhello" + ok("", ""));
  add("Q3", "103 with chunks",
      "HTTP/1.1 103 Go\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + ok("", ""));
  add("Q3", "a 101 that nobody asked for",
      "HTTP/1.1 101 Go\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n");
  string interims;
  for (int i = 0; i < 9; ++i) interims += "HTTP/1.1 100 Go\r\n\r\n";
  add("Q3", "nine interim answers", interims + ok("Content-Length: 0\r\n", ""));
}

inline void add_answer_bodies(std::vector<BadAnswer>& out) {
  const auto add = [&out](string rule, string what, string bytes, Found found) {
    out.push_back({std::move(rule), std::move(what), std::move(bytes), found});
  };
  for (const char* body :
       {"0x5\r\nhello\r\n0\r\n\r\n", "5 \r\nhello\r\n0\r\n\r\n", "5\nhello\r\n0\r\n\r\n",
        "5\r\nhelloXX0\r\n\r\n", "g\r\n", "FFFFFFFFFFFFFFFF\r\nhello", "0\r\n\nX",
        "0\r\nContent-Length: 1\r\n\r\n", "5;a=\"\r\nhello\r\n0\r\n\r\n", "\r\n"}) {
    add("R7", "chunks "s + body, ok_chunks(body), Found::AtOnce);
  }
  add("Q4", "nothing at all", "", Found::AtTheEnd);
  add("Q4", "half a status line", "HTTP/1.1 20", Found::AtTheEnd);
  add("Q4", "half a head", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n", Found::AtTheEnd);
  add("Q4", "half a body", ok("Content-Length: 5\r\n", "hel"), Found::AtTheEnd);
  add("Q4", "chunks without the last one", ok_chunks("5\r\nhello\r\n"), Found::AtTheEnd);
  add("Q4", "half a chunk", ok_chunks("5\r\nhel"), Found::AtTheEnd);
  add("Q4", "a last chunk without its end", ok_chunks("5\r\nhello\r\n0\r\n"), Found::AtTheEnd);
  add("Q4", "an interim answer and no other", "HTTP/1.1 100 Go\r\n\r\n", Found::AtTheEnd);
  add("Q5", "a second answer in the queue",
      ok("Content-Length: 2\r\n", "hi") + ok("Content-Length: 2\r\n", "xx"), Found::ByLeftover);
  add("Q5", "more bytes than the length", ok("Content-Length: 2\r\n", "hi!"), Found::ByLeftover);
  add("Q5", "bytes behind the last chunk", ok_chunks("0\r\n\r\nx"), Found::ByLeftover);
  add("Q5", "a body behind 304", "HTTP/1.1 304 Same\r\n\r\nhello", Found::ByLeftover);
  add("Q5", "a body behind 204", "HTTP/1.1 204 No\r\n\r\nhello", Found::ByLeftover);
}

}  // namespace bad

inline std::vector<BadAnswer> bad_answers() {
  std::vector<BadAnswer> out;
  bad::add_status_lines(out);
  bad::add_answer_fields(out);
  bad::add_answer_bodies(out);
  return out;
}

}  // namespace aip::test
