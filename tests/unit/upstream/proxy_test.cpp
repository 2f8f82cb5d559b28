#include "core/upstream/proxy.h"

#include <doctest/doctest.h>

#include "tests/support/split.h"

using namespace aip;
using namespace aip::upstream;
using namespace std::string_literals;

namespace {

struct Spoken {
  std::string sent;
  std::string left;  // behind the handshake
  bool done = false;
  std::optional<Error> error;
};

// What the proxy says, in pieces, and what is said to it.
Spoken speak(const std::string& url, const std::string& host,
             const std::vector<std::string_view>& pieces) {
  const auto handshake = make_handshake(parse_proxy(url).value(), host, 443);
  Spoken spoken;
  spoken.sent = handshake->hello();
  for (const std::string_view piece : pieces) {
    Bytes input = piece;
    while (!handshake->done() && !input.empty()) {
      Result<std::string> out = handshake->feed(input);
      if (!out) {
        spoken.error = out.error();
        return spoken;
      }
      spoken.sent += *out;
    }
    spoken.left += input;
  }
  spoken.done = handshake->done();
  return spoken;
}

}  // namespace

TEST_CASE("proxy: URLs of all schemes are read, with their ports") {
  const Proxy http = parse_proxy("http://proxy.test").value();
  CHECK(http.kind == Proxy::Kind::Http);
  CHECK(http.host == "proxy.test");
  CHECK(http.port == 80);
  CHECK_FALSE(http.tls);
  CHECK(parse_proxy("https://proxy.test/").value().tls);
  CHECK(parse_proxy("https://proxy.test/").value().port == 443);
  const Proxy socks = parse_proxy("socks5://us%3Aer:p%40ss@127.0.0.1:9050").value();
  CHECK(socks.kind == Proxy::Kind::Socks5);
  CHECK(socks.local_names);
  CHECK(socks.user == "us:er");
  CHECK(socks.password == "p@ss");
  CHECK(socks.port == 9050);
  CHECK_FALSE(parse_proxy("socks5h://x").value().local_names);
  CHECK(parse_proxy("socks5h://[::1]:1").value().host == "::1");
}

TEST_CASE("proxy: what is no proxy URL is refused without being repeated") {
  for (const char* url :
       {"", "proxy.test:80", "ftp://x", "http://", "http://:80", "http://x:0", "http://x:65536",
        "http://x:1a", "http://x:", "http://[::1", "http://[zz]:1", "http://a b", "http://a/b",
        "http://secret%zz@x", "http://secret%4@x", "socks4://x", "http://[::1]x:secret@"}) {
    CAPTURE(url);
    const Result<Proxy> proxy = parse_proxy(url);
    REQUIRE_FALSE(proxy.ok());
    CHECK(proxy.error().code == ErrorCode::GatewayConfig);
    CHECK(proxy.error().detail.find("secret") == std::string::npos);
  }
}

TEST_CASE("proxy: CONNECT names the target, and leaves what comes behind the consent") {
  const std::string answer = "HTTP/1.1 100 Wait\r\n\r\nHTTP/1.1 200 Fine\r\nX: y\r\n\r\nhello";
  test::in_every_split(answer, [](const std::vector<std::string_view>& pieces) {
    const Spoken spoken = speak("http://us:pass@p", "api.test", pieces);
    REQUIRE(spoken.done);
    REQUIRE(spoken.left == "hello");
    REQUIRE(spoken.sent ==
            "CONNECT api.test:443 HTTP/1.1\r\nhost: api.test:443\r\n"
            "proxy-authorization: Basic dXM6cGFzcw==\r\n\r\n");
  });
}

TEST_CASE("proxy: CONNECT puts an IPv6 address into brackets") {
  CHECK(speak("http://p", "::1", {}).sent ==
        "CONNECT [::1]:443 HTTP/1.1\r\nhost: [::1]:443\r\n\r\n");
}

TEST_CASE("proxy: credentials of every length modulo three are encoded right") {
  CHECK(speak("http://a@p", "h", {}).sent.find("Basic YTo=\r\n") != std::string::npos);
  CHECK(speak("http://a:b@p", "h", {}).sent.find("Basic YTpi\r\n") != std::string::npos);
  CHECK(speak("http://a:bc@p", "h", {}).sent.find("Basic YTpiYw==\r\n") != std::string::npos);
}

TEST_CASE("proxy: a refusal of CONNECT tells the status") {
  const Spoken spoken =
      speak("http://p", "h", {"HTTP/1.1 407 Who\r\nContent-Length: 3\r\n\r\nwho"});

  REQUIRE(spoken.error.has_value());
  CHECK(spoken.error->code == ErrorCode::ProviderConnect);
  CHECK(spoken.error->detail == "the proxy answered 407");
}

TEST_CASE("proxy: SOCKS5 with a name, at every split of the proxy's bytes") {
  const std::string answers[] = {
      "\5\0\5\0\0\1\177\0\0\1\0\120hello"s,                      // bound to IPv4
      "\5\0\5\0\0\4"s + std::string(16, '\1') + "\0\120hello"s,  // to IPv6
      "\5\0\5\0\0\3\4home\0\120hello"s,                          // to a name
      "\5\0\5\0\0\3\0\0\120hello"s,                              // to an empty name
  };
  for (const std::string& answer : answers) {
    test::in_every_split(answer, [](const std::vector<std::string_view>& pieces) {
      const Spoken spoken = speak("socks5h://p", "api.test", pieces);
      REQUIRE(spoken.done);
      REQUIRE(spoken.left == "hello");
      REQUIRE(spoken.sent == "\5\1\0"s + "\5\1\0\3\10api.test\1\273"s);
    });
  }
}

TEST_CASE("proxy: SOCKS5 with user and password, and addresses as addresses") {
  const Spoken four = speak("socks5://us:pass@p", "10.0.0.1", {"\5\2\1\0\5\0\0\1\0\0\0\0\0\0"s});
  CHECK(four.done);
  CHECK(four.sent == "\5\2\0\2"s + "\1\2us\4pass"s + "\5\1\0\1\12\0\0\1\1\273"s);

  const Spoken six = speak("socks5://p", "::1", {"\5\0\5\0\0\1\0\0\0\0\0\0"s});
  CHECK(six.sent == "\5\1\0"s + "\5\1\0\4"s + std::string(15, '\0') + "\1\1\273"s);
}

TEST_CASE("proxy: SOCKS5 refusals are named") {
  struct Case {
    std::string answer;
    const char* detail;
  };
  const Case cases[] = {
      {"\4\0"s, "the proxy: not SOCKS5"},
      {"\5\377"s, "the proxy: it wants to know who asks"},
      {"\5\2"s, "the proxy: it wants to know who asks"},  // we offered no password
      {"\5\0\5\5\0\1\0"s, "the proxy: refused"},
      {"\5\0\5\2\0\1\0"s, "the proxy: not allowed by its rules"},
      {"\5\0\5\63\0\1\0"s, "the proxy: unknown reply"},
      {"\5\0\5\0\0\7\0"s, "the proxy: not SOCKS5"},
      {"\5\0HTTP/"s, "the proxy: not SOCKS5"},
  };
  for (const Case& c : cases) {
    const Spoken spoken = speak("socks5h://p", "h", {c.answer});
    REQUIRE(spoken.error.has_value());
    CHECK(spoken.error->detail == c.detail);
    CHECK(spoken.error->code == ErrorCode::ProviderConnect);
  }
  const Spoken spoken = speak("socks5h://u:x@p", "h", {"\5\2\1\1"s});
  REQUIRE(spoken.error.has_value());
  CHECK(spoken.error->detail == "the proxy: user or password is wrong");
}
