// settings.h - the provider's section of the configuration, as values.
//
// The host has checked the section against the manifest's schema, and keeps the cookies.
// Tests: tests/unit/bing/request_test.cpp
#pragma once

#include <string>
#include <string_view>

namespace aip::bing {

struct Settings {
  std::string base_url = "https://www.bing.com";  // without a slash at its end, as the hub's
  std::string hub_url = "wss://sydney.bing.com";
  std::string user_agent;
  std::string locale = "en-US";
  bool has_cookies = false;
};

[[nodiscard]] Settings read_settings(std::string_view section);

// The hub's host also answers ordinary requests: the same URL with http in the place of ws.
[[nodiscard]] std::string hub_http_url(const Settings& settings);

}  // namespace aip::bing
