// url.h - absolute http(s) and ws(s) URLs, split by uriparser (RFC 3986), and names in queries.
//
// A user part, a fragment, a dot segment and a host with any byte that DNS does not know are
// refused: each of them has been a way to make two readers see two hosts.
// Threads: none.   Errors: CallerBadRequest; no byte of the URL is in the text.
// Tests: tests/unit/http/url_test.cpp
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace aip::http {

struct Url {
  bool tls = false;
  std::string host;  // without the brackets of an IPv6 literal; lower case
  bool ipv6 = false;
  std::uint16_t port = 0;
  std::string target;     // path and query, at least "/"
  std::string authority;  // what Host says: host, and port unless it is the scheme's own
};

[[nodiscard]] Result<Url> parse_url(std::string_view text);

// "%41" is "A"; a '%' that begins no such escape stands for itself.
[[nodiscard]] std::string percent_decoded(std::string_view text);

// The value of the first ?name= in a query, percent-decoded ('+' stays '+': keys may hold it);
// nullopt if absent. Names are compared decoded, so no spelling hides one.
[[nodiscard]] std::optional<std::string> query_value(std::string_view query, std::string_view name);
// The query without that name, in whatever spelling.
[[nodiscard]] std::string query_without(std::string_view query, std::string_view name);

}  // namespace aip::http
