// settings.h - the provider's section of the configuration, as values.
//
// The host has checked the section against the manifest's schema, and keeps the secrets.
// Tests: tests/unit/claude/small_test.cpp
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aip::claude {

inline constexpr std::string_view kDefaultBaseUrl = "https://api.anthropic.com";
inline constexpr std::string_view kDefaultVersion = "2023-06-01";

struct Settings {
  std::string base_url{kDefaultBaseUrl};  // without a slash or /v1 at its end
  std::string api_version{kDefaultVersion};
  std::int64_t default_max_tokens = 0;  // 0: the model's own
  std::vector<std::string> betas;       // for the header anthropic-beta
};

[[nodiscard]] Settings read_settings(std::string_view section);

}  // namespace aip::claude
