#include "core/upstream/request_head.h"

#include <doctest/doctest.h>

#include "tests/unit/upstream/fakes.h"

using namespace aip;
using namespace aip::upstream;

namespace {

std::string head_of(const CallSpec& spec) {
  return request_head(spec, http::parse_url(spec.url).value()).value();
}

}  // namespace

TEST_CASE("request_head: a GET without a body declares none") {
  CHECK(head_of(get("https://api.test/v1/models?limit=2")) ==
        "GET /v1/models?limit=2 HTTP/1.1\r\nhost: api.test\r\naccept-encoding: identity\r\n\r\n");
}

TEST_CASE("request_head: a body has its length, and a POST says so even when it is empty") {
  CHECK(head_of(post("12345")).find("content-length: 5\r\n") != std::string::npos);
  CHECK(head_of(post("")).find("content-length: 0\r\n") != std::string::npos);
}

TEST_CASE("request_head: a streamed body is chunked or has the length that was said") {
  CallSpec spec = post("");
  spec.body_streams = true;
  CHECK(head_of(spec).find("transfer-encoding: chunked\r\n") != std::string::npos);
  CHECK(head_of(spec).find("content-length") == std::string::npos);
  spec.body_length = 7;
  CHECK(head_of(spec).find("content-length: 7\r\n") != std::string::npos);
  CHECK(head_of(spec).find("transfer-encoding") == std::string::npos);
}

TEST_CASE("request_head: fields of this connection cannot come from outside") {
  CallSpec spec = post("12345");
  for (const char* name :
       {"Host", "Connection", "Content-Length", "TRANSFER-ENCODING", "Keep-Alive", "TE", "Trailer",
        "Upgrade", "Expect", "Proxy-Connection", "Accept-Encoding"}) {
    spec.headers.add(name, "evil");
  }
  spec.headers.add("X-Fine", "1");

  const std::string head = head_of(spec);

  CHECK(head.find("evil") == std::string::npos);
  CHECK(head.find("X-Fine: 1\r\n") != std::string::npos);
}

TEST_CASE("request_head: an upgrade names websocket and has no body") {
  CallSpec spec = get();
  spec.upgrade = true;
  spec.body_streams = true;

  const std::string head = head_of(spec);

  CHECK(head.find("connection: upgrade\r\nupgrade: websocket\r\n") != std::string::npos);
  CHECK(head.find("transfer-encoding") == std::string::npos);
}

TEST_CASE("request_head: what would break a head is refused, and its value not told") {
  for (const std::string_view value : {Bytes("a\r\nx: y"), Bytes("a\nb"), Bytes("a\0b", 3)}) {
    CallSpec spec = get();
    spec.headers.add("authorization", std::string("secret") + std::string(value));
    const auto head = request_head(spec, http::parse_url(spec.url).value());
    REQUIRE_FALSE(head.ok());
    CHECK(head.error().code == ErrorCode::GatewayPlugin);
    CHECK(head.error().detail.find("secret") == std::string::npos);
  }
  CallSpec spec = get();
  spec.headers.add("bad name", "x");
  CHECK_FALSE(request_head(spec, http::parse_url(spec.url).value()).ok());
  spec = get();
  spec.method = "GET / HTTP/1.1\r\nx: y\r\n\r\nGET";
  CHECK_FALSE(request_head(spec, http::parse_url(spec.url).value()).ok());
}
