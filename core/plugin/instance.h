// instance.h - loaded plugins, configured providers, and providers attached to a worker.
//
//   Module    a private copy of one .so, by SHA-256: mapped, checked, init() called once    [main]
//   Instance  a Module with one provider's section of the configuration: create()/destroy() [main]
//   WorkerInstance  an Instance attached to one worker: worker_attach()/worker_detach()   [worker]
//
// All three are counted, so that an old generation lives exactly as long as its own streams.
#pragma once

#include <aiproxy/abi.h>

#include <memory>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/base/scheduler.h"
#include "core/plugin/session.h"

namespace aip::plugin {

// What a file says about itself, read from its ELF sections without running any of its code.
struct FileInfo {
  std::string path;
  std::string name, version;  // from the manifest
  std::string sha256;
  std::uint32_t abi_major = 0, abi_minor = 0, min_host_minor = 0;
  std::string manifest;  // JSON text, checked
};

// Reads and judges one file; the error says in words why it is refused.
[[nodiscard]] Result<FileInfo> inspect(const std::string& path);
// All *.so of the folders, by name; refused files are told in `refused` as "file: reason".
[[nodiscard]] std::vector<FileInfo> scan(const std::vector<std::string>& folders,
                                         std::vector<std::string>& refused);

class Module;
class Instance;

// Copies the file (same descriptor that was checked) to `copies_dir`/<name>-<sha>.so, maps it and
// calls init(). A module that is loaded already is shared.
[[nodiscard]] Result<std::shared_ptr<Module>> load(const FileInfo& file,
                                                   const std::string& copies_dir);

// create() with the provider's section.
[[nodiscard]] Result<std::shared_ptr<Instance>> instantiate(std::shared_ptr<Module> module,
                                                            std::string provider_name,
                                                            std::string section_json);
[[nodiscard]] const FileInfo& file_of(const Instance& instance) noexcept;

class WorkerInstance {
 public:
  virtual ~WorkerInstance() = default;  // worker_detach(); no session may be left
  [[nodiscard]] virtual const std::string& provider_name() const noexcept = 0;
  [[nodiscard]] virtual std::unique_ptr<Session> open(SessionOwner& owner) = 0;
  [[nodiscard]] virtual bool has_resolve() const noexcept = 0;
};

[[nodiscard]] Result<std::shared_ptr<WorkerInstance>> attach(std::shared_ptr<Instance> instance,
                                                             std::uint32_t worker,
                                                             Scheduler& scheduler);

}  // namespace aip::plugin
