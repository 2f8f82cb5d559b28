#include "core/main/prepare.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "core/observe/log.h"
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

// Only what went well in a child of its own is loaded here.
Result<std::shared_ptr<plugin::Instance>> bring_up(const plugin::FileInfo& file,
                                                   const config::Provider& provider,
                                                   const std::string& copies) {
  plugin::TrialPlan plan;
  plan.copies_dir = copies;
  if (Status tried = plugin::try_out(file, provider.name, provider.section, plan); !tried) {
    return std::move(tried).error();
  }
  auto module = plugin::load(file, copies);
  if (!module) return std::move(module).error();
  return plugin::instantiate(std::move(*module), provider.name, provider.section);
}

}  // namespace

Found find_plugins(const CommandLine& line, const Quarantine& quarantine) {
  const config::SystemEnvironment environment;
  std::vector<std::string> folders = line.overrides.plugin_dirs;
  if (folders.empty() && !line.config_file.empty()) {
    folders = config::plugin_dirs(line.config_file, environment);
  }
  if (folders.empty()) folders.push_back(program_folder() + "/plugins");
  Found found;
  plugin::Scan scan = plugin::scan(folders);
  found.files = std::move(scan.plugins);
  found.refused = std::move(scan.refused);
  for (const plugin::FileInfo& file : found.files) {
    found.claims.push_back({file.name, file.version, file.path, file.manifest});
    if (const QuarantinedPlugin* entry = find_quarantined(quarantine, file)) {
      found.quarantined.push_back(*entry);
      found.refused.push_back(file.path + ": in quarantine after " + entry->reason);
    }
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

Result<std::shared_ptr<const Prepared>> prepare(std::shared_ptr<const config::Config> config,
                                                const Found& found) {
  auto prepared = std::make_shared<Prepared>();
  prepared->config = config;
  auto table = route::Table::make(config, found.claims);
  if (!table) return std::move(table).error();
  prepared->table = std::move(*table);
  Result<std::string> state = state_folder(*config);
  if (!state) return std::move(state).error();
  const std::string copies = *state + "/plugins";
  for (const config::Provider& provider : config->providers) {
    const auto file = std::find_if(found.files.begin(), found.files.end(),
                                   [&](const auto& f) { return f.name == provider.plugin; });
    if (file == found.files.end()) {
      observe::log(observe::Level::Warn,
                   "provider " + provider.name + ": no plugin " + provider.plugin);
      prepared->instances.push_back(nullptr);
      prepared->absences.emplace_back();
      continue;
    }
    if (const QuarantinedPlugin* entry = find_quarantined(found.quarantined, *file)) {
      prepared->instances.push_back(nullptr);
      prepared->absences.push_back("its plugin " + file->name + " is in quarantine after " +
                                   entry->reason);
      continue;
    }
    auto instance = bring_up(*file, provider, copies);
    if (!instance) return std::move(instance).error();
    prepared->instances.push_back(std::move(*instance));
    prepared->absences.emplace_back();
  }
  for (const config::Listener& listener : config->listeners) {
    if (listener.tls_cert.empty()) {
      prepared->tls.push_back(nullptr);
      continue;
    }
    auto context = tls::ServerContext::make({listener.tls_cert, listener.tls_key});
    if (!context) return std::move(context).error();
    prepared->tls.push_back(std::move(*context));
  }
  return std::shared_ptr<const Prepared>(std::move(prepared));
}

}  // namespace aip::main
