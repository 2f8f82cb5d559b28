#include "upstream.h"

#include <aiproxy/forward.hpp>

#include <array>

namespace aip::coze {
namespace {

constexpr std::string_view kCom = "https://api.coze.com";
constexpr std::string_view kCn = "https://api.coze.cn";
constexpr std::string_view kForwardPrefix = "/coze/api/";

// What belongs to the request itself. The SDK says who it is in x-coze-client-user-agent.
constexpr std::array<std::string_view, 6> kForwarded{"accept",      "content-type",
                                                     "agw-js-conv", "content-encoding",
                                                     "user-agent",  "x-coze-client-user-agent"};

bool is_plain(char c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
         c == '_' || c == '.' || c == '~';
}

}  // namespace

std::string base_of(const Settings& settings, std::string_view region) {
  if (!settings.base_url.empty()) return settings.base_url;
  return std::string((region.empty() ? settings.region : region) == "cn" ? kCn : kCom);
}

void append_query(std::string& url, std::string_view name, std::string_view value) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  url.push_back(url.find('?') == std::string::npos ? '?' : '&');
  url.append(name).push_back('=');
  for (const char c : value) {
    if (is_plain(c)) {
      url.push_back(c);
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    url.push_back('%');
    url.push_back(kHex[byte >> 4]);
    url.push_back(kHex[byte & 15]);
  }
}

Token token_of(const aip_credential& credential) {
  return {std::string(sdk::text(credential.kind)), credential.secret};
}

void add_token(const Token& token, sdk::Headers& headers) {
  if (token.secret == 0) return;
  // "authorization": a scheme of the client's own, told whole.
  headers.add_secret("authorization", token.kind == "authorization" ? "" : "Bearer ", token.secret);
}

std::string forward_path(std::string_view path) {
  if (path.substr(0, kForwardPrefix.size()) == kForwardPrefix) {
    path.remove_prefix(kForwardPrefix.size() - 1);
  }
  if (!path.empty() && path.front() == '/') return std::string(path);
  return "/" + std::string(path);
}

void add_forwarded_fields(const aip_request& request, sdk::Headers& headers) {
  sdk::pass_fields(request, headers,
                   [](std::string_view name) { return sdk::is_among(kForwarded, name); });
}

}  // namespace aip::coze
