#include "core/main/draft.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "core/plugin/trial.h"

namespace aip::main {
namespace {

// The folder that the running program lies in.
std::string program_folder() {
  std::array<char, 4096> path{};
  const ssize_t n = ::readlink("/proc/self/exe", path.data(), path.size() - 1);
  if (n <= 0) return ".";
  return config::folder_of(std::string(path.data(), static_cast<std::size_t>(n)));
}

Status make_folder(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) return {};
  return Error{ErrorCode::GatewayDisk, path + ": " + std::strerror(errno)};
}

PluginChoice* find(std::vector<PluginChoice>& plugins, std::string_view name) {
  const auto at = std::find_if(plugins.begin(), plugins.end(),
                               [name](const PluginChoice& p) { return p.file.name == name; });
  return at == plugins.end() ? nullptr : &*at;
}

std::vector<std::string> plugin_folders(const CommandLine& line,
                                        const config::Environment& environment) {
  std::vector<std::string> folders = line.overrides.plugin_dirs;
  if (folders.empty() && !line.config_file.empty()) {
    folders = config::plugin_dirs(line.config_file, environment);
  }
  if (folders.empty()) folders.push_back(program_folder() + "/plugins");
  return folders;
}

class Drafter {
 public:
  Drafter(const CommandLine& line, const std::vector<PluginChoice>& serving,
          const Quarantine& quarantine)
      : line_(line), serving_(serving), quarantine_(quarantine) {}

  Draft make() {
    look_at_plugins();
    while (load() && !try_all()) {
    }
    draft_.seen.files = recorder_.files();
    if (!draft_.errors.empty()) draft_.config = nullptr;
    return std::move(draft_);
  }

 private:
  void look_at_plugins() {
    // The look is taken first: what changes after it is found by the next one.
    for (const std::string& folder : plugin_folders(line_, recorder_)) {
      draft_.seen.plugins[folder] = look_of_plugins(folder);
    }
    draft_.found = find_plugins(line_, recorder_, quarantine_);
    // Where a file went bad under a plugin that serves, its copy goes on serving.
    for (const PluginChoice& old : serving_) {
      const auto& refused = draft_.found.refused;
      const bool went_bad = std::any_of(refused.begin(), refused.end(),
                                        [&old](const auto& one) { return one.path == old.origin; });
      if (went_bad && find(draft_.found.plugins, old.file.name) == nullptr) {
        draft_.found.plugins.push_back(old);
      }
    }
  }

  // False: the draft has failed.
  bool load() {
    const std::vector<config::PluginClaims> claims = draft_.found.claims();
    const config::Loaded loaded =
        config::load(line_.config_file, claims, recorder_, line_.overrides);
    for (const config::Diagnostic& error : loaded.errors) {
      draft_.errors.push_back(error.to_string());
    }
    if (!loaded.config) return false;
    draft_.config = loaded.config;
    auto table = route::Table::make(loaded.config, claims);
    if (!table) return fail(table.error());
    draft_.table = std::move(*table);
    Result<std::string> state = state_folder(*loaded.config);
    if (!state) return fail(state.error());
    draft_.state_dir = std::move(*state);
    return true;
  }

  // True: every plugin took every section of its own, or the draft has failed. False: a plugin was
  // exchanged or left out, so that the configuration must be judged anew.
  bool try_all() {
    plugin::TrialPlan plan;
    plan.copies_dir = draft_.state_dir + "/plugins";
    for (const config::Provider& provider : draft_.config->providers) {
      const PluginChoice* choice = find(draft_.found.plugins, provider.plugin);
      if (choice == nullptr || !choice->quarantine.empty()) continue;
      const Status tried = plugin::try_out(choice->file, provider.name, provider.section, plan);
      if (tried) continue;
      if (give_up_file(*choice, tried.error(), provider)) return false;
      static_cast<void>(fail(tried.error()));
      return true;
    }
    return true;
  }

  // The old version in the place of a new one that failed; none for a plugin that nobody asked for.
  bool give_up_file(const PluginChoice& failed, const Error& why,
                    const config::Provider& provider) {
    const auto old =
        std::find_if(serving_.begin(), serving_.end(), [&failed](const PluginChoice& p) {
          return p.file.name == failed.file.name && p.file.sha256 != failed.file.sha256;
        });
    if (old == serving_.end() && !provider.automatic) return false;
    PluginRefusal refusal{failed.origin,       why.detail,         failed.file.name,
                          failed.file.version, failed.file.sha256, false};
    draft_.found.refused.push_back(std::move(refusal));
    const std::string name = failed.file.name;
    std::erase_if(draft_.found.plugins,
                  [&name](const PluginChoice& p) { return p.file.name == name; });
    if (old != serving_.end()) draft_.found.plugins.push_back(*old);
    return true;
  }

  bool fail(const Error& error) {
    draft_.errors.push_back(error.detail);
    return false;
  }

  const CommandLine& line_;
  const std::vector<PluginChoice>& serving_;
  const Quarantine& quarantine_;
  const Recorder recorder_;
  Draft draft_;
};

}  // namespace

std::vector<config::PluginClaims> Found::claims() const {
  std::vector<config::PluginClaims> out;
  for (const PluginChoice& p : plugins) {
    out.push_back({p.file.name, p.file.version, p.origin, p.file.manifest});
  }
  return out;
}

Found find_plugins(const CommandLine& line, const config::Environment& environment,
                   const Quarantine& quarantine) {
  Found found;
  found.folders = plugin_folders(line, environment);
  plugin::Scan scan = plugin::scan(found.folders);
  for (plugin::FileInfo& file : scan.plugins) {
    PluginChoice choice{std::move(file), {}};
    choice.origin = choice.file.path;
    if (const QuarantinedPlugin* entry = find_quarantined(quarantine, choice.file)) {
      choice.quarantine = "in quarantine after " + entry->reason;
      found.refused.push_back({choice.origin, choice.quarantine, choice.file.name,
                               choice.file.version, choice.file.sha256, true});
    }
    found.plugins.push_back(std::move(choice));
  }
  for (plugin::RefusedFile& file : scan.refused) {
    found.refused.push_back({std::move(file.path), std::move(file.reason), {}, {}, {}, false});
  }
  return found;
}

Result<std::string> state_folder(const config::Config& config) {
  std::string folder = config.state_dir;
  if (folder.empty()) {
    const char* runtime = std::getenv("XDG_RUNTIME_DIR");
    folder = runtime != nullptr && *runtime != 0 ? std::string(runtime) : "/tmp";
    folder += "/aiproxy-" + std::to_string(::getuid());
  }
  if (Status made = make_folder(folder); !made) return std::move(made).error();
  struct stat info {};
  if (::lstat(folder.c_str(), &info) != 0 || !S_ISDIR(info.st_mode) || info.st_uid != ::geteuid()) {
    return Error{ErrorCode::GatewayDisk, folder + " is not a folder of this user's own"};
  }
  if ((info.st_mode & 077) != 0 && ::chmod(folder.c_str(), 0700) != 0) {
    return Error{ErrorCode::GatewayDisk, folder + ": " + std::strerror(errno)};
  }
  return folder;
}

Draft make_draft(const CommandLine& line, const std::vector<PluginChoice>& serving,
                 const Quarantine& quarantine) {
  return Drafter(line, serving, quarantine).make();
}

}  // namespace aip::main
