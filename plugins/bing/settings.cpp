#include "settings.h"

#include <aiproxy/json.hpp>

namespace aip::bing {
namespace {

std::string trimmed(std::string url) {
  while (!url.empty() && url.back() == '/') url.pop_back();
  return url;
}

}  // namespace

Settings read_settings(std::string_view section) {
  Settings settings;
  for (const json::Value::Member& m : json::Value(section).members()) {
    const json::Value value = m.value();
    if (m.named("cookies")) settings.has_cookies = value.size() > 0;
    if (!value.is_string() || value.escaped().empty()) continue;
    if (m.named("base_url")) settings.base_url = trimmed(value.str());
    if (m.named("hub_url")) settings.hub_url = trimmed(value.str());
    if (m.named("user_agent")) settings.user_agent = value.str();
    if (m.named("locale")) settings.locale = value.str();
  }
  return settings;
}

std::string hub_http_url(const Settings& settings) {
  return "http" + settings.hub_url.substr(2);  // ws -> http, wss -> https
}

}  // namespace aip::bing
