// The guard against whole families of bad messages: A1, A6, A10, B1 and the smuggling cases.
#include <doctest/doctest.h>

#include <cstdio>

#include "tests/support/bad_answers.h"
#include "tests/support/bad_requests.h"
#include "tests/support/http_story.h"
#include "tests/support/split.h"

using namespace aip;
using namespace aip::test;

namespace {

bool is_caller_fault(ErrorCode code) {
  return code == ErrorCode::CallerBadHttp || code == ErrorCode::CallerHeadTooLarge ||
         code == ErrorCode::CallerUriTooLong || code == ErrorCode::CallerBodyTooLarge;
}

Story both_ways(const std::string& bytes) {
  feed_in_every_split(bytes.size() < 600 ? bytes : std::string("GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
                      [](const Pieces& pieces) { return read_requests(pieces).text; });
  return read_requests({bytes});
}

}  // namespace

TEST_CASE("A1: no bad request is taken, whole or byte by byte") {
  const std::vector<BadMessage> all = bad_requests();
  CHECK(all.size() >= 141);
  int reached = 0;
  for (const BadMessage& bad : all) {
    CAPTURE(bad.rule);
    CAPTURE(bad.what);
    const Story whole = both_ways(bad.bytes);
    const Story dripped = read_requests(cut_every(bad.bytes, 1));
    for (const Story* story : {&whole, &dripped}) {
      const bool taken = story->ends > bad.served || !story->failed;
      CHECK_FALSE(taken);
      CHECK(story->ends == bad.served);
      CHECK((taken || is_caller_fault(story->code)));
      if (taken) ++reached;
    }
  }
  std::printf("A1: bad requests reaching the upstream: %d of %zu\n", reached, 2 * all.size());
}

TEST_CASE("A1: heads that are bad are refused before the head is told") {
  for (const BadMessage& bad : bad_requests()) {
    if (bad.served > 0 || bad.rule == "R7") continue;
    CAPTURE(bad.what);
    CHECK(read_requests({bad.bytes}).heads == 0);
  }
}

TEST_CASE("A6: legal oddities are served") {
  const std::string chunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  std::string dripping = chunked;
  for (int i = 0; i < 20'000; ++i) dripping += "1\r\nx\r\n";
  const std::vector<std::string> legal{
      "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET / HTTP/1.1\r\nhOsT: a\r\nX-oDD: y\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a\r\nX:\r\nY: \t\r\n\r\n",
      "GET / HTTP/1.1\r\nHost:a\r\nX:y\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: \t a \t\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: [::1]:8999\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a:0\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(15 * 1024, 'x') + "\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a\r\nX: caf\xc3\xa9 \xe9\x85\xa0\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a\r\nX!#$%&'*+-.^`|~0: y\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a\r\nX: y\r\nX: y\r\n\r\n",
      "GET /~u/a;b=c,d/(e)!$&'*+=:@ HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET /?a=http://b/%2f..%5c&include[]=x?y HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET /a//b/...x/%20%E4%BD%A0 HTTP/1.1\r\nHost: a\r\n\r\n",
      "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
      "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET / HTTP/1.0\r\n\r\n",
      "GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\nGET / HTTP/1.0\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a\r\nConnection: , keep-alive ,, TE\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi",
      "DELETE / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
      dripping + "0\r\n\r\n",
      chunked + "5;a=1;b=2\r\nhello\r\n0\r\n\r\n",
      chunked + "00005;a=\"q;\\\" z\"\r\nhello\r\n000\r\nX: y\r\n\r\n",
      chunked + "aB\r\n" + std::string(171, 'x') + "\r\n0;last\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi",
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: CHUNKED \r\n\r\n0\r\n\r\n",
  };
  CHECK(legal.size() >= 24);
  int refused = 0;
  for (const std::string& text : legal) {
    CAPTURE(text.substr(0, 300));
    for (const Story& story : {read_requests({text}), read_requests(cut_every(text, 1))}) {
      CHECK_FALSE(story.failed);
      CHECK(story.ends >= 1);
      if (story.failed || story.ends == 0) ++refused;
    }
  }
  std::printf("A6: legal requests refused: %d of %zu\n", refused, 2 * legal.size());
}

TEST_CASE("A10: trailers are never merged into the head") {
  int leaked = 0;
  int tried = 0;
  const std::string begin =
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n";
  for (const char* name : {"Authorization",
                           "Cookie",
                           "X-Api-Key",
                           "x-goog-api-key",
                           "api-key",
                           "Host",
                           "Connection",
                           "Content-Type",
                           "X-Auth-Id",
                           "X-Request-Id",
                           "Traceparent",
                           "Upgrade",
                           "Expect",
                           "Content-Length",
                           "Transfer-Encoding",
                           "Set-Cookie",
                           "Via",
                           "Trailer",
                           "TE",
                           "X"}) {
    ++tried;
    const std::string text = begin + name + ": leaked\r\n\r\n";
    const std::string told =
        feed_in_every_split(text, [](const Pieces& pieces) { return read_requests(pieces).text; });
    if (told.find("leaked") != std::string::npos) ++leaked;
  }
  std::string flood = begin;
  while (flood.size() < 1024 * 1024) flood += "A: b\r\n";
  const Story story = read_requests({flood});
  CHECK(story.code == ErrorCode::CallerHeadTooLarge);
  CHECK(leaked == 0);
  std::printf("A10: leaked trailers: %d of %d\n", leaked, tried);
}

TEST_CASE("B1: no bad answer ends clean and stays fit for the pool") {
  const std::vector<BadAnswer> all = bad_answers();
  CHECK(all.size() >= 53);
  int clean = 0;
  int pooled = 0;
  for (const BadAnswer& bad : all) {
    CAPTURE(bad.rule);
    CAPTURE(bad.what);
    feed_in_every_split(bad.bytes,
                        [](const Pieces& pieces) { return read_answer(pieces, Then::Ends).text; });
    for (const Pieces& pieces : {Pieces{bad.bytes}, cut_every(bad.bytes, 1)}) {
      const Story open = read_answer(pieces, Then::StaysOpen);
      const Story ended = read_answer(pieces, Then::Ends);
      const bool left = open.text.find("left ") != std::string::npos;
      switch (bad.found) {
        case Found::AtOnce:
          CHECK(open.failed);
          CHECK(open.ends == 0);
          if (!open.failed) ++clean;
          break;
        case Found::AtTheEnd:
          CHECK(open.ends == 0);
          CHECK(ended.code == ErrorCode::ProviderTruncated);
          if (!ended.failed) ++clean;
          break;
        case Found::ByLeftover:
          CHECK(open.ends == 1);
          CHECK(left);
          break;
      }
      if (open.ends > 0 && !left) ++pooled;
    }
  }
  std::printf("B1: bad answers with a clean end: %d of %zu; pooled: %d of %zu\n", clean,
              2 * all.size(), pooled, 2 * all.size());
}
