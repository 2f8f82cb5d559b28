#include "upstream.h"

#include <aiproxy/forward.hpp>

#include <algorithm>
#include <array>

namespace aip::openai {
namespace {

constexpr std::array<std::string_view, 15> kForwarded{"accept",
                                                      "accept-encoding",
                                                      "accept-language",
                                                      "content-type",
                                                      "content-encoding",
                                                      "content-language",
                                                      "content-disposition",
                                                      "idempotency-key",
                                                      "if-match",
                                                      "if-none-match",
                                                      "if-modified-since",
                                                      "if-range",
                                                      "range",
                                                      "openai-beta",
                                                      "user-agent"};
// sec-websocket-*: of an upgrade; Connection and Upgrade themselves are the host's.
constexpr std::array<std::string_view, 2> kForwardedPrefixes{"x-stainless-", "sec-websocket-"};
// A browser cannot send headers with a WebSocket, so its key stands among the protocols.
constexpr std::string_view kProtocols = "sec-websocket-protocol";
constexpr std::array<std::string_view, 3> kSecretProtocols{
    "openai-insecure-api-key.", "openai-organization.", "openai-project."};

bool has_prefix(std::string_view text, std::string_view prefix) noexcept {
  return text.size() >= prefix.size() && sdk::same_name(text.substr(0, prefix.size()), prefix);
}

bool is_forwarded(std::string_view name) noexcept {
  return sdk::is_among(kForwarded, name) || sdk::begins_with_one(kForwardedPrefixes, name);
}

// Calls fn(item) for each item of a list, without the blanks around it.
template <class F>
void for_each_item(std::string_view list, char separator, F&& fn) {
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(separator), list.size());
    std::string_view item = list.substr(0, end);
    list.remove_prefix(std::min(end + 1, list.size()));
    while (!item.empty() && item.front() == ' ') item.remove_prefix(1);
    while (!item.empty() && item.back() == ' ') item.remove_suffix(1);
    if (!item.empty()) fn(item);
  }
}

std::string public_protocols(std::string_view list) {
  std::string out;
  for_each_item(list, ',', [&out](std::string_view protocol) {
    for (const std::string_view secret : kSecretProtocols) {
      if (has_prefix(protocol, secret)) return;
    }
    if (!out.empty()) out.append(", ");
    out.append(protocol);
  });
  return out;
}

// A segment that is "." or "..", also where its dots are percent-encoded.
bool leaves_its_place(std::string_view path) {
  bool leaves = false;
  for_each_item(path, '/', [&leaves](std::string_view segment) {
    std::string plain;
    for (std::size_t i = 0; i < segment.size(); ++i) {
      const bool dot = has_prefix(segment.substr(i), "%2e");
      plain.push_back(dot ? '.' : segment[i]);
      if (dot) i += 2;
    }
    if (plain == "." || plain == "..") leaves = true;
  });
  return leaves || path.find('\\') != std::string_view::npos;
}

std::string public_query(const Settings& settings, std::string_view query) {
  std::string out;
  for_each_item(query, '&', [&](std::string_view pair) {
    const std::string_view name = pair.substr(0, pair.find('='));
    if (name == "key" || (settings.is_azure && name == "api-version")) return;
    if (!out.empty()) out.push_back('&');
    out.append(pair);
  });
  return out;
}

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool unreserved = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                            (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
    if (unreserved) {
      out.push_back(c);
    } else {
      out.push_back('%');
      out.push_back(kDigits[static_cast<unsigned char>(c) >> 4]);
      out.push_back(kDigits[static_cast<unsigned char>(c) & 15]);
    }
  }
  return out;
}

void add_version(const Settings& settings, std::string& url) {
  if (settings.azure.api_version.empty()) return;
  url.append(url.find('?') == std::string::npos ? "?" : "&");
  url.append("api-version=").append(settings.azure.api_version);
}

}  // namespace

std::string model_url(const Settings& settings, std::string_view path, std::string_view model) {
  if (!settings.is_azure || settings.azure.api_version.empty()) return plain_url(settings, path);
  constexpr std::string_view kModel = "{model}";
  std::string place = settings.azure.deployment_path;
  if (const std::size_t at = place.find(kModel); at != std::string::npos) {
    place.replace(at, kModel.size(), percent_encoded(model));
  }
  std::string url = settings.base + place;
  url.append(path);
  add_version(settings, url);
  return url;
}

std::string plain_url(const Settings& settings, std::string_view path) {
  std::string url = settings.api_root;
  url.append(path);
  add_version(settings, url);
  return url;
}

std::optional<std::string> forward_url(const Settings& settings, std::string_view path,
                                       std::string_view query) {
  constexpr std::string_view kApi = "/v1";
  if (path.empty() || path.front() != '/' || leaves_its_place(path)) return std::nullopt;
  const bool is_api = path == kApi || has_prefix(path, "/v1/");
  std::string url = is_api ? settings.api_root : settings.outer_root;
  url.append(is_api ? path.substr(kApi.size()) : path);
  const std::string rest = public_query(settings, query);
  if (!rest.empty()) url.append("?").append(rest);
  add_version(settings, url);
  return url;
}

void add_credential(const Settings& settings, const aip_credential& credential,
                    sdk::Headers& headers) {
  if (credential.secret == 0) return;
  if (sdk::text(credential.kind) == "authorization") {
    headers.add_secret("authorization", "", credential.secret);
  } else if (settings.is_azure) {
    headers.add_secret("api-key", "", credential.secret);
  } else {
    headers.add_secret("authorization", "Bearer ", credential.secret);
  }
}

void add_account(const Settings& settings, const aip_request& request, sdk::Headers& headers) {
  const bool own = (request.credential.flags & AIP_CRED_CLIENT) != 0;
  const auto add = [&](std::string_view name, std::string_view configured) {
    const std::string_view value =
        own ? sdk::find_header(request.headers, request.header_count, name) : configured;
    if (!value.empty()) headers.add(name, value);
  };
  add("openai-organization", settings.organization);
  add("openai-project", settings.project);
  for (const auto& [name, value] : settings.headers) headers.add(name, value);
}

void add_forwarded_fields(const aip_request& request, sdk::Headers& headers) {
  for (std::size_t i = 0; i < request.header_count; ++i) {
    const std::string_view name = sdk::text(request.headers[i].name);
    const std::string_view value = sdk::text(request.headers[i].value);
    if (sdk::same_name(name, kProtocols)) {
      const std::string list = public_protocols(value);
      if (!list.empty()) headers.add(name, list);
    } else if (is_forwarded(name)) {
      headers.add(name, value);
    }
  }
}

}  // namespace aip::openai
