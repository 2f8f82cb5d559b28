// settings.h - the provider's section of the configuration, as values.
//
// The host has checked the section against the manifest's schema, and keeps the tokens.
// Tests: tests/unit/coze/settings_test.cpp
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aip::coze {

enum class Version : std::uint8_t { V2, V3 };

// Coze advises to ask once a second.
inline constexpr std::uint32_t kPollMs = 1000;

struct Bot {
  std::string bot_id, user, region;  // region: "com", "cn" or empty
  std::string credential;            // the id by which the host knows this entry
};

struct Settings {
  std::string base_url;  // without a slash at its end; empty: by region
  std::string region{"com"};
  std::optional<Version> api_version;  // for names that do not tell it
  std::uint32_t poll_ms = kPollMs;
  std::vector<Bot> bots;

  // The best entry for this bot and this user, either of which may be empty: both, else the bot,
  // else the user. nullptr: none.
  [[nodiscard]] const Bot* find(std::string_view bot_id, std::string_view user) const noexcept;
  [[nodiscard]] bool knows_bot(std::string_view bot_id) const noexcept;
};

[[nodiscard]] Settings read_settings(std::string_view section);

}  // namespace aip::coze
