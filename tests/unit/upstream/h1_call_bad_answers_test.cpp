// Answers that must be refused (RELIABILITY B1), before and after the first byte of a body.
#include <doctest/doctest.h>

#include <cstdio>

#include "tests/unit/upstream/fakes.h"

using namespace aip;
using namespace aip::upstream;
using namespace std::string_literals;

namespace {

// All of them are cut off by the peer's end after the last byte.
const std::vector<std::string>& bad_answers() {
  static const std::vector<std::string> list = {
      // Status line.
      "HTTP/1.1\r\n\r\n",
      "HTTP/1.1 \r\n\r\n",
      "HTTP/1.1  200 OK\r\nContent-Length: 0\r\n\r\n",
      "HTTP/1.1 2 OK\r\nContent-Length: 0\r\n\r\n",
      "HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n",
      "HTTP/1.1 0 OK\r\nContent-Length: 0\r\n\r\n",
      "HTTP/1.1 00200 OK\r\nContent-Length: 0\r\n\r\n",
      "HTTP/1.1 099 OK\r\nContent-Length: 0\r\n\r\n",
      "HTTP/1.1 600 OK\r\nContent-Length: 0\r\n\r\n",
      "HTTP/1.1 999 OK\r\nContent-Length: 0\r\n\r\n",
      "HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n",
      "HTTP/0.9 200 OK\r\nContent-Length: 0\r\n\r\n",
      "http/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
      "ICY 200 OK\r\nContent-Length: 0\r\n\r\n",
      "HTTP/1.1 200 a\0b\r\nContent-Length: 0\r\n\r\n"s,
      "HTTP/1.1 200 \x1b[31m\r\nContent-Length: 0\r\n\r\n",
      "HTTP/1.1 200 O\rK\r\nContent-Length: 0\r\n\r\n",
      "HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n",
      "<html>503</html>\r\n\r\n",
      // Fields.
      "HTTP/1.1 200 OK\r\n: x\r\nContent-Length: 0\r\n\r\n",
      "HTTP/1.1 200 OK\r\n:\r\nContent-Length: 0\r\n\r\n",
      "HTTP/1.1 200 OK\r\nX : y\r\nContent-Length: 0\r\n\r\n",
      "HTTP/1.1 200 OK\r\nX: y\r\n z\r\nContent-Length: 0\r\n\r\n",
      "HTTP/1.1 200 OK\r\n\tX: y\r\nContent-Length: 0\r\n\r\n",
      "HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 0\r\n\r\n"s,
      "HTTP/1.1 200 OK\r\nX: a\x01\r\nContent-Length: 0\r\n\r\n",
      "HTTP/1.1 200 OK\r\nX y\r\nContent-Length: 0\r\n\r\n",
      "HTTP/1.1 200 OK\r\nX:\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "HTTP/1.1 200 OK\r\nX: y\nContent-Length: 0\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\rZ\r\n",
      // Lengths.
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok",
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok!",
      "HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\nok",
      "HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\nok",
      "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nok",
      "HTTP/1.1 200 OK\r\nContent-Length: 0x2\r\n\r\nok",
      "HTTP/1.1 200 OK\r\nContent-Length: \r\n\r\nok",
      "HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n\r\nok",
      // Codings.
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n0\r\n\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n\r\nok",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: xchunked\r\n\r\nok",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, gzip\r\n\r\nok",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding:\r\n\r\nok",
      "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      // Chunks.
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZ\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\nx",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nokXX0\r\n\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\rZ",
      // No body, but one is declared; 101 that nobody asked for.
      "HTTP/1.1 204 No\r\nContent-Length: 2\r\n\r\nok",
      "HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\n\r\n",
  };
  return list;
}

}  // namespace

TEST_CASE("h1_call: 53 bad answers are failures, never ends, and their connection is closed") {
  REQUIRE(bad_answers().size() == 53);
  int clean_ends = 0;
  int pooled = 0;
  int runs = 0;
  for (const std::string& answer : bad_answers()) {
    for (const bool byte_by_byte : {false, true}) {
      CAPTURE(answer);
      Bench bench;
      // On a connection that has served before, so that pooling it would be the habit.
      {
        const auto first = bench.start(get());
        bench.arrive(kOk);
        REQUIRE(first->ended);
      }
      const auto puller = bench.start(get());
      Wire& wire = bench.wire();
      if (byte_by_byte) {
        for (const char byte : answer) {
          wire.arrive(Bytes(&byte, 1));
          bench.loop.run();
        }
      } else {
        bench.arrive(answer);
      }
      wire.arrive_end();
      bench.loop.run();
      ++runs;
      clean_ends += puller->ended ? 1 : 0;
      pooled += wire.closed ? 0 : 1;
      CHECK(puller->failed);
      CHECK(bench.transport.connects == 1);  // and none of them is asked again
    }
  }
  CHECK(clean_ends == 0);
  CHECK(pooled == 0);
  std::printf("B1: bad answers with a clean end: %d of %d; pooled: %d of %d\n", clean_ends, runs,
              pooled, runs);
}
