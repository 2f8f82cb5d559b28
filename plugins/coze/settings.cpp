#include "settings.h"

#include <aiproxy/json.hpp>

#include <algorithm>

namespace aip::coze {
namespace {

// As the host names it: the user, else the place; "user/bot" where the user has stood before.
std::string credential_of(const Bot& bot, const std::vector<Bot>& before) {
  std::string id = bot.user.empty() ? std::to_string(before.size() + 1) : bot.user;
  const bool taken = std::any_of(before.begin(), before.end(),
                                 [&id](const Bot& one) { return one.credential == id; });
  if (taken) id.append("/").append(bot.bot_id);
  return id;
}

void read_api_chat(json::Value api, Settings& out) {
  const json::Value version = api["api_version"];
  if (version.equals("v2")) out.api_version = Version::V2;
  if (version.equals("v3")) out.api_version = Version::V3;
  if (const auto ms = api["poll_ms"].integer()) out.poll_ms = static_cast<std::uint32_t>(*ms);
  for (const json::Value item : api["bots"].items()) {
    Bot bot{item["bot_id"].str(), item["user"].str(), item["region"].str(), {}};
    bot.credential = credential_of(bot, out.bots);
    out.bots.push_back(std::move(bot));
  }
}

}  // namespace

const Bot* Settings::find(std::string_view bot_id, std::string_view user) const noexcept {
  const Bot* of_bot = nullptr;
  const Bot* of_user = nullptr;
  for (const Bot& bot : bots) {
    const bool same_bot = !bot_id.empty() && bot.bot_id == bot_id;
    const bool same_user = !user.empty() && (bot.user == user || bot.credential == user);
    if (same_bot && same_user) return &bot;
    if (same_bot && of_bot == nullptr) of_bot = &bot;
    if (same_user && of_user == nullptr) of_user = &bot;
  }
  return of_bot != nullptr ? of_bot : bot_id.empty() ? of_user : nullptr;
}

bool Settings::knows_bot(std::string_view bot_id) const noexcept {
  return std::any_of(bots.begin(), bots.end(),
                     [bot_id](const Bot& bot) { return bot.bot_id == bot_id; });
}

Settings read_settings(std::string_view section) {
  Settings out;
  const json::Value root(section);
  out.base_url = root["base_url"].str();
  while (!out.base_url.empty() && out.base_url.back() == '/') out.base_url.pop_back();
  if (root["region"].is_string()) out.region = root["region"].str();
  read_api_chat(root["api_chat"], out);
  return out;
}

}  // namespace aip::coze
