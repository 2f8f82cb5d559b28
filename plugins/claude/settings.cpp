#include "settings.h"

#include <aiproxy/json.hpp>

namespace aip::claude {
namespace {

// Both "https://host" and the "https://host/v1/" that OpenAI's users are used to.
std::string trimmed_base(std::string url) {
  const auto drop_slashes = [&url] {
    while (!url.empty() && url.back() == '/') url.pop_back();
  };
  drop_slashes();
  if (url.size() >= 3 && url.compare(url.size() - 3, 3, "/v1") == 0) url.resize(url.size() - 3);
  drop_slashes();
  return url;
}

}  // namespace

Settings read_settings(std::string_view section) {
  Settings settings;
  for (const json::Value::Member& m : json::Value(section).members()) {
    const json::Value value = m.value();
    if (m.named("base_url") && value.is_string() && !value.escaped().empty()) {
      settings.base_url = trimmed_base(value.str());
    }
    if (m.named("api_version") && value.is_string()) settings.api_version = value.str();
    if (m.named("default_max_tokens")) settings.default_max_tokens = value.integer().value_or(0);
    if (m.named("beta")) {
      for (const json::Value item : value.items()) settings.betas.push_back(item.str());
    }
  }
  return settings;
}

}  // namespace aip::claude
