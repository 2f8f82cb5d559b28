#include "core/main/generation.h"

#include <algorithm>
#include <utility>

#include "core/plugin/copies.h"
#include "core/plugin/trial.h"

namespace aip::main {
namespace {

std::shared_ptr<plugin::Instance> find_same(const Generation* before,
                                            const config::Provider& provider,
                                            const plugin::FileInfo& file) {
  if (before == nullptr) return nullptr;
  for (std::size_t i = 0; i < before->instances.size(); ++i) {
    const std::shared_ptr<plugin::Instance>& instance = before->instances[i];
    if (!instance || !(before->config->providers[i] == provider)) continue;
    if (plugin::file_of(*instance).sha256 == file.sha256) return instance;
  }
  return nullptr;
}

const PluginChoice* choice_for(const config::Provider& provider, const Draft& draft) {
  const std::vector<PluginChoice>& plugins = draft.found.plugins;
  const auto choice =
      std::find_if(plugins.begin(), plugins.end(),
                   [&provider](const PluginChoice& p) { return p.file.name == provider.plugin; });
  return choice == plugins.end() ? nullptr : &*choice;
}

// Null without a fault: there is no such plugin, or it is not to be run.
Result<std::shared_ptr<plugin::Instance>> instance_for(const config::Provider& provider,
                                                       const Draft& draft,
                                                       const Generation* before) {
  const PluginChoice* choice = choice_for(provider, draft);
  if (choice == nullptr || !choice->quarantine.empty()) return std::shared_ptr<plugin::Instance>();
  if (auto same = find_same(before, provider, choice->file)) return same;
  // Only what went well in a child of its own comes here.
  auto module = plugin::load(choice->file, draft.state_dir + "/plugins");
  if (!module) return std::move(module).error();
  return plugin::instantiate(std::move(*module), provider.name, provider.section);
}

Status make_tls(std::vector<Door>& doors) {
  for (Door& door : doors) {
    if (!door.open) continue;
    door.tls = nullptr;
    if (door.listener.tls_cert.empty()) continue;
    auto context = tls::ServerContext::make({door.listener.tls_cert, door.listener.tls_key});
    if (!context) return std::move(context).error();
    door.tls = std::move(*context);
  }
  return {};
}

}  // namespace

std::vector<Door> assign_doors(const std::vector<Door>& before,
                               const std::vector<config::Listener>& listeners) {
  std::vector<Door> doors = before;
  for (Door& door : doors) door.open = false;
  for (const config::Listener& listener : listeners) {
    auto door = std::find_if(doors.begin(), doors.end(), [&listener](const Door& d) {
      return d.listener.host == listener.host && d.listener.port == listener.port;
    });
    if (door == doors.end()) door = doors.insert(door, Door{});
    door->listener = listener;
    door->open = true;
  }
  return doors;
}

Result<std::shared_ptr<const Generation>> prepare(Draft draft, const Generation* before) {
  auto made = std::make_shared<Generation>();
  made->number = before != nullptr ? before->number + 1 : 1;
  made->config = draft.config;
  made->table = draft.table;
  for (const config::Provider& provider : draft.config->providers) {
    auto instance = instance_for(provider, draft, before);
    if (!instance) return std::move(instance).error();
    made->instances.push_back(std::move(*instance));
    const PluginChoice* choice = choice_for(provider, draft);
    const bool kept_out = choice != nullptr && !choice->quarantine.empty();
    made->absences.push_back(
        kept_out ? "its plugin " + provider.plugin + " is " + choice->quarantine : std::string());
  }
  made->doors = assign_doors(before != nullptr ? before->doors : std::vector<Door>(),
                             draft.config->listeners);
  if (Status tls = make_tls(made->doors); !tls) return std::move(tls).error();
  auto listeners = std::make_shared<std::vector<config::Listener>>();
  for (const Door& door : made->doors) listeners->push_back(door.listener);
  made->listeners = std::move(listeners);
  made->state_dir = draft.state_dir;
  made->found = std::move(draft.found);
  made->seen = std::move(draft.seen);
  return std::shared_ptr<const Generation>(std::move(made));
}

void clean_state(const Generation& generation) {
  plugin::TrialPlan plan;
  plan.copies_dir = generation.state_dir + "/plugins";
  std::vector<std::string> used;
  for (std::size_t i = 0; i < generation.instances.size(); ++i) {
    const auto& instance = generation.instances[i];
    if (!instance) continue;
    used.push_back(plugin::copy_of(*instance));
    used.push_back(plugin::trial_mark(plugin::file_of(*instance),
                                      generation.config->providers[i].section, plan));
  }
  plugin::clean_copies(plan.copies_dir, used);
}

std::vector<PluginChoice> loaded_plugins(const Generation& generation) {
  std::vector<PluginChoice> out;
  for (const PluginChoice& choice : generation.found.plugins) {
    for (const auto& instance : generation.instances) {
      if (!instance || plugin::file_of(*instance).sha256 != choice.file.sha256) continue;
      PluginChoice copy = choice;
      copy.file.path = plugin::copy_of(*instance);
      out.push_back(std::move(copy));
      break;
    }
  }
  return out;
}

}  // namespace aip::main
