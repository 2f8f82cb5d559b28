#include "core/http/url.h"

#include <uriparser/Uri.h>

#include "core/http/chars.h"
#include "core/http/fields.h"
#include "core/http/message.h"
#include "core/http/target.h"

namespace aip::http {
namespace {

std::string_view view(const UriTextRangeA& range) noexcept {
  if (range.first == nullptr) return {};
  return {range.first, static_cast<std::size_t>(range.afterLast - range.first)};
}

// The parse of uriparser, freed with this object. Its views point into the text.
struct ParsedUri {
  explicit ParsedUri(std::string_view text) noexcept {
    ok = uriParseSingleUriExA(&uri, text.data(), text.data() + text.size(), nullptr) == URI_SUCCESS;
  }
  ~ParsedUri() {
    if (ok) uriFreeUriMembersA(&uri);
  }
  ParsedUri(const ParsedUri&) = delete;
  ParsedUri& operator=(const ParsedUri&) = delete;

  UriUriA uri{};
  bool ok = false;
};

Error bad_url(std::string_view why) {
  return Error{ErrorCode::CallerBadRequest, "malformed URL: " + std::string(why)};
}

// Calls fn(pair, name, value) for each "name=value" of the query, until it declines.
template <class F>
void for_each_pair(std::string_view query, F&& fn) {
  while (!query.empty()) {
    const std::size_t end = query.find('&');
    const std::string_view pair = query.substr(0, end);
    const std::size_t equals = pair.find('=');
    const std::string_view value =
        equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
    if (!fn(pair, pair.substr(0, equals), value)) return;
    if (end == std::string_view::npos) return;
    query.remove_prefix(end + 1);
  }
}

Result<std::uint16_t> parse_port(std::string_view text, std::uint16_t otherwise) {
  if (text.empty()) return otherwise;
  if (text.size() > 5 || !chars::all(text, chars::kDigit)) return bad_url("its port is none");
  unsigned value = 0;
  for (const char c : text) value = value * 10 + static_cast<unsigned>(c - '0');
  if (value == 0 || value > 65535) return bad_url("its port is none");
  return static_cast<std::uint16_t>(value);
}

}  // namespace

std::string percent_decoded(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && chars::is(text[i + 1], chars::kHex) &&
        chars::is(text[i + 2], chars::kHex)) {
      out.push_back(
          static_cast<char>(chars::hex_value(text[i + 1]) * 16 + chars::hex_value(text[i + 2])));
      i += 2;
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

Result<Url> parse_url(std::string_view text) {
  constexpr std::uint16_t kPlainPort = 80;
  constexpr std::uint16_t kTlsPort = 443;
  const ParsedUri parsed(text);
  if (!parsed.ok) return bad_url("it breaks RFC 3986");
  const UriUriA& uri = parsed.uri;

  Url url;
  const std::string_view scheme = view(uri.scheme);
  url.tls = same_name(scheme, "https") || same_name(scheme, "wss");
  if (!url.tls && !same_name(scheme, "http") && !same_name(scheme, "ws")) {
    return bad_url("its scheme is not http, https, ws or wss");
  }
  if (uri.userInfo.first != nullptr) return bad_url("it holds a user or password");
  if (uri.fragment.first != nullptr) return bad_url("it holds a fragment");

  url.ipv6 = uri.hostData.ip6 != nullptr;
  const std::string_view host = view(uri.hostText);
  if (uri.hostData.ipFuture.first != nullptr) return bad_url("its address is of no known version");
  if (!url.ipv6 && !valid_host(host)) return bad_url("its host is none");
  for (const char c : host) url.host.push_back(chars::lower(c));
  Result<std::uint16_t> port = parse_port(view(uri.portText), url.tls ? kTlsPort : kPlainPort);
  if (!port) return std::move(port).error();
  url.port = *port;

  url.authority = url.ipv6 ? "[" + url.host + "]" : url.host;
  if (url.port != (url.tls ? kTlsPort : kPlainPort))
    url.authority += ":" + std::to_string(url.port);

  const std::size_t authority_at = text.find("//") + 2;
  const std::size_t target_at = text.find_first_of("/?", authority_at);
  const std::string_view target =
      target_at == std::string_view::npos ? std::string_view() : text.substr(target_at);
  if (has_dot_segment(target.substr(0, target.find('?'))))
    return bad_url("a dot segment in its path");
  url.target = target.starts_with('/') ? std::string(target) : "/" + std::string(target);
  return url;
}

std::optional<std::string> query_value(std::string_view query, std::string_view name) {
  std::optional<std::string> found;
  for_each_pair(query, [&](std::string_view, std::string_view key, std::string_view value) {
    if (percent_decoded(key) == name) found = percent_decoded(value);
    return !found;
  });
  return found;
}

std::string query_without(std::string_view query, std::string_view name) {
  std::string out;
  for_each_pair(query, [&](std::string_view pair, std::string_view key, std::string_view) {
    if (percent_decoded(key) != name) {
      if (!out.empty()) out.push_back('&');
      out.append(pair);
    }
    return true;
  });
  return out;
}

}  // namespace aip::http
