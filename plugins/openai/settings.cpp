#include "settings.h"

#include <algorithm>
#include <array>

namespace aip::openai {
namespace {

constexpr std::string_view kDeploymentPath = "/openai/deployments/{model}";

// The host and the credentials own these.
constexpr std::array<std::string_view, 9> kReservedHeaders{
    "authorization",     "api-key", "host",    "content-length", "content-type",
    "transfer-encoding", "cookie",  "upgrade", "connection"};

bool ends_with(std::string_view text, std::string_view end) noexcept {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

// "v1", "v1beta", "v4"
bool is_version(std::string_view segment) noexcept {
  return segment.size() >= 2 && segment[0] == 'v' && segment[1] >= '0' && segment[1] <= '9';
}

// Where the path of an absolute URL begins.
std::size_t path_begin(std::string_view url) noexcept {
  const std::size_t authority = url.find("://");
  const std::size_t from = authority == std::string_view::npos ? 0 : authority + 3;
  return std::min(url.find('/', from), url.size());
}

bool has_version(std::string_view url) noexcept {
  std::string_view path = url.substr(path_begin(url));
  while (!path.empty()) {
    path.remove_prefix(1);
    const std::size_t slash = std::min(path.find('/'), path.size());
    if (is_version(path.substr(0, slash))) return true;
    path.remove_prefix(slash);
  }
  return false;
}

std::string without_version(std::string_view url) {
  const std::size_t slash = url.rfind('/');
  const bool in_path = slash != std::string_view::npos && slash >= path_begin(url);
  return std::string(in_path && is_version(url.substr(slash + 1)) ? url.substr(0, slash) : url);
}

// People paste the address of the chat itself.
std::string trimmed(std::string url) {
  constexpr std::string_view kChat = "/chat/completions";
  const auto drop_slashes = [&url] {
    while (!url.empty() && url.back() == '/') url.pop_back();
  };
  drop_slashes();
  if (ends_with(url, kChat)) url.resize(url.size() - kChat.size());
  drop_slashes();
  return url;
}

// A base that holds a part of the deployment's path already gets the rest of it.
std::string deployment_path_behind(std::string_view base) {
  if (base.find("/deployments/") != std::string_view::npos) return "";
  if (ends_with(base, "/deployments")) return "/{model}";
  if (ends_with(base, "/openai")) return "/deployments/{model}";
  return std::string(kDeploymentPath);
}

void read_azure(json::Value azure, Settings& s) {
  s.is_azure = true;
  s.azure.api_version = azure["api_version"].str();
  if (s.azure.api_version.empty()) {
    if (!has_version(s.base))
      s.api_root = s.base + (ends_with(s.base, "/openai") ? "/v1" : "/openai/v1");
    return;
  }
  s.azure.deployment_path = azure["deployment_path"].str();
  if (s.azure.deployment_path.empty()) s.azure.deployment_path = deployment_path_behind(s.base);
  const bool inside = s.base.find("/openai") != std::string::npos;
  s.api_root = inside ? s.base : s.base + "/openai";
}

bool read_headers(json::Value headers, Settings& s, sdk::Failure& failure) {
  for (const json::Value::Member& m : headers.members()) {
    const std::string name = m.key();
    const auto same = [&name](std::string_view one) { return sdk::same_name(one, name); };
    if (std::any_of(kReservedHeaders.begin(), kReservedHeaders.end(), same)) {
      failure.message =
          "headers." + name + " cannot be set: the gateway writes that header itself.";
      return false;
    }
    s.headers.emplace_back(name, m.value().str());
  }
  return true;
}

}  // namespace

bool read_settings(std::string_view section, Settings& s, sdk::Failure& failure) {
  const json::Value root(section);
  const std::string base_url = root["base_url"].str();
  s.base = trimmed(base_url.empty() ? std::string(kDefaultBaseUrl) : base_url);
  const std::string_view behind =
      std::string_view(s.base).substr(std::min(kDefaultBaseUrl.size(), s.base.size()));
  s.is_openai = s.base.compare(0, kDefaultBaseUrl.size(), kDefaultBaseUrl) == 0 &&
                (behind.empty() || behind.front() == '/');
  s.outer_root = without_version(s.base);
  if (const json::Value path = root["api_path"]) {
    s.api_root = s.base + path.str();
  } else {
    s.api_root = has_version(s.base) ? s.base : s.base + "/v1";
  }
  s.organization = root["organization"].str();
  s.project = root["project"].str();
  s.has_keys = root["api_keys"].size() > 0;
  if (const json::Value quirks = root["quirks"]; quirks.is_object()) s.quirks = quirks.raw();
  if (const json::Value azure = root["azure"]; azure.is_object()) read_azure(azure, s);
  return read_headers(root["headers"], s, failure);
}

}  // namespace aip::openai
