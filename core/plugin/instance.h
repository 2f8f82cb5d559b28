// instance.h - loaded plugins, configured providers, and providers attached to a worker.
//
//   Module    a private copy of one .so, by SHA-256: mapped, checked, init() called once    [main]
//   Instance  a Module with one provider's section of the configuration: create()/destroy() [main]
//   WorkerInstance  an Instance attached to one worker: worker_attach()/worker_detach()   [worker]
//
// All three are counted, so that an old generation lives exactly as long as its own streams.
// destroy() and unmapping belong to the control thread: whoever hands an Instance to workers keeps
// one reference there until every worker has let go of its own.
//
// Errors: GatewayPlugin, in words that an operator can act on; GatewayDisk for the copies.
// Tests: tests/unit/plugin, tests/abi
#pragma once

#include <aiproxy/abi.h>

#include <functional>
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

struct RefusedFile {
  std::string path, reason;
  [[nodiscard]] std::string text() const { return path + ": " + reason; }
};

struct Scan {
  std::vector<FileInfo> plugins;  // the first file of each plugin, by folder and name
  std::vector<RefusedFile> refused;
};
// All *.so of the folders; names that begin with a dot are files still being written.
[[nodiscard]] Scan scan(const std::vector<std::string>& folders);

class Module;
class Instance;

// Copies the file to `copies_dir`/<name>-<sha>.so, maps the copy and calls init(). The file is
// read and judged again, and what was judged is what is copied. A module that is loaded already is
// shared. A file that is no longer the one in `file` is refused.
[[nodiscard]] Result<std::shared_ptr<Module>> load(const FileInfo& file,
                                                   const std::string& copies_dir);
[[nodiscard]] const FileInfo& file_of(const Module& module) noexcept;
// The private copy that is mapped.
[[nodiscard]] const std::string& copy_of(const Module& module) noexcept;
// How many versions of that plugin are mapped now; more than one while old streams end.
[[nodiscard]] std::size_t generations_of(std::string_view plugin_name);

// create() with the provider's section.
[[nodiscard]] Result<std::shared_ptr<Instance>> instantiate(std::shared_ptr<Module> module,
                                                            std::string provider_name,
                                                            const std::string& section_json);
[[nodiscard]] const FileInfo& file_of(const Instance& instance) noexcept;
[[nodiscard]] const std::string& copy_of(const Instance& instance) noexcept;

// The hop from any thread to a worker's; main builds it on net::Loop::post().
class Poster {
 public:
  // Runs `task` once on the worker's thread, in a later turn.
  virtual void post(std::function<void()> task) = 0;

 protected:
  ~Poster() = default;
};

class WorkerInstance {
 public:
  virtual ~WorkerInstance() = default;  // worker_detach(); no session may be left
  [[nodiscard]] virtual const std::string& provider_name() const noexcept = 0;
  [[nodiscard]] virtual std::unique_ptr<Session> open(SessionOwner& owner) = 0;
  [[nodiscard]] virtual bool has_resolve() const noexcept = 0;
};

// Called on the worker's thread. All instances of one worker number share scheduler and poster.
[[nodiscard]] Result<std::shared_ptr<WorkerInstance>> attach(std::shared_ptr<Instance> instance,
                                                             std::uint32_t worker,
                                                             Scheduler& scheduler, Poster& poster);

}  // namespace aip::plugin
