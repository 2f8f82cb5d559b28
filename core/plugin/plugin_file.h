// plugin_file.h - one plugin file, read once and judged by what was read.
//
// The file is opened a single time (never through a symbolic link), and everything afterwards -
// permissions, hash, ELF, manifest, the private copy - looks at that descriptor or at the bytes
// that came from it. So nobody can change the file between the check and the load.
// Memory: the whole file, at most limits::kPluginFileBytesMax, while it is being judged.
// Threads: main.   Tests: tests/abi/bad_files_test.cpp
#pragma once

#include <string>

#include "core/base/result.h"
#include "core/plugin/instance.h"

namespace aip::plugin {

struct PluginFile {
  FileInfo info;
  std::string bytes;
  std::string pinned_by;  // why the loaded object must stay mapped; empty: nothing known
};

[[nodiscard]] Result<PluginFile> read_plugin_file(const std::string& path);

}  // namespace aip::plugin
