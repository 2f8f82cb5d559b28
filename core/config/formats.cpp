#include "core/config/formats.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cctype>
#include <charconv>

#include "core/base/ascii.h"

namespace aip::config {
namespace {

bool is_alnum(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0;
}

template <class F>
bool all(std::string_view text, F&& good) {
  return std::all_of(text.begin(), text.end(), good);
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return {};
  return port;
}

bool is_ipv6(std::string_view text) {
  in6_addr address{};
  return ::inet_pton(AF_INET6, std::string(text).c_str(), &address) == 1;
}

bool is_host_name(std::string_view text) {
  return !text.empty() && text.size() <= 253 && text.front() != '-' && text.front() != '.' &&
         all(text, [](char c) { return is_alnum(c) || c == '-' || c == '.' || c == '_'; });
}

struct Split {
  std::string_view scheme, authority, rest;
};

std::optional<Split> split_url(std::string_view url) {
  const std::size_t colon = url.find("://");
  if (colon == std::string_view::npos) return std::nullopt;
  Split out;
  out.scheme = url.substr(0, colon);
  url.remove_prefix(colon + 3);
  const std::size_t end = std::min(url.find_first_of("/?#\\"), url.size());
  out.authority = url.substr(0, end);
  out.rest = url.substr(end);
  return out;
}

// The host and port of an authority, without user.
std::optional<std::string> authority_fault(std::string_view authority) {
  std::string_view host = authority, port;
  if (!authority.empty() && authority.front() == '[') {
    const std::size_t close = authority.find(']');
    if (close == std::string_view::npos || !is_ipv6(authority.substr(1, close - 1))) {
      return "not an IPv6 address in the brackets";
    }
    port = authority.substr(close + 1);
  } else {
    const std::size_t colon = authority.find(':');
    host = authority.substr(0, colon);
    port = colon == std::string_view::npos ? std::string_view() : authority.substr(colon);
    if (!is_host_name(host)) return "the URL needs a host name of letters, digits, \".\" and \"-\"";
  }
  if (port.empty()) return std::nullopt;
  const std::optional<std::uint16_t> number =
      port.front() == ':' ? parse_port(port.substr(1)) : std::nullopt;
  if (!number || *number == 0) return "the URL's port must be a number from 1 to 65535";
  return std::nullopt;
}

std::optional<std::string> base_url_fault(std::string_view text, std::string_view first,
                                          std::string_view second) {
  if (!all(text, [](char c) { return c > 0x20 && c < 0x7F; })) {
    return "a URL holds no spaces, control or non-ASCII characters";
  }
  const std::optional<Split> url = split_url(text);
  const std::string scheme = url ? lower(url->scheme) : std::string();
  if (scheme != first && scheme != second) {
    return "a URL must begin with " + std::string(first) + ":// or " + std::string(second) + "://";
  }
  if (url->authority.find('@') != std::string_view::npos) {
    return "a URL here holds no user or password";
  }
  if (auto fault = authority_fault(url->authority)) return fault;
  for (const char c : url->rest) {
    if (c == '?' || c == '#')
      return "a base URL holds no \"?\" and no \"#\"; paths are added to it";
    if (c == '\\' || c == '%' || c == '@') {
      return "a base URL's path holds no \"\\\", \"%\" or \"@\"";
    }
  }
  if (url->rest.find("/../") != std::string_view::npos ||
      url->rest.find("/./") != std::string_view::npos || url->rest.ends_with("/..") ||
      url->rest.ends_with("/.")) {
    return "a base URL's path holds no \".\" or \"..\"";
  }
  return std::nullopt;
}

std::optional<std::string> proxy_url_fault(std::string_view text) {
  if (!all(text, [](char c) { return c > 0x20 && c < 0x7F; })) {
    return "a URL holds no spaces, control or non-ASCII characters";
  }
  const std::optional<Split> url = split_url(text);
  const std::string scheme = url ? lower(url->scheme) : std::string();
  if (scheme != "http" && scheme != "https" && scheme != "socks5" && scheme != "socks5h") {
    return "a proxy's URL must begin with http://, https://, socks5:// or socks5h://";
  }
  if (!url->rest.empty() && url->rest != "/") return "a proxy's URL has no path";
  const std::size_t at = url->authority.rfind('@');
  return authority_fault(at == std::string_view::npos ? url->authority
                                                      : url->authority.substr(at + 1));
}

std::optional<std::string> forward_rule_fault(std::string_view text) {
  const std::size_t space = text.find(' ');
  const std::string_view method = text.substr(0, space);
  const bool method_good =
      method == "*" ||
      (!method.empty() && all(method, [](char c) { return c >= 'A' && c <= 'Z'; }));
  if (space == std::string_view::npos || !method_good || text.size() <= space + 1 ||
      text[space + 1] != '/') {
    return "must read \"METHOD /path\", such as \"POST /v1/images/*\"";
  }
  return std::nullopt;
}

std::optional<std::string> unless(bool good, const char* words) {
  if (good) return std::nullopt;
  return words;
}

}  // namespace

std::optional<std::string> format_fault(std::string_view format, std::string_view text) {
  if (format == "http-url") return base_url_fault(text, "http", "https");
  if (format == "ws-url") return base_url_fault(text, "ws", "wss");
  if (format == "proxy-url") return proxy_url_fault(text);
  if (format == "forward-rule") return forward_rule_fault(text);
  if (format == "path") {
    return unless(!text.empty() && text.find('\0') == std::string_view::npos,
                  "a path must not be empty");
  }
  if (format == "address") {
    return unless(parse_address(text).has_value(),
                  "an address is \"HOST:PORT\", \"[IPv6]:PORT\" or \":PORT\"");
  }
  if (format == "host-label") {
    return unless(!text.empty() && text.size() <= 63 && text.front() != '-' &&
                      all(text, [](char c) { return is_alnum(c) || c == '-'; }),
                  "may hold letters, digits and \"-\" only, at most 63");
  }
  if (format == "host-glob") {
    return unless(!text.empty() && text.size() <= 253 &&
                      all(text,
                          [](char c) {
                            return is_alnum(c) || c == '-' || c == '.' || c == '_' || c == '*' ||
                                   c == ':';
                          }),
                  "must be a host name, with \"*\" for any part; no scheme, port or path");
  }
  if (format == "name") {
    return unless(
        !text.empty() && text.size() <= 64 && is_alnum(text.front()) &&
            all(text, [](char c) { return is_alnum(c) || c == '-' || c == '.' || c == '_'; }),
        "must be 1 to 64 letters, digits, \".\", \"_\" or \"-\"");
  }
  if (format == "sha256") {
    return unless(
        text.size() == 64 &&
            all(text, [](char c) { return std::isxdigit(static_cast<unsigned char>(c)) != 0; }),
        "must be 64 hexadecimal digits: the SHA-256 of the key");
  }
  return std::nullopt;
}

std::optional<Address> parse_address(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::optional<std::uint16_t> port = parse_port(text.substr(colon + 1));
  if (!port) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  if (host.empty()) return Address{"0.0.0.0", *port};
  if (host.front() == '[') {
    if (host.back() != ']' || !is_ipv6(host.substr(1, host.size() - 2))) return std::nullopt;
    return Address{std::string(host.substr(1, host.size() - 2)), *port};
  }
  if (!is_host_name(host)) return std::nullopt;
  return Address{std::string(host), *port};
}

bool is_loopback(std::string_view host) noexcept {
  if (host == "localhost") return true;
  const std::string text(host);
  in_addr v4{};
  if (::inet_pton(AF_INET, text.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24) == 127;
  in6_addr v6{};
  return ::inet_pton(AF_INET6, text.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

std::string url_host(std::string_view url) {
  const std::optional<Split> split = split_url(url);
  if (!split) return {};
  const std::string_view authority = split->authority;
  if (!authority.empty() && authority.front() == '[') {
    return lower(authority.substr(1, std::min(authority.find(']'), authority.size()) - 1));
  }
  return lower(authority.substr(0, authority.find(':')));
}

}  // namespace aip::config
