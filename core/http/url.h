// url.h - absolute http and https URLs, split by uriparser (RFC 3986). No user part is allowed.
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

// The value of ?name= in a query, percent-decoded; nullopt if absent.
[[nodiscard]] std::optional<std::string> query_value(std::string_view query, std::string_view name);
// The query without that name.
[[nodiscard]] std::string query_without(std::string_view query, std::string_view name);

}  // namespace aip::http
