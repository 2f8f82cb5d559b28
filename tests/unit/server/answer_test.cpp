#include "core/server/answer.h"

#include <doctest/doctest.h>

#include "core/server/client_stream.h"
#include "core/server/date.h"
#include "tests/unit/server/rig.h"

using namespace aip;
using namespace aip::server;

namespace {

constexpr std::int64_t kUnknown = ClientStream::kUnknownLength;

// An answer that is flushed into a string.
struct Sheet {
  explicit Sheet(AnswerTo to = {}) { answer.begin(to); }
  std::string flush() {
    answer.flush(*pair.near);
    loop.run();
    std::string got(pair.far->readable());
    pair.far->consume(got.size());
    return got;
  }
  void head(int status, std::int64_t length, Persistence keep = Persistence::Keep) {
    http::Headers headers;
    headers.add("x-a", "1");
    answer.send_head(status, headers, length, keep, "D");
  }
  test::FakeLoop loop;
  test::MemoryNetwork network{loop};
  test::MemoryPair pair = network.connect();
  Spares spares{http::ParserLimits{}};
  Answer answer{spares};
};

std::string whole(AnswerTo to, int status, std::int64_t length, std::string_view body,
                  Persistence keep = Persistence::Keep) {
  Sheet sheet(to);
  sheet.head(status, length, keep);
  sheet.answer.body().append(body);
  sheet.answer.end();
  return sheet.flush();
}

}  // namespace

TEST_CASE("answer: what its head says for each kind of framing") {
  CHECK(whole({}, 200, 2, "ok") ==
        "HTTP/1.1 200 OK\r\nx-a: 1\r\ndate: D\r\ncontent-length: 2\r\n\r\nok");
  CHECK(whole({}, 200, kUnknown, "ok") ==
        "HTTP/1.1 200 OK\r\nx-a: 1\r\ndate: D\r\ntransfer-encoding: chunked\r\n\r\n"
        "2\r\nok\r\n0\r\n\r\n");
  CHECK(whole({}, 200, kUnknown, "") ==
        "HTTP/1.1 200 OK\r\nx-a: 1\r\ndate: D\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n");
  CHECK(whole({false, 0}, 200, kUnknown, "ok") ==
        "HTTP/1.1 200 OK\r\nx-a: 1\r\ndate: D\r\nconnection: close\r\n\r\nok");
  CHECK(whole({false, 0}, 200, 2, "ok") ==
        "HTTP/1.1 200 OK\r\nx-a: 1\r\ndate: D\r\ncontent-length: 2\r\n"
        "connection: keep-alive\r\n\r\nok");
  CHECK(whole({}, 200, 2, "ok", Persistence::Close) ==
        "HTTP/1.1 200 OK\r\nx-a: 1\r\ndate: D\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok");
}

TEST_CASE("answer: HEAD, 204 and 304 have no body whatever is written") {
  CHECK(whole({true, 1}, 200, 2, "ok") ==
        "HTTP/1.1 200 OK\r\nx-a: 1\r\ndate: D\r\ncontent-length: 2\r\n\r\n");
  CHECK(whole({true, 1}, 200, kUnknown, "ok") == "HTTP/1.1 200 OK\r\nx-a: 1\r\ndate: D\r\n\r\n");
  CHECK(whole({}, 204, 0, "no") == "HTTP/1.1 204 No Content\r\nx-a: 1\r\ndate: D\r\n\r\n");
  CHECK(whole({}, 304, 7, "no") ==
        "HTTP/1.1 304 Not Modified\r\nx-a: 1\r\ndate: D\r\ncontent-length: 7\r\n\r\n");
}

TEST_CASE("answer: all that a turn gathers is one chunk and one write") {
  Sheet sheet;
  sheet.head(200, kUnknown);
  sheet.answer.body().append("one ");
  sheet.answer.body().append("two");
  CHECK(sheet.answer.gathered() > 7);

  CHECK(body_of(sheet.flush()) == "7\r\none two\r\n");
  CHECK(sheet.network.writes() == 1);
  CHECK_FALSE(sheet.answer.has_output());

  sheet.answer.body().append(std::string(300, 'x'));
  CHECK(sheet.flush() == "12c\r\n" + std::string(300, 'x') + "\r\n");
  sheet.answer.end();
  CHECK(sheet.flush() == "0\r\n\r\n");
}

TEST_CASE("answer: one byte less or more than its length is not complete, and never sent as more") {
  for (const std::string_view body : {"one", "four", "fives"}) {
    Sheet sheet;
    sheet.head(200, 4);
    sheet.answer.body().append(body);
    sheet.answer.end();
    CHECK(sheet.answer.complete() == (body.size() == 4));
    CHECK(body_of(sheet.flush()) == body.substr(0, 4));
  }
  Sheet late;
  late.head(200, 4);
  late.answer.body().append("four");
  late.flush();
  late.answer.body().append("s");
  CHECK(late.flush().empty());
  CHECK(late.answer.overrun());
}

TEST_CASE("answer: an end without a head is not complete") {
  Sheet sheet;
  sheet.answer.end();
  CHECK_FALSE(sheet.answer.complete());
}

TEST_CASE("answer: buffers go back after the flush, so that a silent one holds none") {
  Sheet sheet;
  sheet.head(200, kUnknown);
  sheet.answer.body().append(std::string(10'000, 'x'));
  sheet.flush();

  const std::string spare = sheet.spares.borrow_string();
  CHECK(spare.capacity() >= 10'000);
  CHECK(spare.empty());
}

TEST_CASE("date: the fixed form of RFC 9110, for the second it is") {
  DateText date;
  CHECK(date.at(784'111'777'000) == "Sun, 06 Nov 1994 08:49:37 GMT");
  CHECK(date.at(784'111'777'999) == "Sun, 06 Nov 1994 08:49:37 GMT");
  CHECK(date.at(784'111'778'000) == "Sun, 06 Nov 1994 08:49:38 GMT");
  CHECK(date.at(0) == "Thu, 01 Jan 1970 00:00:00 GMT");
}
