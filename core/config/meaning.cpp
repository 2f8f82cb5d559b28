#include "core/config/meaning.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include "core/config/formats.h"
#include "core/config/owner.h"

namespace aip::config {
namespace {

constexpr std::size_t kPemBytesMax = 1024 * 1024;

// The place of "models[2].targets[0].provider", or of what is there of it.
Mark place_of(const Node& root, std::string_view path) {
  const Node* at = &root;
  Mark mark = root.mark;
  while (!path.empty() && at != nullptr) {
    if (path.front() == '[') {
      std::size_t index = 0;
      std::from_chars(path.data() + 1, path.data() + path.size(), index);
      if (index >= at->items.size()) break;
      at = &at->items[index];
      mark = at->mark;
      path.remove_prefix(path.find(']') + 1);
    } else {
      if (path.front() == '.') path.remove_prefix(1);
      // A provider's name may hold dots, so the longest key that fits is taken.
      const Node::Key* best = nullptr;
      for (const Node::Key& key : at->keys) {
        const bool fits = path.substr(0, key.name.size()) == key.name &&
                          (path.size() == key.name.size() || path[key.name.size()] == '.' ||
                           path[key.name.size()] == '[');
        if (fits && (best == nullptr || key.name.size() > best->name.size())) best = &key;
      }
      if (best == nullptr) break;
      at = at->find(best->name);
      mark = at->kind == Node::Kind::Scalar ? at->mark : best->mark;
      path.remove_prefix(best->name.size());
    }
  }
  return mark;
}

std::string indexed(std::string_view list, std::size_t i) {
  return child_path(list, i);
}

class Meaning {
 public:
  Meaning(const Config& config, std::span<const Manifest> manifests, const Node& root,
          const Environment& environment, Diagnostics& out)
      : config_(config), manifests_(manifests), root_(root), environment_(environment), out_(out) {}

  void check() {
    names();
    keys();
    claims();
    for (std::size_t i = 0; i < config_.listeners.size(); ++i) listener(i);
    admin();
    files();
    limits();
  }

 private:
  void error(const std::string& path, std::string text) {
    out_.error(place_of(root_, path), path, std::move(text));
  }
  void warning(const std::string& path, std::string text) {
    out_.warning(place_of(root_, path), path, std::move(text));
  }

  [[nodiscard]] std::vector<std::string> provider_names() const {
    std::vector<std::string> out;
    for (const Provider& provider : config_.providers) out.push_back(provider.name);
    return out;
  }

  void provider_exists(const std::string& path, const std::string& name) {
    const std::vector<std::string> known = provider_names();
    if (name.empty() || std::find(known.begin(), known.end(), name) != known.end()) return;
    error(path, "no provider is named " + shown(name) + suggestion(name, known));
  }

  void names() {
    std::set<std::string> matches;
    for (std::size_t i = 0; i < config_.models.size(); ++i) {
      const ModelRule& rule = config_.models[i];
      const std::string path = indexed("models", i);
      if (!rule.match.empty() && !matches.insert(rule.match).second) {
        error(path + ".match", shown(rule.match) + " stands twice; the second is never reached");
      }
      std::uint64_t weights = 0;
      for (std::size_t t = 0; t < rule.targets.size(); ++t) {
        provider_exists(indexed(path + ".targets", t) + ".provider", rule.targets[t].provider);
        weights += rule.targets[t].weight;
      }
      if (rule.policy == Policy::Weighted && weights == 0 && !rule.targets.empty()) {
        error(path + ".targets", "all weights are 0, so no target can be chosen");
      }
    }
    if (!config_.default_provider.empty() && root_.find("default_provider") != nullptr) {
      provider_exists("default_provider", config_.default_provider);
    }
  }

  void keys() {
    std::set<std::string> ids, hashes;
    for (std::size_t i = 0; i < config_.keys.size(); ++i) {
      const Key& key = config_.keys[i];
      const std::string path = indexed("keys", i);
      if (!key.id.empty() && !ids.insert(key.id).second)
        error(path + ".id", "the id " + shown(key.id) + " stands twice");
      if (!key.sha256.empty() && !hashes.insert(key.sha256).second) {
        error(path + ".sha256", "this key stands twice, under two ids");
      }
    }
  }

  // One owner a plugin; then one owner a route, a model claim and an alias over all plugins.
  void claims() {
    std::map<std::string, std::uint32_t> owners;  // "route /v1/*" -> provider
    for (const Manifest& manifest : manifests_) {
      const bool claims_something = !manifest.routes.empty() || !manifest.model_claims.empty() ||
                                    !manifest.model_list.empty() || !manifest.aliases.empty();
      const Ownership ownership = owner_of(config_, manifest.name);
      if (ownership.contenders.size() > 1 && claims_something) {
        tell_contenders(manifest, ownership.contenders);
      }
      if (!ownership.owner) continue;
      for (const Manifest::Route& route : manifest.routes) {
        for (const std::string& method : route.methods) {
          claim(owners, "the route " + method + " " + route.path, *ownership.owner);
        }
      }
      for (const std::string& model : manifest.model_claims) {
        claim(owners, "the models " + model, *ownership.owner);
      }
      for (const auto& [alias, meaning] : manifest.aliases) {
        claim(owners, "the name " + alias, *ownership.owner);
      }
    }
  }

  void tell_contenders(const Manifest& manifest, const std::vector<std::uint32_t>& contenders) {
    std::string list;
    for (const std::uint32_t i : contenders) {
      list += (list.empty() ? "" : ", ") + config_.providers[i].name;
    }
    error("providers." + config_.providers[contenders[1]].name,
          "several providers could own the routes and models of the plugin \"" + manifest.name +
              "\" (" + list + "); name one of them \"" + manifest.name +
              "\", or write `routes: true` in exactly one");
  }

  void claim(std::map<std::string, std::uint32_t>& owners, const std::string& what,
             std::uint32_t provider) {
    const auto [known, is_new] = owners.emplace(what, provider);
    if (is_new || known->second == provider) return;
    const Provider& first = config_.providers[known->second];
    const Provider& second = config_.providers[provider];
    if (first.routes != second.routes) {
      if (second.routes) known->second = provider;
      return;
    }
    error("providers." + second.name, what + " is claimed by \"" + first.name + "\" and \"" +
                                          second.name + "\"; write `routes: true` in one of them");
  }

  [[nodiscard]] bool has_credentials() const {
    return std::any_of(config_.providers.begin(), config_.providers.end(),
                       [](const Provider& p) { return !p.credentials.empty(); });
  }

  void listener(std::size_t i) {
    const Listener& listener = config_.listeners[i];
    const std::string path = indexed("listen", i);
    if (listener.host.empty()) return;  // told already
    for (std::size_t other = 0; other < i; ++other) {
      const Listener& first = config_.listeners[other];
      if (listener.port != 0 && first.port == listener.port && first.host == listener.host) {
        error(path + ".address", "another listener has this address");
      }
    }
    if (listener.auth == Auth::Keys) {
      if (config_.keys.empty())
        warning(path + ".auth", "no key is configured, so nobody may enter");
      return;
    }
    if (is_loopback(listener.host)) return;
    if (config_.seed_shape) {
      warning(
          path + ".address",
          "OPEN TO THE NETWORK: everyone who reaches this port uses the configured credentials; "
          "the native shape has `auth: keys`");
    } else if (!listener.auth_written && has_credentials()) {
      error(path + ".address",
            "this address is reachable from other machines and would lend the configured "
            "credentials to everyone; write `auth: keys`, or `auth: open` if that is meant");
    } else if (listener.auth_written && has_credentials()) {
      warning(path + ".auth",
              "open to the network: everyone who reaches this port uses the "
              "configured credentials");
    }
  }

  void admin() {
    if (!config_.admin_enabled) return;
    if (!is_loopback(config_.admin_host)) {
      warning("admin.address", "the admin port is reachable from other machines");
    }
    for (const Listener& listener : config_.listeners) {
      if (listener.port != 0 && listener.port == config_.admin_port &&
          (listener.host == config_.admin_host || listener.host == "0.0.0.0")) {
        error("admin.address", "a listener has this address");
      }
    }
  }

  void files() {
    for (std::size_t i = 0; i < config_.listeners.size(); ++i) {
      const Listener& listener = config_.listeners[i];
      if (listener.tls_cert.empty() || listener.tls_key.empty()) continue;
      pem(indexed("listen", i) + ".tls.cert", listener.tls_cert, "CERTIFICATE-----");
      pem(indexed("listen", i) + ".tls.key", listener.tls_key, "PRIVATE KEY-----");
    }
    for (const Provider& provider : config_.providers) {
      if (provider.ca_file.empty()) continue;
      pem("providers." + provider.name + ".tls.ca_file", provider.ca_file, "CERTIFICATE-----");
    }
  }

  void pem(const std::string& path, const std::string& file, std::string_view kind) {
    const Result<std::string> text = environment_.read_file(file, kPemBytesMax);
    if (!text) {
      error(path, "cannot read the file \"" + file + "\": " + text.error().detail);
    } else if (text->find("-----BEGIN ") == std::string::npos ||
               text->find(kind) == std::string::npos) {
      error(path, "the file \"" + file + "\" holds no PEM " +
                      (kind.front() == 'C' ? "certificate" : "private key"));
    }
  }

  void limits() {
    if (config_.limits.url_bytes > config_.limits.head_bytes) {
      error("limits.url_bytes",
            "must be at most head_bytes (" + std::to_string(config_.limits.head_bytes) + ")");
    }
  }

  const Config& config_;
  std::span<const Manifest> manifests_;
  const Node& root_;
  const Environment& environment_;
  Diagnostics& out_;
};

}  // namespace

void check_meaning(const Config& config, std::span<const Manifest> manifests, const Node& root,
                   const Environment& environment, Diagnostics& out) {
  Meaning(config, manifests, root, environment, out).check();
}

}  // namespace aip::config
