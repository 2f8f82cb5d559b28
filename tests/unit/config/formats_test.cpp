#include "core/config/formats.h"

#include <doctest/doctest.h>

#include <cstdio>

#include "tests/unit/config/support.h"

using namespace aip::config;

namespace {

bool good(std::string_view format, std::string_view text) {
  return !format_fault(format, text).has_value();
}

}  // namespace

TEST_CASE("formats: a base URL is http or https, with a host, and nothing that could move it") {
  for (const char* text :
       {"http://h", "https://api.openai.com", "HTTPS://API.openai.com/v1/", "http://127.0.0.1:8080",
        "http://[::1]:80/x", "https://h/a/b.c-d_e~f", "http://my_host:65535", "http://h:1"}) {
    CHECK(good("http-url", text));
  }
  for (const char* text : {"",
                           "h",
                           "ftp://h",
                           "http:/h",
                           "http://",
                           "http:///x",
                           "http://u@h",
                           "http://u:p@h",
                           "http://h?x",
                           "http://h/#x",
                           "http://h/%2e",
                           "http://h\\x",
                           "http://h /",
                           "http://h\r\nX: 1",
                           "http://h:0",
                           "http://h:65536",
                           "http://h:",
                           "http://h:x",
                           "http://[::1",
                           "http://[x]",
                           "http://h/../x",
                           "http://h/./x",
                           "http://h/..",
                           "http://-h",
                           "http://.h",
                           "http://h%41",
                           "http://h@evil",
                           "http://h/@x",
                           "http://\xC3\xA9",
                           "javascript:alert(1)"}) {
    CHECK_MESSAGE(!good("http-url", text), text);
  }
}

TEST_CASE("formats: a WebSocket's URL is one of its own schemes") {
  CHECK(good("ws-url", "wss://h/x"));
  CHECK(good("ws-url", "ws://127.0.0.1:1"));
  CHECK_FALSE(good("ws-url", "https://h"));
  CHECK_FALSE(good("ws-url", "wss://u@h"));
}

TEST_CASE("formats: a proxy may have a user, a scheme of four, and no path") {
  for (const char* text : {"http://p:1", "https://p", "socks5://127.0.0.1:1080",
                           "socks5h://user:pa%40ss@p:1080", "http://p:1/"}) {
    CHECK(good("proxy-url", text));
  }
  for (const char* text : {"", "p:1", "socks4://p:1", "http://p:1/x", "http://p:x", "http://p 1"}) {
    CHECK_FALSE(good("proxy-url", text));
  }
}

TEST_CASE("formats: listen addresses") {
  const auto address = [](const char* text) {
    const auto parsed = parse_address(text);
    return parsed ? parsed->host + " " + std::to_string(parsed->port) : std::string("none");
  };
  CHECK(address(":8999") == "0.0.0.0 8999");
  CHECK(address("127.0.0.1:0") == "127.0.0.1 0");
  CHECK(address("localhost:80") == "localhost 80");
  CHECK(address("[::1]:8999") == "::1 8999");
  CHECK(address("[::]:1") == ":: 1");
  CHECK(address("h:65535") == "h 65535");
  for (const char* text : {"", "8999", "h", "h:", "h:x", "h:65536", "h:-1", "h:+1", "::1:80",
                           "[::1]", "[::1:80", "[x]:1", "h :1", "a/b:1", "h:1 "}) {
    CHECK_MESSAGE(address(text) == "none", text);
  }
}

TEST_CASE("formats: loopback is 127/8, ::1 and localhost") {
  for (const char* host : {"127.0.0.1", "127.1.2.3", "::1", "localhost"}) CHECK(is_loopback(host));
  for (const char* host : {"0.0.0.0", "::", "128.0.0.1", "10.0.0.1", "example.com", ""}) {
    CHECK_FALSE(is_loopback(host));
  }
}

TEST_CASE("formats: small ones, at their edges") {
  CHECK(good("host-label", std::string(63, 'a')));
  CHECK_FALSE(good("host-label", std::string(64, 'a')));
  CHECK_FALSE(good("host-label", ""));
  CHECK_FALSE(good("host-label", "-a"));
  CHECK(good("name", std::string(64, 'a')));
  CHECK_FALSE(good("name", std::string(65, 'a')));
  CHECK_FALSE(good("name", "a/b"));
  CHECK_FALSE(good("name", ".a"));
  CHECK(good("sha256", std::string(64, 'A')));
  CHECK_FALSE(good("sha256", std::string(63, 'a')));
  CHECK_FALSE(good("sha256", std::string(65, 'a')));
  CHECK_FALSE(good("sha256", std::string(64, 'g')));
  CHECK(good("host-glob", "*.example.com"));
  CHECK_FALSE(good("host-glob", "https://x"));
  CHECK_FALSE(good("host-glob", std::string(254, 'a')));
  CHECK(good("forward-rule", "POST /v1/images/*"));
  CHECK(good("forward-rule", "* /*"));
  for (const char* text : {"", "POST", "POST ", "POST v1", "post /v1", "/v1", " /v1"}) {
    CHECK_FALSE(good("forward-rule", text));
  }
  CHECK_FALSE(good("path", ""));
  CHECK(good("no such format", "anything"));
}

TEST_CASE("formats: the host of a URL") {
  CHECK(url_host("https://API.OpenAI.com:8443/v1") == "api.openai.com");
  CHECK(url_host("http://[2001:DB8::1]:80/") == "2001:db8::1");
  CHECK(url_host("nonsense").empty());
}

TEST_CASE("formats: no character of a configured value moves a request to another host") {
  // A value that becomes part of a host's name, and one that becomes a URL's beginning.
  int moved = 0, tried = 0;
  for (const char c : std::string_view("#/@?: \r\n%")) {
    const std::string quoted = c == '\r' ? "\\r" : c == '\n' ? "\\n" : std::string(1, c);
    for (const std::string& line :
         {"region: \"" + quoted + "evil.example\"", "region: \"us" + quoted + "\"",
          "base_url: \"https://api.example" + quoted + "evil.example\"",
          "base_url: \"https://api.example" + quoted + "@evil.example\""}) {
      ++tried;
      const Loaded loaded = test::load_text("providers:\n  openai:\n    " + line + "\n");
      if (!loaded.config) continue;
      // "https://api.example/evil.example" keeps its host; nothing else may pass.
      const std::string host = url_host(loaded.config->providers[0].base_url);
      if (c != '/' || host != "api.example") ++moved;
    }
  }
  CHECK(moved == 0);
  std::printf("E8: moved hosts: %d of %d\n", moved, tried);
}
