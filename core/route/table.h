// table.h - the Table's data and its two halves: paths (table.cpp) and models (plan.cpp).
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/config/manifest.h"
#include "core/route/route.h"

namespace aip::route {

// What a plugin claims, as a path of one provider.
struct ClaimedRoute {
  std::string path;  // without the star of a prefix
  bool prefix = false;
  std::vector<std::string> methods;
  Operation operation = Operation::Forward;
  Dialect dialect = Dialect::None;

  [[nodiscard]] bool takes_path(std::string_view asked) const noexcept;
  [[nodiscard]] bool takes_method(std::string_view method) const noexcept;
};

struct ProviderFacts {
  const config::Provider* provider = nullptr;
  const config::Manifest* manifest = nullptr;  // null: its plugin went away
  bool owner = false;                          // of what its plugin claims
  Dialect own = Dialect::None;
  std::vector<Dialect> native;
  std::vector<ClaimedRoute> routes;  // the most specific first
  std::string base_host;
};

class TableData final : public Table {
 public:
  [[nodiscard]] static Result<std::shared_ptr<const Table>> build(
      std::shared_ptr<const config::Config> config, std::span<const config::PluginClaims> claims);

  Result<Match> match(std::string_view method, std::string_view path) const override;
  Result<Plan> plan(const Match& match, std::string_view provider_member, std::string_view model,
                    std::uint64_t dice, std::uint32_t turn) const override;
  Dialect own_dialect(std::uint32_t provider) const noexcept override;
  bool is_native(std::uint32_t provider, Dialect dialect) const noexcept override;
  std::string_view default_kind(std::uint32_t provider) const noexcept override;
  bool counts_tokens(std::uint32_t provider) const noexcept override {
    return can(provider, Operation::CountTokens);
  }
  bool has_background(std::uint32_t provider) const noexcept override;
  bool host_allowed(std::uint32_t provider, std::string_view host) const override;
  const std::vector<ModelEntry>& models() const noexcept override { return models_; }

 private:
  struct OwnedRoute {
    const ClaimedRoute* route = nullptr;
    std::uint32_t provider = 0;
  };
  struct Claim {
    std::string glob;
    std::uint32_t provider = 0;
  };

  Status add_providers();
  void add_owned_routes();
  Status add_owned(std::uint32_t provider);
  void add_models();
  [[nodiscard]] Result<Match> match_below(std::uint32_t provider, std::string_view method,
                                          std::string_view path) const;
  [[nodiscard]] std::optional<std::uint32_t> named(std::string_view name) const;
  [[nodiscard]] Plan plan_one(std::uint32_t provider, std::string_view model, bool named) const;
  [[nodiscard]] Plan plan_rule(const config::ModelRule& rule, std::string_view model,
                               std::uint64_t dice, std::uint32_t turn) const;
  [[nodiscard]] Result<Plan> choose(const Match& match, std::string_view provider_member,
                                    std::string_view model, std::uint64_t dice,
                                    std::uint32_t turn) const;
  [[nodiscard]] std::optional<std::uint32_t> claimant(std::string_view model) const;
  [[nodiscard]] bool can(std::uint32_t provider, Operation operation) const noexcept;

  std::shared_ptr<const config::Config> config_;
  std::vector<config::Manifest> manifests_;
  std::vector<ProviderFacts> providers_;                       // by place in Config::providers
  std::vector<OwnedRoute> owned_;                              // the most specific first
  std::map<std::string, std::uint32_t, std::less<>> by_name_;  // names, then aliases
  std::map<std::string, std::uint32_t, std::less<>> listed_;   // models.list -> owner
  std::vector<Claim> claims_;                                  // the most specific first
  std::vector<ModelEntry> models_;
};

}  // namespace aip::route
