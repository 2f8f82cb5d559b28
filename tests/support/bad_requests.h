// bad_requests.h - requests that a gateway must refuse, each with the rule that refuses it.
//
// Restated by us from the public record of request smuggling: the holes of llhttp, Node.js,
// HAProxy, Pingora, Envoy and others that docs/decisions/0006 lists. Most are malformed by
// RFC 9112, some are legal and refused by policy. `served` is how many good requests stand in
// front of the bad bytes: they are answered, then the connection ends.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace aip::test {

struct BadMessage {
  std::string rule;
  std::string what;
  std::string bytes;
  int served = 0;
};

namespace bad {

using std::string;
using namespace std::string_literals;

inline string get(const string& fields) {
  return "GET / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n";
}
inline string line(const string& start) {
  return start + "\r\nHost: a\r\n\r\n";
}
inline string target(const string& text) {
  return line("GET " + text + " HTTP/1.1");
}
inline string post(const string& fields, const string& body) {
  return "POST / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n" + body;
}
inline string chunks(const string& body) {
  return post("Transfer-Encoding: chunked\r\n", body);
}
inline string good() {
  return get("");
}

inline void add_lines(std::vector<BadMessage>& out) {
  const auto add = [&out](string rule, string what, string bytes) {
    out.push_back({std::move(rule), std::move(what), std::move(bytes)});
  };
  add("R0", "two blank lines in front", "\r\n\r\n" + good());
  add("R0", "a blank line that is a bare LF", "\n" + good());
  add("R0", "a bare CR in front", "\r" + good());
  add("R0", "blanks in front", "  " + good());
  add("R1", "LF ends the request line", "GET / HTTP/1.1\nHost: a\r\n\r\n");
  add("R1", "LF ends a field", "GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n");
  add("R1", "LF ends the head", "GET / HTTP/1.1\r\nHost: a\r\n\n");
  add("R1", "LF alone everywhere", "GET / HTTP/1.1\nHost: a\n\n");
  add("R1", "LF CR in place of CR LF", "GET / HTTP/1.1\n\rHost: a\n\r\n\r");
  add("R1", "CR alone everywhere", "GET / HTTP/1.1\rHost: a\r\r");
  add("R1", "CR and a letter end the head", "GET / HTTP/1.1\r\nHost: a\r\n\rZ");
  add("R1", "CR CR LF ends a field", get("X: y\r\r\n"));
  add("R1", "a bare CR inside a value", get("X: 1\rBar: 2\r\n"));
  add("R1", "a bare CR behind an empty value hides a field (CVE-2023-30589)",
      post("X:\rTransfer-Encoding: chunked\r\n", "0\r\n\r\n"));
  add("R1", "a bare CR at the start of a value", get("X: \ry\r\n"));
  add("R1", "a bare CR in the request line", "GET / HTTP/1.1\rX\r\nHost: a\r\n\r\n");
  add("R1", "NUL in a value", get("X: a\0b\r\n"s));
  add("R1", "a control byte in a value", get("X: a\x01z\r\n"));
  add("R1", "DEL in a value", get("X: a\x7fz\r\n"));
  add("R1", "ESC in a value", get("X: \x1b[31m\r\n"));
  add("R1", "a vertical tab in a value", get("X: a\x0bz\r\n"));
  add("R1", "NUL behind the head's last field", "GET / HTTP/1.1\r\nHost: a\0\r\n\r\n"s);
  add("R2", "a folded value, blank", get("X: a\r\n b\r\n"));
  add("R2", "a folded value, tab", get("X: a\r\n\tb\r\n"));
  add("R2", "a fold in front of the value",
      post("Transfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n"));
  add("R2", "a Content-Length in a fold (CVE-2024-27982)",
      post("X: y\r\n Content-Length: 5\r\n", "hello"));
  add("R2", "the first field starts with a blank", "GET / HTTP/1.1\r\n Host: a\r\n\r\n");
  add("R2", "a fold inside Content-Length", post("Content-Length: 1\r\n 2\r\n", "hello world!"));
  add("R2", "a fold inside Connection", get("Connection: close\r\n , keep-alive\r\n"));
  add("R2", "a line of blanks", get(" \r\n"));
  add("R2", "a blank in front of the colon of a framing field",
      post("Content-Length : 5\r\n", "hello"));
  add("R2", "a tab in front of the colon of a framing field",
      post("Transfer-Encoding\t: chunked\r\n", "0\r\n\r\n"));
  add("R2", "a blank in front of any colon", get("X : y\r\n"));
  add("R2", "a blank inside a name", get("X Y: z\r\n"));
  add("R2", "an empty name (CVE-2023-25725)", get(": x\r\n"));
  add("R2", "a lone colon", get(":\r\n"));
  add("R2", "a field without a colon", get("X\r\n"));
  add("R2", "a field that is only a value", get("x y z\r\n"));
  add("R2", "NUL in a name", get("X\0Y: z\r\n"s));
  add("R2", "a control byte in a name", get("X\x01: z\r\n"));
  add("R2", "a bare CR in a name", get("X\rY: z\r\n"));
  add("R2", "an 8-bit byte in a name", get("X\xe4: z\r\n"));
  add("R2", "a name in UTF-8 that lowers to a letter",
      post("Content-\xe2\x84\xaa"
           "ength: 5\r\n",
           "hello"));
  for (const char c : "@\"(),/;<=>?[]\\{}"s) {
    add("R2", "a separator in a name: "s + c, get("X"s + c + ": z\r\n"));
  }
}

inline void add_start_lines(std::vector<BadMessage>& out) {
  const auto add = [&out](string what, string bytes) {
    out.push_back({"R3", std::move(what), std::move(bytes)});
  };
  add("HTTP/0.9", "GET /\r\n\r\n");
  add("HTTP/0.9 with fields", "GET /\r\nHost: a\r\n\r\n");
  add("no target", line("GET HTTP/1.1"));
  add("no method", line("/ HTTP/1.1"));
  add("an empty method", line(" / HTTP/1.1"));
  add("two blanks in front of the target", line("GET  / HTTP/1.1"));
  add("two blanks in front of the version", line("GET /  HTTP/1.1"));
  add("a blank behind the version", line("GET / HTTP/1.1 "));
  add("a tab for a blank", line("GET\t/ HTTP/1.1"));
  add("a tab in front of the version", line("GET /\tHTTP/1.1"));
  add("a fourth word", line("GET / HTTP/1.1 x"));
  add("a blank in the target", line("GET /a b HTTP/1.1"));
  for (const char* version : {"HTTP/0.9", "HTTP/2.0", "HTTP/1.2", "HTTP/1.10", "HTTP/01.1",
                              "HTTP/1", "HTTP/1.", "HTTP/1,1", "http/1.1", "HTTP /1.1", "HTTP/ 1.1",
                              "RTSP/1.0", "ICE/1.0", "HTP/1.1", "HTTPS/1.1", "HTTP/+1.1"}) {
    add("version "s + version, line("POST / "s + version));
  }
  for (const char* method : {"CONNECT", "TRACE", "PRI", "DESCRIBE", "SOURCE", "PROPFIND", "get",
                             "Get", "FOO", "GE", "GETT", "G\xc3\x8aT", "\"GET\"", "GET,POST"}) {
    add("method "s + method, line(method + " / HTTP/1.1"s));
  }
  add("the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  add("a TLS hello", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"s);
  for (const char* text : {"*",
                           "a",
                           "a/b",
                           "?x",
                           "http://b/",
                           "http://user@a/",
                           "https://a/",
                           "file:///etc/passwd",
                           "a:443",
                           "//b/",
                           "//",
                           "/#frag",
                           "/a#",
                           "/\"",
                           "/<x>",
                           "/a\\b",
                           "/^",
                           "/`",
                           "/{x}",
                           "/a|b",
                           "/\x7f",
                           "/\xc3\xa4",
                           "/\xff",
                           "/%",
                           "/%2",
                           "/%zz",
                           "/%u0041",
                           "/%00",
                           "/%0a",
                           "/%0D",
                           "/a%2fb",
                           "/a%2Fb",
                           "/a%5cb",
                           "/%5C..",
                           "/.",
                           "/..",
                           "/../x",
                           "/a/../b",
                           "/a/./b",
                           "/a/..",
                           "/%2e%2e/x",
                           "/a/%2E./b",
                           "/.%2e",
                           "/%2e",
                           "/?x=%0d%0aX:y",
                           "/?%00",
                           "/?a=\"",
                           "/?a#b",
                           "/[x]"}) {
    add("target "s + text, target(text));
  }
  add("NUL in the target", target("/a\0b"s));
  add("a form feed in the target", target("/a\x0c"
                                          "b"));
  add("a star for another method", line("GET * HTTP/1.1"));
}

inline void add_hosts(std::vector<BadMessage>& out) {
  const auto add = [&out](string what, string fields) {
    out.push_back({"R4", std::move(what), "GET / HTTP/1.1\r\n" + fields + "\r\n"});
  };
  add("no Host", "");
  add("an empty Host", "Host:\r\n");
  add("a blank Host", "Host: \t \r\n");
  add("two Hosts", "Host: a\r\nHost: b\r\n");
  add("the same Host twice", "Host: a\r\nHost: a\r\n");
  add("two Hosts, far apart, in other case", "Host: a\r\nX: y\r\nhOST: a\r\n");
  for (const char* host :
       {"a b",      "a/b",     "a?b",      "a#b",  "user@a", "a,b", "a:b",  "a:",     "a:99999",
        "a:-1",     "a:80:80", "http://a", "[::1", "::1",    "[]",  "[x]",  "[::1]x", "[::1]:x",
        "\xc3\xa4", "a%00",    "a%2eb",    "a\\b", "a;b",    "(a)", "\"a\""}) {
    add("Host "s + host, "Host: "s + host + "\r\n");
  }
}

inline void add_lengths(std::vector<BadMessage>& out) {
  const auto add = [&out](string rule, string what, string bytes) {
    out.push_back({std::move(rule), std::move(what), std::move(bytes)});
  };
  for (const char* value :
       {"", "+5", "-1", "0x5", "5Z", "5 5", "5,5", "5, 5", "5;", "5.0", "1e1", "0005", "\"5\"",
        "\xd9\xa5", "18446744073709551615", "18446744073709551616", "18446744073709551621",
        "1000000000000000", "9999999999999999999999"}) {
    add("R6", "Content-Length "s + value, post("Content-Length: "s + value + "\r\n", "hello"));
  }
  add("R6", "two Content-Lengths", post("Content-Length: 5\r\nContent-Length: 6\r\n", "hello!"));
  add("R6", "the same Content-Length twice",
      post("Content-Length: 5\r\nContent-Length: 5\r\n", "hello"));
  add("R6", "an empty one and a good one",
      post("Content-Length:\r\nContent-Length: 5\r\n", "hello"));
  for (const char* value :
       {"", "identity", "xchunked", "chunkedx", "gzip, chunked", "chunked, gzip", ",chunked",
        "chunked,", "chunked, chunked", "\"chunked\"", "chunked;q=1", "chunked identity",
        "identity, chunked", "chu nked", "deflate"}) {
    add("R5", "Transfer-Encoding "s + value,
        post("Transfer-Encoding: "s + value + "\r\n", "0\r\n\r\n"));
  }
  add("R5", "chunked beside a length",
      post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"));
  add("R5", "a length beside chunked",
      post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n"));
  add("R5", "identity beside a length",
      post("Transfer-Encoding: identity\r\nContent-Length: 5\r\n", "hello"));
  add("R5", "an empty coding beside a length",
      post("Transfer-Encoding:\r\nContent-Length: 5\r\n", "hello"));
  add("R5", "a length beside an empty coding",
      post("Content-Length: 5\r\nTransfer-Encoding:\r\n", "hello"));
  add("R5", "chunked twice",
      post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"));
  add("R5", "identity, then chunked",
      post("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"));
  add("R5", "chunked on HTTP/1.0",
      "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
}

inline void add_chunks(std::vector<BadMessage>& out) {
  const auto add = [&out](string what, string body) {
    out.push_back({"R7", std::move(what), chunks(body)});
  };
  for (const char* size : {"0x5",
                           "+5",
                           "-1",
                           " 5",
                           "5 ",
                           "5\t",
                           "",
                           "g",
                           "5.0",
                           "\xd9\xa5",
                           "fffffffffffffffff",
                           "FFFFFFFFFFFFFFFF",
                           "0000000000005",
                           "5 ;a=1",
                           "5; a=1",
                           "5;a =1",
                           "5;a= 1",
                           "5;",
                           "5;;a",
                           "5;=1",
                           "5;a=",
                           "5;a=\"x",
                           "5;a=\"x\"y",
                           "5 a",
                           "5,a",
                           "5;a=\"\\\"",
                           "5\"",
                           "5;a=(x)"}) {
    add("chunk line "s + size, size + "\r\nhello\r\n0\r\n\r\n"s);
  }
  add("64 leading zeros", string(64, '0') + "5\r\nhello\r\n0\r\n\r\n");
  add("NUL in an extension", "5;a=\0\r\nhello\r\n0\r\n\r\n"s);
  add("LF ends a chunk line", "5\nhello\r\n0\r\n\r\n");
  add("CR and a letter end a chunk line", "5\rXhello\r\n0\r\n\r\n");
  add("an extension ends with CR and a letter", "5;a\rXhello\r\n0\r\n\r\n");
  add("a line end in the quotes of an extension", "5;a=\"x\r\ny\"\r\nhello\r\n0\r\n\r\n");
  add("LF in the quotes of an extension", "5;a=\"x\ny\"\r\nhello\r\n0\r\n\r\n");
  add("chunk bytes and two others", "5\r\nhelloXX0\r\n\r\n");
  add("chunk bytes and no line end", "5\r\nhello0\r\n\r\n");
  add("chunk bytes and LF", "5\r\nhello\n0\r\n\r\n");
  add("chunk bytes longer than their size", "5\r\nhello!\r\n0\r\n\r\n");
  add("chunk bytes shorter than their size", "5\r\nhell\r\n0\r\n\r\n");
  add("a last chunk and LF", "0\r\n\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
  add("a last chunk and CR Z", "0\r\n\rZ");
  add("LF ends the last chunk's line", "0\n\r\n");
  add("an extension of 257 bytes", "5;" + string(256, 'a') + "\r\nhello\r\n0\r\n\r\n");
  add("a trailer that frames: Content-Length", "0\r\nContent-Length: 5\r\n\r\n");
  add("a trailer that frames: Transfer-Encoding", "0\r\nTransfer-Encoding: chunked\r\n\r\n");
  add("a folded trailer", "0\r\nX: a\r\n b\r\n\r\n");
  add("a trailer without a name", "0\r\n: a\r\n\r\n");
  add("a trailer with a bare CR", "0\r\nX: a\rb\r\n\r\n");
  add("a trailer that ends with LF", "0\r\nX: a\n\r\n");
  add("a trailer with NUL", "0\r\nX: \0\r\n\r\n"s);
  string many;
  for (int i = 0; i < 80; ++i) many += "1;" + string(254, 'e') + "\r\nx\r\n";
  add("extensions of 20 KB", many + "0\r\n\r\n");
  string padded;
  for (int i = 0; i < 4000; ++i) padded += "000000000001\r\nx\r\n";
  add("size digits that outweigh the body", padded + "0\r\n\r\n");
  add("trailers of 9 KB", "0\r\n" + string("X: ") + string(9000, 'x') + "\r\n\r\n");
}

inline void add_connections(std::vector<BadMessage>& out) {
  const auto add = [&out](string rule, string what, string bytes, int served = 0) {
    out.push_back({std::move(rule), std::move(what), std::move(bytes), served});
  };
  for (const char* name :
       {"Content-Length", "Transfer-Encoding", "Host", "Authorization", "X-Api-Key",
        "x-goog-api-key", "Cookie", "content-type", "traceparent", "x-request-id"}) {
    add("R8", "Connection names "s + name, get("Connection: close, "s + name + "\r\n"));
  }
  add("R8", "Connection holds what is no option", get("Connection: cl ose\r\n"));
  const string upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\n";
  add("R8", "an upgrade with a length", get(upgrade + "Content-Length: 5\r\n") + "hello");
  add("R8", "an upgrade with chunks",
      get(upgrade + "Transfer-Encoding: chunked\r\n") + "0\r\n\r\n");
  add("R8", "an upgrade by POST", post(upgrade, ""));
  add("R9", "a request behind Connection: close", get("Connection: close\r\n") + good(), 1);
  add("R9", "a request behind Connection: close and a tab", get("Connection: close\t\r\n") + good(),
      1);
  add("R9", "a request behind HTTP/1.0", "GET / HTTP/1.0\r\nHost: a\r\n\r\n" + good(), 1);
  add("R9", "a trailer revives a connection that closes",
      post("Connection: close\r\nTransfer-Encoding: chunked\r\n",
           "0\r\nConnection: keep-alive\r\n\r\n") +
          good(),
      1);
  add("R3", "a body longer than its length", post("Content-Length: 4\r\n", "hello") + good(), 1);
  add("R3", "garbage behind a request", good() + "garbage\r\n\r\n", 1);
}

}  // namespace bad

inline std::vector<BadMessage> bad_requests() {
  std::vector<BadMessage> out;
  bad::add_lines(out);
  bad::add_start_lines(out);
  bad::add_hosts(out);
  bad::add_lengths(out);
  bad::add_chunks(out);
  bad::add_connections(out);
  return out;
}

}  // namespace aip::test
