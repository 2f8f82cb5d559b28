#include "core/main/changes.h"

#include <algorithm>
#include <utility>

namespace aip::main {
namespace {

std::string address_of(const config::Listener& listener) {
  const bool six = listener.host.find(':') != std::string::npos;
  return (six ? "[" + listener.host + "]" : listener.host) + ":" + std::to_string(listener.port);
}

// Goes through two lists whose entries have names: what was added, removed, and what `differ` has
// to say of those that are in both.
template <class T, class Name, class Differ>
void compare(const std::string& kind, const std::vector<T>& before, const std::vector<T>& after,
             Name name, Differ differ, std::vector<std::string>& out) {
  const auto find = [&name](const std::vector<T>& list, const std::string& wanted) {
    return std::find_if(list.begin(), list.end(),
                        [&](const T& entry) { return name(entry) == wanted; });
  };
  for (const T& entry : after) {
    const auto old = find(before, name(entry));
    const std::string told = old == before.end() ? "added" : differ(*old, entry);
    if (!told.empty()) out.push_back(kind + " " + name(entry) + ": " + told);
  }
  for (const T& entry : before) {
    if (find(after, name(entry)) == after.end()) {
      out.push_back(kind + " " + name(entry) + ": removed");
    }
  }
}

std::string provider_change(const config::Provider& before, const config::Provider& after) {
  if (before == after) return {};
  config::Provider same = before;
  same.credentials = after.credentials;
  return same == after ? "credentials changed" : "changed";
}

std::string plugin_change(const PluginChoice& before, const PluginChoice& after) {
  if (before.file.sha256 == after.file.sha256) return {};
  return "replaced (version " + before.file.version + " -> " + after.file.version + ")";
}

bool same_file(const std::string& path, const Told& before, const Told& after) {
  const auto old = before.files.find(path);
  const auto now = after.files.find(path);
  return old == before.files.end() || now == after.files.end() || old->second == now->second;
}

void compare_listeners(const Told& before, const Told& after, std::vector<std::string>& out) {
  compare(
      "listen", before.config.listeners, after.config.listeners, address_of,
      [&](const config::Listener& old, const config::Listener& now) -> std::string {
        if (!(old == now)) return "changed";
        const bool same =
            same_file(now.tls_cert, before, after) && same_file(now.tls_key, before, after);
        return same ? "" : "certificate replaced";
      },
      out);
}

void compare_values(const config::Config& before, const config::Config& after,
                    std::vector<std::string>& out) {
  const auto value = [&out](const std::string& name, const std::string& old,
                            const std::string& now) {
    if (old != now) out.push_back(name + ": " + old + " -> " + now);
  };
  const auto workers = [](const config::Config& config) {
    return config.workers == 0 ? std::string("auto") : std::to_string(config.workers);
  };
  value("default_provider", before.default_provider, after.default_provider);
  value("log_level", before.log_level, after.log_level);
  value("access_log", before.access_log, after.access_log);
  value("workers", workers(before), workers(after));
  if (!(before.limits == after.limits)) out.emplace_back("limits: changed");
  if (before.capabilities != after.capabilities) out.emplace_back("capabilities: changed");
  if (before.plugin_dirs != after.plugin_dirs) out.emplace_back("plugin_dir: changed");
  const bool same_admin = before.admin_enabled == after.admin_enabled &&
                          before.admin_host == after.admin_host &&
                          before.admin_port == after.admin_port;
  if (!same_admin) out.emplace_back("needs a restart: admin.address");
  if (!(before.admin_token == after.admin_token)) {
    out.emplace_back("needs a restart: admin.token");
  }
  if (before.state_dir != after.state_dir) out.emplace_back("needs a restart: state_dir");
}

}  // namespace

std::vector<std::string> changes_between(const Told& before, const Told& after) {
  std::vector<std::string> out;
  const auto whether = [](const auto& old, const auto& now) {
    return std::string(old == now ? "" : "changed");
  };
  const std::vector<PluginChoice> old_plugins(before.plugins.begin(), before.plugins.end());
  const std::vector<PluginChoice> new_plugins(after.plugins.begin(), after.plugins.end());
  compare(
      "plugin", old_plugins, new_plugins, [](const PluginChoice& p) { return p.file.name; },
      plugin_change, out);
  compare_listeners(before, after, out);
  compare(
      "provider", before.config.providers, after.config.providers,
      [](const config::Provider& p) { return p.name; }, provider_change, out);
  compare(
      "model rule", before.config.models, after.config.models,
      [](const config::ModelRule& rule) { return rule.match; }, whether, out);
  const auto order = [](const config::Config& config) {
    std::vector<std::string> names;
    for (const config::ModelRule& rule : config.models) names.push_back(rule.match);
    return names;
  };
  std::vector<std::string> old_order = order(before.config);
  std::vector<std::string> new_order = order(after.config);
  if (old_order != new_order &&
      std::is_permutation(old_order.begin(), old_order.end(), new_order.begin(), new_order.end())) {
    out.emplace_back("model rules: another order");
  }
  compare(
      "key", before.config.keys, after.config.keys, [](const config::Key& key) { return key.id; },
      whether, out);
  compare_values(before.config, after.config, out);
  return out;
}

}  // namespace aip::main
