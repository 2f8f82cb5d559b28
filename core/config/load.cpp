#include "core/config/load.h"

#include <algorithm>

#include "core/config/check.h"
#include "core/config/expand.h"
#include "core/config/formats.h"
#include "core/config/manifest.h"
#include "core/config/meaning.h"
#include "core/config/native.h"
#include "core/config/provider.h"
#include "core/config/schema.h"
#include "core/config/seed.h"
#include "core/config/yaml.h"

namespace aip::config {
namespace {

constexpr std::string_view kBuiltinHost = "127.0.0.1";
constexpr std::uint16_t kBuiltinPort = 8999;
constexpr std::string_view kUsualDefaultProvider = "openai";  // as in the seed
constexpr std::string_view kDemoProvider = "mock";

// Manifests that can be read, one a name; what is wrong with the others is a warning, because the
// plugin folder is not the configuration.
std::vector<Manifest> read_manifests(std::span<const PluginClaims> claims,
                                     std::vector<std::string>& warnings) {
  std::vector<Manifest> out;
  for (const PluginClaims& claim : claims) {
    Result<Manifest> manifest = parse_manifest(claim.manifest);
    if (!manifest) {
      warnings.push_back(claim.file + ": left out: " + manifest.error().detail);
      continue;
    }
    const auto same = [&manifest](const Manifest& m) { return m.name == manifest->name; };
    if (std::any_of(out.begin(), out.end(), same)) {
      warnings.push_back(claim.file + ": left out: another plugin is named \"" + manifest->name +
                         "\"");
      continue;
    }
    out.push_back(*std::move(manifest));
  }
  return out;
}

std::vector<std::string> names_of(std::span<const Manifest> manifests) {
  std::vector<std::string> out;
  for (const Manifest& manifest : manifests) out.push_back(manifest.name);
  return out;
}

const Manifest* find(std::span<const Manifest> manifests, std::string_view name) {
  const auto it = std::find_if(manifests.begin(), manifests.end(),
                               [name](const Manifest& m) { return m.name == name; });
  return it == manifests.end() ? nullptr : &*it;
}

const Provider* find(const std::vector<Provider>& providers, std::string_view name) {
  const auto it = std::find_if(providers.begin(), providers.end(),
                               [name](const Provider& p) { return p.name == name; });
  return it == providers.end() ? nullptr : &*it;
}

// The tree of a file with its references resolved; nullopt after an error.
std::optional<Node> read_tree(const std::string& path, const Environment& environment,
                              Diagnostics& out) {
  const Result<std::string> text = environment.read_file(path, kYamlBytesMax);
  if (!text) {
    out.error({}, "", "cannot read the configuration: " + text.error().detail);
    return std::nullopt;
  }
  std::optional<Node> root = parse_yaml(*text, out);
  if (!root) return std::nullopt;
  if (root->kind == Node::Kind::Null) {
    out.error({1, 1}, "", "the file is empty");
    return std::nullopt;
  }
  if (root->kind != Node::Kind::Mapping) {
    out.error(root->mark, "", "a configuration is a mapping of keys to values");
    return std::nullopt;
  }
  expand(*root, environment, folder_of(path), out);
  return root;
}

void read_one_provider(const Node::Key& key, const Node& section,
                       std::span<const Manifest> manifests, const ShapeRules& rules, Config& config,
                       Diagnostics& out) {
  const SectionPlace place{child_path("providers", key.name), key.mark};
  if (const auto fault = format_fault("name", key.name)) {
    out.error(key.mark, place.path, "a provider's name " + *fault);
    return;
  }
  const Node* plugin = section.find("plugin");
  const bool written = plugin != nullptr && plugin->kind == Node::Kind::Scalar;
  const std::string& name = written ? plugin->text : key.name;
  const Manifest* manifest = find(manifests, name);
  if (manifest == nullptr) {
    out.error(written ? plugin->mark : key.mark, written ? place.path + ".plugin" : place.path,
              "no plugin is named " + shown(name) + suggestion(name, names_of(manifests)));
    Provider unknown;  // its name is known, so that nothing that leads to it is a second error
    unknown.name = key.name;
    config.providers.push_back(std::move(unknown));
    return;
  }
  config.providers.push_back(read_provider(key.name, *manifest, section, place, rules, out));
}

// A plugin whose schema accepts an empty section gets a provider of its own name (SPEC 4), unless
// its manifest says that somebody must want it.
void add_automatic_providers(std::span<const Manifest> manifests, Config& config) {
  for (const Manifest& manifest : manifests) {
    if (!manifest.automatic || find(config.providers, manifest.name)) continue;
    if (!accepts_empty_section(manifest)) continue;
    Diagnostics none("");
    Provider provider = read_provider(manifest.name, manifest, Node::mapping({}), {}, {}, none);
    provider.automatic = true;
    config.providers.push_back(std::move(provider));
  }
}

// Reads the file into `config` and gives its tree in the native shape.
Node read_file(const std::string& path, std::span<const Manifest> manifests,
               const Environment& environment, Config& config, Diagnostics& out) {
  config.file = path;
  std::optional<Node> written = read_tree(path, environment, out);
  if (!written) return {};
  ShapeRules rules{folder_of(path), UnknownKeys::Refuse};
  config.seed_shape = is_seed_shape(*written);
  Node root =
      config.seed_shape ? seed_to_native(*std::move(written), manifests, out) : *std::move(written);
  Node top = root;
  const std::optional<Node> providers = top.take("providers");
  const std::string text = check(top, {}, core_schema(), "", rules, out);
  read_native(json::Value(text), rules.folder, config);
  if (config.seed_shape) rules.unknown_keys = UnknownKeys::Warn;
  if (providers && providers->kind == Node::Kind::Mapping) {
    for (std::size_t i = 0; i < providers->items.size(); ++i) {
      read_one_provider(providers->keys[i], providers->items[i], manifests, rules, config, out);
    }
  } else if (providers && providers->kind != Node::Kind::Null) {
    out.error(providers->mark, "providers", "expected a mapping");
  }
  const std::string proxy_url = json::Value(text)["proxy_url"].str();
  add_automatic_providers(manifests, config);
  for (Provider& provider : config.providers) {
    if (provider.proxy_url.empty()) provider.proxy_url = proxy_url;
  }
  if (config.state_dir.empty()) config.state_dir = resolve_path("data", rules.folder);
  return root;
}

// The section of a provider whose keys stand in the environment; Null if none does.
Node section_from_environment(const Manifest& manifest, const Environment& environment) {
  Node section;
  for (const Manifest::CredentialKind& kind : manifest.credentials) {
    const auto variable = manifest.environment.find(kind.kind);
    if (variable == manifest.environment.end() || kind.list.empty() || kind.secret.empty())
      continue;
    const std::optional<std::string> value = environment.variable(variable->second);
    if (!value || value->empty()) continue;
    Node entry = Node::mapping({});
    if (!kind.id.empty()) entry.add({kind.id, {}}, Node::scalar("environment", {}));
    entry.add({kind.secret, {}}, Node::scalar(*value, {})).plain = false;
    Node list = Node::sequence({});
    list.items.push_back(std::move(entry));
    if (section.kind == Node::Kind::Null) section = Node::mapping({});
    section.add({kind.list, {}}, std::move(list));
  }
  const auto url = manifest.environment.find("base_url");
  if (url == manifest.environment.end()) return section;
  const std::optional<std::string> value = environment.variable(url->second);
  if (!value || value->empty()) return section;
  if (section.kind == Node::Kind::Null) section = Node::mapping({});
  section.add({"base_url", {}}, Node::scalar(*value, {})).plain = false;
  return section;
}

void build_default(std::span<const Manifest> manifests, const Environment& environment,
                   Config& config, Diagnostics& out) {
  for (const Manifest& manifest : manifests) {
    const Node section = section_from_environment(manifest, environment);
    if (section.kind == Node::Kind::Null) continue;
    const SectionPlace place{"the environment: " + manifest.name, {}};
    config.providers.push_back(read_provider(manifest.name, manifest, section, place, {}, out));
  }
  // With no key at all, the demonstration answers.
  if (!config.providers.empty()) {
    config.default_provider = find(config.providers, kUsualDefaultProvider)
                                  ? std::string(kUsualDefaultProvider)
                                  : config.providers.front().name;
  } else if (find(manifests, kDemoProvider) != nullptr) {
    config.default_provider = kDemoProvider;
  }
  add_automatic_providers(manifests, config);
}

void apply(const Overrides& overrides, Config& config, Diagnostics& out) {
  if (overrides.listen) {
    if (const auto address = parse_address(*overrides.listen)) {
      config.listeners.resize(1);
      config.listeners.front().host = address->host;
      config.listeners.front().port = address->port;
    } else {
      out.error({}, "--listen", *format_fault("address", *overrides.listen));
    }
  }
  if (overrides.workers) config.workers = *overrides.workers;
  if (overrides.log_level) config.log_level = *overrides.log_level;
  if (!overrides.plugin_dirs.empty()) config.plugin_dirs = overrides.plugin_dirs;
}

void add_listener_if_none(Config& config) {
  if (!config.listeners.empty()) return;
  Listener listener;
  listener.host = kBuiltinHost;
  listener.port = kBuiltinPort;
  config.listeners.push_back(std::move(listener));
}

}  // namespace

Loaded load(const std::string& path, std::span<const PluginClaims> claims,
            const Environment& environment, const Overrides& overrides) {
  Config config;
  Diagnostics out(path);
  const std::vector<Manifest> manifests = read_manifests(claims, config.warnings);
  Node root;
  if (path.empty()) {
    build_default(manifests, environment, config, out);
  } else {
    root = read_file(path, manifests, environment, config, out);
  }
  add_listener_if_none(config);
  apply(overrides, config, out);
  if (config.default_provider.empty() && find(config.providers, kUsualDefaultProvider)) {
    config.default_provider = kUsualDefaultProvider;
  }
  const bool readable = path.empty() || root.kind == Node::Kind::Mapping;
  if (readable) check_meaning(config, manifests, root, environment, out);
  for (const Diagnostic& warning : out.warnings()) {
    config.warnings.push_back(warning.to_string());
  }
  if (out.failed()) return {nullptr, out.errors()};
  return {std::make_shared<const Config>(std::move(config)), {}};
}

std::vector<std::string> plugin_dirs(const std::string& path, const Environment& environment) {
  if (path.empty()) return {};
  Diagnostics ignored(path);
  const std::optional<Node> root = read_tree(path, environment, ignored);
  const Node* node = root ? root->find("plugin_dir") : nullptr;
  if (node == nullptr) return {};
  std::vector<std::string> out;
  const auto add = [&out, folder = folder_of(path)](const Node& scalar) {
    if (!scalar.text.empty()) out.push_back(resolve_path(scalar.text, folder));
  };
  if (node->kind == Node::Kind::Scalar) add(*node);
  if (node->kind == Node::Kind::Sequence)
    std::for_each(node->items.begin(), node->items.end(), add);
  return out;
}

std::string schema_json(std::span<const PluginClaims> claims) {
  std::vector<std::string> ignored;
  return schema_json(std::span<const Manifest>(read_manifests(claims, ignored)));
}

}  // namespace aip::config
