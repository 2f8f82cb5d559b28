// settings.h - the provider's section of the configuration, as values.
//
// The host has checked the section against the manifest's schema, and keeps the secrets.
// base_url rules (README.md has the table): a path with a version in it (/v1, /api/paas/v4,
// /v1beta/openai) is the API's root as it stands; any other gets /v1, or `api_path` if that is set.
// Tests: tests/unit/openai/settings_test.cpp
#pragma once

#include <aiproxy/plugin.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aip::openai {

inline constexpr std::string_view kDefaultBaseUrl = "https://api.openai.com";

struct Azure {
  std::string api_version;      // empty: the /openai/v1 API, which has none
  std::string deployment_path;  // with {model}; empty where there is no version
};

struct Settings {
  std::string base;        // base_url without a slash at its end
  std::string api_root;    // what /chat/completions is added to: https://api.openai.com/v1
  std::string outer_root;  // what /dashboard is added to: https://api.openai.com
  std::string organization, project;
  bool is_azure = false;
  Azure azure;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string quirks = "{}";  // JSON object; quirks.h reads it
  bool has_keys = false;
  bool is_openai = true;  // at OpenAI itself
};

// False, with words in `failure`: the section cannot be served.
[[nodiscard]] bool read_settings(std::string_view section, Settings& settings,
                                 sdk::Failure& failure);

}  // namespace aip::openai
