// copies.h - the private copies that are mapped in place of the operator's files.
//
// dlopen() knows files by path and inode: after a replacement under the same name it gives the old
// code again, and a file that is overwritten while mapped kills the process (SIGBUS). So the
// gateway maps only its own copy, named by the hash of its bytes: one name, one content, for ever.
// The folder is 0700, the copies 0500; a copy that is there already is compared byte by byte.
// Threads: main.   Tests: tests/abi/module_test.cpp
#pragma once

#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/plugin/plugin_file.h"

namespace aip::plugin {

// The copy's absolute path. Errors: GatewayDisk.
[[nodiscard]] Result<std::string> make_copy(const PluginFile& file, const std::string& folder);

// At the start: removes the copies, half copies and marks of trials that `used` does not name.
void clean_copies(const std::string& folder, const std::vector<std::string>& used);

}  // namespace aip::plugin
