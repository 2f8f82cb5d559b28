#include "upstream.h"

#include <aiproxy/forward.hpp>
#include <aiproxy/json.hpp>

#include <algorithm>
#include <array>

namespace aip::gemini {
namespace {

constexpr std::string_view kTokenPrefix = "ya29.";
constexpr std::string_view kForwardPrefix = "/gemini";
constexpr std::string_view kModelPrefix = "models/";

constexpr std::array<std::string_view, 6> kForwarded{
    "accept", "content-type", "content-encoding", "user-agent", "idempotency-key", "range"};
// x-goog-api-client, x-goog-upload-... of the Files API, x-goog-user-project.
constexpr std::array<std::string_view, 1> kForwardedPrefixes{"x-goog-"};

bool has_prefix(std::string_view text, std::string_view prefix) noexcept {
  return text.substr(0, prefix.size()) == prefix;
}

// scheme://host of a URL.
std::string_view origin_of(std::string_view url) noexcept {
  const std::size_t host = url.find("://");
  if (host == std::string_view::npos) return url;
  return url.substr(0, url.find('/', host + 3));
}

// The query without `key`: a key never stands in a URL.
std::string query_without_key(std::string_view query) {
  std::string out;
  while (!query.empty()) {
    const std::size_t amp = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, amp);
    query.remove_prefix(std::min(amp + 1, query.size()));
    if (pair.empty() || pair == "key" || has_prefix(pair, "key=")) continue;
    out.append(out.empty() ? "?" : "&").append(pair);
  }
  return out;
}

bool climbs(std::string_view path) noexcept {
  // "..", also where its dots are written %2e.
  std::string plain;
  for (std::size_t i = 0; i < path.size(); ++i) {
    const bool dot = path[i] == '%' && i + 2 < path.size() && path[i + 1] == '2' &&
                     (path[i + 2] == 'e' || path[i + 2] == 'E');
    plain.push_back(dot ? '.' : path[i]);
    if (dot) i += 2;
  }
  return ("/" + plain + "/").find("/../") != std::string::npos;
}

}  // namespace

std::string version_of(const Settings& settings, const aip_request& request) {
  const std::string_view asked =
      sdk::find_header(request.headers, request.header_count, "x-version");
  if (is_version(asked)) return std::string(asked);
  const json::Value own = json::Value(sdk::text(request.credential.extra))["version"];
  return is_version(own.escaped()) ? own.str() : settings.version;
}

std::optional<std::string> model_of(const Settings& settings, std::string_view model) {
  if (has_prefix(model, kModelPrefix)) model.remove_prefix(kModelPrefix.size());
  if (model.empty()) model = settings.model;
  // "tunedModels/x" and Vertex's paths have slashes; nothing else that a URL gives a meaning to.
  const bool safe = model.find_first_of("?#%\\ ") == std::string_view::npos && !climbs(model) &&
                    std::none_of(model.begin(), model.end(), [](char c) {
                      return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
                    });
  return safe ? std::optional<std::string>(model) : std::nullopt;
}

std::string model_url(const Settings& settings, std::string_view version, std::string_view model,
                      std::string_view verb) {
  std::string url = settings.base_url;
  if (!settings.is_vertex) url.append("/").append(version);
  if (!has_prefix(model, "tunedModels/")) url.append("/models");
  if (!model.empty()) url.append("/").append(model);
  if (!verb.empty()) url.append(":").append(verb);
  return url;
}

std::optional<std::string> forward_url(const Settings& settings, const aip_request& request) {
  std::string_view path = sdk::text(request.path);
  if (has_prefix(path, "/gemini/")) path.remove_prefix(kForwardPrefix.size());
  if (climbs(path)) return std::nullopt;
  std::string url(settings.is_vertex ? origin_of(settings.base_url)
                                     : std::string_view(settings.base_url));
  const std::string_view rest = has_prefix(path, "/") ? path.substr(1) : path;
  // Google's SDKs name the version; a path that begins with a collection gets the usual one.
  if (has_prefix(rest, "models") || has_prefix(rest, "files") || has_prefix(rest, "tunedModels") ||
      has_prefix(rest, "cachedContents")) {
    url.append("/").append(version_of(settings, request));
  }
  url.append("/").append(rest);
  return url + query_without_key(sdk::text(request.query));
}

void add_credential(const sdk::Stream& stream, const aip_credential& credential,
                    sdk::Headers& headers) {
  if (credential.secret == 0) return;
  if (sdk::text(credential.kind) == "authorization") {
    headers.add_secret("authorization", "", credential.secret);  // a scheme of the client's own
  } else if (has_prefix(stream.reveal(credential.secret), kTokenPrefix)) {
    headers.add_secret("authorization", "Bearer ", credential.secret);
  } else {
    headers.add_secret("x-goog-api-key", "", credential.secret);
  }
}

void add_forwarded_fields(const aip_request& request, sdk::Headers& headers) {
  sdk::pass_fields(request, headers, [](std::string_view name) {
    const bool googles = sdk::begins_with_one(kForwardedPrefixes, name);
    return sdk::is_among(kForwarded, name) || (googles && !sdk::same_name(name, "x-goog-api-key"));
  });
}

}  // namespace aip::gemini
