#include "core/config/owner.h"

namespace aip::config {

Ownership owner_of(const Config& config, std::string_view plugin) {
  std::optional<std::uint32_t> namesake;
  std::vector<std::uint32_t> marked, all;
  for (std::uint32_t i = 0; i < config.providers.size(); ++i) {
    const Provider& provider = config.providers[i];
    if (provider.plugin != plugin) continue;
    all.push_back(i);
    if (provider.name == plugin) namesake = i;
    if (provider.routes) marked.push_back(i);
  }
  if (namesake && (!config.providers[*namesake].automatic || marked.empty())) {
    return {namesake, {}};
  }
  const std::vector<std::uint32_t>& contenders = marked.empty() ? all : marked;
  if (contenders.size() == 1) return {contenders.front(), {}};
  return {std::nullopt, contenders};
}

}  // namespace aip::config
