#include "upstream.h"

#include <aiproxy/forward.hpp>

#include <algorithm>
#include <array>
#include <vector>

namespace aip::claude {
namespace {

constexpr std::string_view kOauthPrefix = "sk-ant-oat";
constexpr std::string_view kForwardPrefix = "/claude/api/";

// Beside anthropic-* and x-stainless-*: what belongs to the request itself.
constexpr std::array<std::string_view, 5> kForwarded{"accept", "content-type", "content-encoding",
                                                     "idempotency-key", "user-agent"};
constexpr std::array<std::string_view, 2> kForwardedPrefixes{"anthropic-", "x-stainless-"};

// Both are added by add_versions().
constexpr std::array<std::string_view, 2> kVersions{"anthropic-version", "anthropic-beta"};

void add_each(std::string_view list, std::vector<std::string_view>& names) {
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    std::string_view name = list.substr(0, comma);
    list.remove_prefix(std::min(comma + 1, list.size()));
    while (!name.empty() && name.front() == ' ') name.remove_prefix(1);
    while (!name.empty() && name.back() == ' ') name.remove_suffix(1);
    const bool seen = std::find(names.begin(), names.end(), name) != names.end();
    if (!name.empty() && !seen) names.push_back(name);
  }
}

}  // namespace

std::string url_of(const Settings& settings, std::string_view path, std::string_view query) {
  std::string url = settings.base_url;
  url.append(path);
  if (!query.empty()) url.append("?").append(query);
  return url;
}

void add_credential(const sdk::Stream& stream, const aip_credential& credential,
                    sdk::Headers& headers) {
  if (credential.secret == 0) return;
  if (sdk::text(credential.kind) == "authorization") {
    headers.add_secret("authorization", "", credential.secret);  // a scheme of the client's own
  } else if (stream.reveal(credential.secret).substr(0, kOauthPrefix.size()) == kOauthPrefix) {
    headers.add_secret("authorization", "Bearer ", credential.secret);
  } else {
    headers.add_secret("x-api-key", "", credential.secret);
  }
}

void add_versions(const Settings& settings, const aip_request& request, sdk::Headers& headers) {
  const std::string_view version =
      sdk::find_header(request.headers, request.header_count, "anthropic-version");
  headers.add("anthropic-version", version.empty() ? settings.api_version : version);
  std::vector<std::string_view> names;
  for (std::size_t i = 0; i < request.header_count; ++i) {
    if (!sdk::same_name(sdk::text(request.headers[i].name), "anthropic-beta")) continue;
    add_each(sdk::text(request.headers[i].value), names);
  }
  for (const std::string& beta : settings.betas) add_each(beta, names);
  std::string list;
  for (const std::string_view name : names) {
    if (!list.empty()) list.append(",");
    list.append(name);
  }
  if (!list.empty()) headers.add("anthropic-beta", list);
}

void add_forwarded_fields(const aip_request& request, sdk::Headers& headers) {
  sdk::pass_fields(request, headers, [](std::string_view name) {
    return !sdk::is_among(kVersions, name) &&
           (sdk::is_among(kForwarded, name) || sdk::begins_with_one(kForwardedPrefixes, name));
  });
}

std::string forward_path(std::string_view path) {
  if (path.substr(0, kForwardPrefix.size()) == kForwardPrefix) {
    path.remove_prefix(kForwardPrefix.size() - 1);
  }
  if (!path.empty() && path.front() == '/') return std::string(path);
  return "/" + std::string(path);
}

}  // namespace aip::claude
