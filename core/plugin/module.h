// module.h - one mapped plugin: its tables, checked, and its init() and deinit().
//
// dlfcn and nothing above it (docs/decisions/0003). Unmapped at its last use if the plugin says
// that it may be and the file gives no reason against it; otherwise it stays mapped, initialised
// once, and is found again by its hash.
// Threads: main.   Tests: tests/abi/module_test.cpp
#pragma once

#include <aiproxy/abi.h>

#include <string>

#include "core/plugin/instance.h"

namespace aip::plugin {

class Module {
 public:
  Module(FileInfo file, std::string copy) : file_(std::move(file)), copy_(std::move(copy)) {}
  ~Module();  // deinit(), unmap
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;

  // Maps the copy, checks the tables, calls init().
  [[nodiscard]] Status open();

  [[nodiscard]] const FileInfo& file() const noexcept { return file_; }
  [[nodiscard]] const std::string& copy() const noexcept { return copy_; }
  [[nodiscard]] const aip_provider& provider() const noexcept { return *plugin_->provider; }
  [[nodiscard]] bool unloadable() const noexcept {
    return (plugin_->flags & AIP_PLUGIN_UNLOADABLE) != 0;
  }

 private:
  const FileInfo file_;
  const std::string copy_;
  void* handle_ = nullptr;
  const aip_plugin* plugin_ = nullptr;  // set once its tables are good
  bool initialised_ = false;
};

}  // namespace aip::plugin
