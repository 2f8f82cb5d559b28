// formats.h - the schema formats of this program: texts that mean something more than text.
//
//   path          a file or folder; relative ones are resolved against the configuration's folder
//   http-url      http:// or https://, without user, query and fragment: a base to append paths to
//   ws-url        the same with ws:// or wss://
//   proxy-url     http, https, socks5 or socks5h; a user and password may stand in it
//   address       ":PORT", "HOST:PORT", "[v6]:PORT"
//   host-label    letters, digits, "-": what may become part of a host's name (region, resource)
//   host-glob     a host name, "*" for any part
//   name          of a provider: letters, digits, ".", "_", "-"
//   sha256        64 hexadecimal digits
//   forward-rule  "METHOD /path" with "*" for any
// Everything that becomes part of a URL is judged here, so that no value can move a request to
// another host ('#', '/', '@', '?', ':', space, CR, LF, '%').
// Tests: tests/unit/config/formats_test.cpp
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aip::config {

// What is wrong with the text, in words that follow "KEY: "; nullopt: nothing, or no such format.
// The words never quote the text.
[[nodiscard]] std::optional<std::string> format_fault(std::string_view format,
                                                      std::string_view text);

struct Address {
  std::string host;  // no brackets; ":PORT" gives "0.0.0.0"
  std::uint16_t port = 0;
};
[[nodiscard]] std::optional<Address> parse_address(std::string_view text);
// 127.0.0.0/8, ::1 or localhost.
[[nodiscard]] bool is_loopback(std::string_view host) noexcept;

// The host of a URL that passed "http-url", lower case, without brackets.
[[nodiscard]] std::string url_host(std::string_view url);

}  // namespace aip::config
