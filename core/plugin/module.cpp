#include "core/plugin/module.h"

#include <dlfcn.h>

#include <map>
#include <utility>
#include <vector>

#include "core/plugin/copies.h"
#include "core/plugin/crossing.h"
#include "core/plugin/host_table.h"
#include "core/plugin/plugin_file.h"
#include "core/plugin/refuse.h"

namespace aip::plugin {
namespace {

using Entry = const aip_plugin* (*)(std::uint32_t);

// What is wrong with the tables, in words; nullptr: nothing.
const char* fault_of(const aip_plugin* plugin) noexcept {
  if (plugin == nullptr) return "its entry gives no table";
  // Version 0 agrees exactly, so the sizes are equal; a frozen 1.x reads only what is there.
  if (plugin->struct_size != sizeof *plugin) return "its table is not of this interface's size";
  if (plugin->magic != AIP_MAGIC) return "its table has the wrong magic number";
  if (plugin->abi_minor != AIP_ABI_MINOR) return "its table is of another interface version";
  if (plugin->init == nullptr || plugin->deinit == nullptr) return "it lacks init or deinit";
  const aip_provider* p = plugin->provider;
  if (p == nullptr) return "it brings no provider";
  if (p->struct_size != sizeof *p) return "its provider is not of this interface's size";
  const bool whole = p->create != nullptr && p->destroy != nullptr && p->worker_attach != nullptr &&
                     p->worker_detach != nullptr && p->begin != nullptr && p->on_call != nullptr &&
                     p->on_wake != nullptr && p->cancel != nullptr && p->end != nullptr;
  return whole ? nullptr : "its provider lacks a function that is not optional";
}

// Modules by hash. Touched by the control thread alone.
struct Loaded {
  std::map<std::string, std::weak_ptr<Module>> by_hash;
  std::vector<std::shared_ptr<Module>> pinned;  // never unmapped
};
Loaded& loaded() {
  static Loaded& all = *new Loaded;
  return all;
}

}  // namespace

Status Module::open() {
  // An absolute path, so that dlopen never looks for a name; all symbols now, none for others.
  Scope& scope = intern_scope(file_.name, {});
  const aip_status mapped = cross(scope, nullptr, "load", [&]() -> aip_status {
    handle_ = ::dlopen(copy_.c_str(), RTLD_NOW | RTLD_LOCAL);  // constructors run in there
    return AIP_OK;
  });
  if (mapped < 0 || handle_ == nullptr) {
    const char* why = ::dlerror();
    return refuse(std::string("it cannot be mapped: ") +
                  (why != nullptr ? why : "no reason given"));
  }
  const auto entry = reinterpret_cast<Entry>(::dlsym(handle_, "aip_plugin_entry_v0"));
  if (entry == nullptr) return refuse("it does not export aip_plugin_entry_v0()");
  const aip_plugin* plugin = nullptr;
  const aip_status called = cross(scope, nullptr, "entry", [&]() -> aip_status {
    plugin = entry(AIP_ABI_MINOR);
    return AIP_OK;
  });
  if (called < 0) return refuse("its entry failed");
  if (const char* fault = fault_of(plugin)) return refuse(fault);
  const aip_status status =
      cross(scope, nullptr, "init", [&] { return plugin->init(&host_table()); });
  if (status < 0) return refuse("its init() failed with status " + std::to_string(status));
  plugin_ = plugin;
  initialised_ = true;
  return {};
}

Module::~Module() {
  Scope& scope = intern_scope(file_.name, {});
  if (initialised_) {
    cross(scope, nullptr, "deinit", [&]() -> aip_status {
      plugin_->deinit();
      return AIP_OK;
    });
  }
  if (handle_ == nullptr) return;
  ::dlclose(handle_);
  void* still = ::dlopen(copy_.c_str(), RTLD_NOW | RTLD_NOLOAD | RTLD_LOCAL);
  if (still == nullptr) return;
  ::dlclose(still);
  scope.log(AIP_LOG_WARN,
            "stays mapped after its last use, for a reason that its file does not tell");
}

Result<std::shared_ptr<Module>> load(const FileInfo& file, const std::string& copies_dir) {
  Result<PluginFile> read = read_plugin_file(file.path);
  if (!read) return std::move(read).error().at(file.path);
  if (read->info.sha256 != file.sha256) {
    return refuse("it was replaced while it was being loaded; the next scan finds the new one")
        .at(file.path);
  }
  Loaded& all = loaded();
  if (auto module = all.by_hash[file.sha256].lock()) return module;

  Result<std::string> copy = make_copy(*read, copies_dir);
  if (!copy) return std::move(copy).error();
  auto module = std::make_shared<Module>(std::move(read->info), std::move(*copy));
  if (Status opened = module->open(); !opened) return std::move(opened).error().at(file.path);
  if (!module->unloadable() || !read->pinned_by.empty()) {
    intern_scope(file.name, {})
        .log(AIP_LOG_INFO, "stays mapped until the gateway ends: " +
                               (read->pinned_by.empty() ? "it does not say that it may be unmapped"
                                                        : read->pinned_by));
    all.pinned.push_back(module);
  }
  std::erase_if(all.by_hash, [](const auto& entry) { return entry.second.expired(); });
  all.by_hash[file.sha256] = module;
  return module;
}

const FileInfo& file_of(const Module& module) noexcept {
  return module.file();
}

const std::string& copy_of(const Module& module) noexcept {
  return module.copy();
}

std::size_t generations_of(std::string_view plugin_name) {
  std::size_t n = 0;
  for (const auto& [hash, weak] : loaded().by_hash) {
    const auto module = weak.lock();
    if (module && module->file().name == plugin_name) ++n;
  }
  return n;
}

}  // namespace aip::plugin
