#include "core/route/table.h"

#include <algorithm>

#include "core/base/ascii.h"
#include "core/base/json.h"
#include "core/config/formats.h"
#include "core/config/owner.h"
#include "core/route/paths.h"

namespace aip::route {
namespace {

constexpr std::string_view kProviderPrefix = "/p/";

Error not_found(std::string detail) {
  return {ErrorCode::CallerNotFound, std::move(detail)};
}

Operation operation_named(std::string_view name) {
  if (name == "chat") return Operation::Chat;
  return name == "route" ? Operation::PluginRoute : Operation::Forward;
}

// Exact paths first, then longer prefixes before shorter ones.
bool more_specific(const ClaimedRoute& a, const ClaimedRoute& b) {
  if (a.prefix != b.prefix) return b.prefix;
  return a.path.size() > b.path.size();
}

std::vector<ClaimedRoute> routes_of(const config::Manifest& manifest) {
  std::vector<ClaimedRoute> out;
  for (const config::Manifest::Route& route : manifest.routes) {
    ClaimedRoute claimed;
    claimed.prefix = route.path.ends_with('*');
    claimed.path = route.path.substr(0, route.path.size() - (claimed.prefix ? 1 : 0));
    claimed.methods = route.methods;
    claimed.operation = operation_named(route.operation);
    claimed.dialect = dialect_named(route.dialect);
    out.push_back(std::move(claimed));
  }
  std::stable_sort(out.begin(), out.end(), more_specific);
  return out;
}

Match to_match(const ClaimedRoute& route, const std::string& provider, std::string_view path) {
  Match match;
  match.operation = route.operation;
  match.dialect = route.dialect;
  match.route = route.path + (route.prefix ? "*" : "");
  match.provider = provider;
  match.path = std::string(path);
  return match;
}

Error dot_segment() {
  return {ErrorCode::CallerBadRequest, "The path holds a dot segment or a backslash."};
}

// One plugin serves many services, and not all of them speak all that it can pass through: the
// provider's section says so, or else the host.
bool takes_natively(const config::Manifest& manifest, const config::Provider& provider,
                    std::string_view base_host, const std::string& dialect) {
  const auto setting = manifest.native_settings.find(dialect);
  if (setting == manifest.native_settings.end()) return true;
  const json::Value said = json::Value(provider.section)[setting->second];
  if (said.is_bool()) return said.is_true();
  return base_host.empty() ||
         std::any_of(manifest.hosts.begin(), manifest.hosts.end(),
                     [&](const std::string& glob) { return glob_matches(lower(glob), base_host); });
}

Error method_not_allowed(std::string_view allowed) {
  std::string detail = "This method is not allowed here";
  if (!allowed.empty()) detail += "; use " + std::string(allowed);
  return {ErrorCode::CallerMethodNotAllowed, detail + "."};
}

}  // namespace

bool ClaimedRoute::takes_path(std::string_view asked) const noexcept {
  return prefix ? asked.starts_with(path) : asked == path;
}

bool ClaimedRoute::takes_method(std::string_view method) const noexcept {
  return std::any_of(methods.begin(), methods.end(),
                     [method](const std::string& m) { return m == "*" || m == method; });
}

Result<std::shared_ptr<const Table>> Table::make(std::shared_ptr<const config::Config> config,
                                                 std::span<const config::PluginClaims> claims) {
  return TableData::build(std::move(config), claims);
}

Result<std::shared_ptr<const Table>> TableData::build(
    std::shared_ptr<const config::Config> config, std::span<const config::PluginClaims> claims) {
  auto table = std::make_shared<TableData>();
  table->config_ = std::move(config);
  table->manifests_.reserve(claims.size());  // ProviderFacts point into it
  for (const config::PluginClaims& claim : claims) {
    Result<config::Manifest> manifest = config::parse_manifest(claim.manifest);
    // A manifest that cannot be read was told when the configuration was loaded.
    if (manifest) table->manifests_.push_back(*std::move(manifest));
  }
  if (Status good = table->add_providers(); !good) return good.error();
  table->add_models();
  return std::shared_ptr<const Table>(std::move(table));
}

Status TableData::add_providers() {
  for (std::uint32_t i = 0; i < config_->providers.size(); ++i) {
    const config::Provider& provider = config_->providers[i];
    ProviderFacts facts;
    facts.provider = &provider;
    facts.base_host = config::url_host(provider.base_url);
    const auto manifest =
        std::find_if(manifests_.begin(), manifests_.end(),
                     [&](const config::Manifest& m) { return m.name == provider.plugin; });
    if (manifest != manifests_.end()) {
      facts.manifest = &*manifest;
      facts.owner = config::owner_of(*config_, provider.plugin).owner == i;
      facts.own = dialect_named(manifest->dialect);
      for (const std::string& name : manifest->native) {
        if (takes_natively(*manifest, provider, facts.base_host, name)) {
          facts.native.push_back(dialect_named(name));
        }
      }
      facts.routes = routes_of(*manifest);
    }
    providers_.push_back(std::move(facts));
    by_name_[provider.name] = i;
  }
  for (std::uint32_t i = 0; i < providers_.size(); ++i) {
    if (!providers_[i].owner) continue;
    if (Status good = add_owned(i); !good) return good;
  }
  add_owned_routes();
  std::stable_sort(claims_.begin(), claims_.end(), [](const Claim& a, const Claim& b) {
    return a.glob.find('*') > b.glob.find('*');
  });
  return {};
}

// The most specific first; of two alike, that of the provider with `routes: true`.
void TableData::add_owned_routes() {
  for (std::uint32_t i = 0; i < providers_.size(); ++i) {
    if (!providers_[i].owner) continue;
    for (const ClaimedRoute& route : providers_[i].routes) owned_.push_back({&route, i});
  }
  std::stable_sort(owned_.begin(), owned_.end(), [this](const OwnedRoute& a, const OwnedRoute& b) {
    if (more_specific(*a.route, *b.route)) return true;
    if (more_specific(*b.route, *a.route)) return false;
    return providers_[a.provider].provider->routes && !providers_[b.provider].provider->routes;
  });
}

// Claims of two owners: `routes: true` decides, else it is an error (also told at load, with its
// place in the file).
Status TableData::add_owned(std::uint32_t provider) {
  const config::Manifest& manifest = *providers_[provider].manifest;
  const bool routes = providers_[provider].provider->routes;
  for (const auto& [alias, meaning] : manifest.aliases) by_name_.emplace(alias, provider);
  for (const std::string& model : manifest.model_list) {
    const auto [known, is_new] = listed_.emplace(model, provider);
    if (!is_new && routes) known->second = provider;
  }
  for (const std::string& glob : manifest.model_claims) {
    const auto known = std::find_if(claims_.begin(), claims_.end(),
                                    [&glob](const Claim& claim) { return claim.glob == glob; });
    if (known == claims_.end()) {
      claims_.push_back({glob, provider});
    } else if (providers_[known->provider].provider->routes == routes) {
      return Error{ErrorCode::GatewayConfig, "the models " + glob + " have two claimants"};
    } else if (routes) {
      known->provider = provider;
    }
  }
  return {};
}

void TableData::add_models() {
  std::map<std::string, std::string> all;
  for (const config::ModelRule& rule : config_->models) {
    if (rule.match.find('*') == std::string::npos && !rule.targets.empty()) {
      all.emplace(rule.match, rule.targets.front().provider);
    }
  }
  for (const auto& [model, provider] : listed_) {
    all.emplace(model, config_->providers[provider].name);
  }
  for (const auto& [id, provider] : all) models_.push_back({id, provider});
}

Result<Match> TableData::match(std::string_view method, std::string_view path) const {
  if (path.starts_with(kProviderPrefix)) {
    const std::string_view rest = path.substr(kProviderPrefix.size());
    const std::size_t slash = rest.find('/');
    const auto provider = by_name_.find(rest.substr(0, slash));
    if (provider == by_name_.end() || slash == std::string_view::npos) {
      return not_found("No provider is named in this path.");
    }
    return match_below(provider->second, method, rest.substr(slash));
  }
  CoreMatch core = match_core(method, path);
  if (core.match) return *std::move(core.match);
  // The Responses API over WebSocket begins with a GET on the very path of the POST.
  if (core.allowed == "POST" && method == "GET" && path.ends_with("/responses")) {
    return Error{ErrorCode::CallerUpgradeRefused, {}};
  }
  bool path_known = !core.allowed.empty();
  for (const OwnedRoute& owned : owned_) {
    if (!owned.route->takes_path(path)) continue;
    path_known = true;
    if (!owned.route->takes_method(method)) continue;
    if (!is_plain_path(path)) return dot_segment();
    return to_match(*owned.route, providers_[owned.provider].provider->name, path);
  }
  if (path_known) return method_not_allowed(core.allowed);
  return not_found("There is no such route.");
}

// Below /p/<name>: the core's routes, the plugin's own whoever owns them, else a forward.
Result<Match> TableData::match_below(std::uint32_t provider, std::string_view method,
                                     std::string_view path) const {
  const std::string& name = providers_[provider].provider->name;
  CoreMatch core = match_core(method, path);
  if (core.match) {
    core.match->provider = name;
    core.match->route = "/p/*" + core.match->route;
    return *std::move(core.match);
  }
  if (!is_plain_path(path)) return dot_segment();
  bool path_known = false;
  for (const ClaimedRoute& route : providers_[provider].routes) {
    if (!route.takes_path(path)) continue;
    path_known = true;
    if (!route.takes_method(method)) continue;
    Match match = to_match(route, name, path);
    match.route = "/p/*" + match.route;
    return match;
  }
  if (!core.allowed.empty()) return method_not_allowed(core.allowed);
  if (path_known) return method_not_allowed({});
  if (!can(provider, Operation::Forward)) return not_found("There is no such route.");
  Match match;
  match.operation = Operation::Forward;
  match.route = "/p/*";
  match.provider = name;
  match.path = std::string(path);
  return match;
}

Dialect TableData::own_dialect(std::uint32_t provider) const noexcept {
  return providers_[provider].own;
}

bool TableData::is_native(std::uint32_t provider, Dialect dialect) const noexcept {
  const std::vector<Dialect>& native = providers_[provider].native;
  return std::find(native.begin(), native.end(), dialect) != native.end();
}

std::string_view TableData::default_kind(std::uint32_t provider) const noexcept {
  const config::Manifest* manifest = providers_[provider].manifest;
  if (manifest == nullptr || manifest->credentials.empty()) return {};
  return manifest->credentials.front().kind;
}

bool TableData::has_background(std::uint32_t provider) const noexcept {
  const config::Manifest* manifest = providers_[provider].manifest;
  return manifest != nullptr && manifest->background;
}

bool TableData::host_allowed(std::uint32_t provider, std::string_view host) const {
  const ProviderFacts& facts = providers_[provider];
  const std::string name = lower(host);
  if (name.empty()) return false;
  if (!facts.base_host.empty() && name == facts.base_host) return true;
  const auto matches = [&name](const std::string& glob) { return glob_matches(lower(glob), name); };
  const std::vector<std::string>& added = facts.provider->allowed_hosts;
  if (std::any_of(added.begin(), added.end(), matches)) return true;
  if (facts.manifest == nullptr) return false;
  const std::vector<std::string>& own = facts.manifest->hosts;
  return std::any_of(own.begin(), own.end(), matches);
}

}  // namespace aip::route
