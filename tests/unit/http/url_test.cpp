#include "core/http/url.h"

#include <doctest/doctest.h>

using namespace aip::http;

TEST_CASE("url: the parts of an absolute URL") {
  const Url plain = parse_url("HTTP://API.Example.com/v1/x?y=z").value();
  CHECK_FALSE(plain.tls);
  CHECK(plain.host == "api.example.com");
  CHECK(plain.port == 80);
  CHECK(plain.target == "/v1/x?y=z");
  CHECK(plain.authority == "api.example.com");

  const Url tls = parse_url("https://a:8443").value();
  CHECK(tls.tls);
  CHECK(tls.port == 8443);
  CHECK(tls.target == "/");
  CHECK(tls.authority == "a:8443");

  CHECK(parse_url("https://a:443/").value().authority == "a");
  CHECK(parse_url("http://a:443/").value().authority == "a:443");
  CHECK(parse_url("https://a?x=1").value().target == "/?x=1");
  CHECK(parse_url("wss://a/chat").value().tls);
  CHECK_FALSE(parse_url("ws://a/chat").value().tls);
}

TEST_CASE("url: an IPv6 literal loses its brackets as a host and keeps them as an authority") {
  const Url url = parse_url("http://[::1]:8080/x").value();
  CHECK(url.ipv6);
  CHECK(url.host == "::1");
  CHECK(url.authority == "[::1]:8080");
}

TEST_CASE("url: what could name two hosts is refused") {
  for (const char* text : {"",
                           "a",
                           "/v1",
                           "//a/",
                           "ftp://a/",
                           "http:///x",
                           "http://",
                           "https://user@a/",
                           "https://user:pass@a/",
                           "https://a/#frag",
                           "https://a#b/",
                           "https://a\\@b/",
                           "https://a b/",
                           "https://a/\r\nX: y",
                           "https://a%2eb/",
                           "https://a:0/",
                           "https://a:65536/",
                           "https://a:1x/",
                           "https://a/../b",
                           "https://a/%2e%2E/b",
                           "https://[::1/",
                           "https://[v1.x]/",
                           "https://\xc3\xa4/",
                           "https://a/\xc3\xa4",
                           "https://a,b/",
                           "https://$a/"}) {
    CAPTURE(std::string(text));
    const auto url = parse_url(text);
    CHECK_FALSE(url.ok());
  }
}

TEST_CASE("url: values of a query are found and taken out in whatever spelling of the name") {
  CHECK(query_value("key=a%2Bb&x=1", "key") == "a+b");
  CHECK(query_value("x=1&%6bey=v", "key") == "v");
  CHECK(query_value("key", "key") == "");
  CHECK_FALSE(query_value("keys=1&xkey=2", "key").has_value());
  CHECK_FALSE(query_value("", "key").has_value());
  CHECK(query_without("a=1&key=s&b=2&%6Bey=t&key", "key") == "a=1&b=2");
  CHECK(query_without("key=s", "key") == "");
}
