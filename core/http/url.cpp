#include "core/http/url.h"

#include <uriparser/Uri.h>

#include <algorithm>
#include <memory>

#include "core/http/grammar.h"
#include "core/http/message.h"

namespace aip::http {
namespace {

std::string text_of(const UriTextRangeA& range) {
  return range.first == nullptr ? std::string() : std::string(range.first, range.afterLast);
}

Error bad(std::string why) {
  return {ErrorCode::GatewayConfig, "URL: " + std::move(why)};
}

struct FreeUri {
  void operator()(UriUriA* uri) const noexcept { uriFreeUriMembersA(uri); }
};

int hex(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string decode(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex(text[i + 1]) >= 0 && hex(text[i + 2]) >= 0) {
      out.push_back(static_cast<char>(hex(text[i + 1]) * 16 + hex(text[i + 2])));
      i += 2;
    } else {
      out.push_back(text[i] == '+' ? ' ' : text[i]);
    }
  }
  return out;
}

// Calls fn(name, whole `name=value`, value) for each part of a query.
template <class F>
void for_each_part(std::string_view query, F&& fn) {
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view part = query.substr(0, end);
    const std::size_t equals = std::min(part.find('='), part.size());
    fn(decode(part.substr(0, equals)), part, part.substr(std::min(equals + 1, part.size())));
    query.remove_prefix(std::min(end + 1, query.size()));
  }
}

}  // namespace

Result<Url> parse_url(std::string_view text) {
  UriUriA uri;
  const char* error_at = nullptr;
  if (uriParseSingleUriExA(&uri, text.data(), text.data() + text.size(), &error_at) !=
      URI_SUCCESS) {
    return bad("it is malformed");
  }
  const std::unique_ptr<UriUriA, FreeUri> guard(&uri);
  Url url;
  const std::string scheme = text_of(uri.scheme);
  url.tls = same_name(scheme, "https");
  if (!url.tls && !same_name(scheme, "http")) return bad("its scheme is neither http nor https");
  if (uri.userInfo.first != nullptr) return bad("it holds user information");
  if (uri.fragment.first != nullptr) return bad("it holds a fragment");
  url.host = text_of(uri.hostText);
  std::transform(url.host.begin(), url.host.end(), url.host.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  url.ipv6 = uri.hostData.ip6 != nullptr;
  if (url.host.empty()) return bad("it names no host");
  url.port = url.tls ? 443 : 80;
  const std::string port = text_of(uri.portText);
  if (!port.empty()) {
    const auto number = parse_length(port);
    if (!number || *number == 0 || *number > 65'535) return bad("its port is out of range");
    url.port = static_cast<std::uint16_t>(*number);
  }
  url.authority = url.ipv6 ? "[" + url.host + "]" : url.host;
  if (url.port != (url.tls ? 443 : 80)) url.authority += ":" + std::to_string(url.port);
  const char* path = uri.pathHead != nullptr ? uri.pathHead->text.first - 1 : nullptr;
  if (path != nullptr && *path == '/') {
    url.target.assign(path, text.data() + text.size());
  } else {
    url.target = "/";
    if (uri.query.first != nullptr) url.target += "?" + text_of(uri.query);
  }
  return url;
}

std::optional<std::string> query_value(std::string_view query, std::string_view name) {
  std::optional<std::string> found;
  for_each_part(query, [&](const std::string& key, std::string_view, std::string_view value) {
    if (!found && key == name) found = decode(value);
  });
  return found;
}

std::string query_without(std::string_view query, std::string_view name) {
  std::string out;
  for_each_part(query, [&](const std::string& key, std::string_view part, std::string_view) {
    if (key == name) return;
    if (!out.empty()) out.push_back('&');
    out.append(part);
  });
  return out;
}

}  // namespace aip::http
