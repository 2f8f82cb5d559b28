// log_file.h - a log file that is safe to open where others may have been before.
//
// A new file is for its owner alone (0600) whatever the umask says; one that is there keeps the
// mode that its owner or the rotation gave it. Symbolic links are not followed, so that nobody who
// may write into the folder can turn our lines into another file's. Devices (/dev/null) are fine,
// anything else that is no file is refused.
// Threads: one at a time (spdlog's contract for a sink without a lock).
// Errors: GatewayDisk at opening; a line that cannot be written is told to spdlog, which says so on
// stderr.   Tests: tests/unit/observe/log_file_test.cpp
#pragma once

#include <spdlog/common.h>

#include <string>

#include "core/base/result.h"

namespace aip::observe {

[[nodiscard]] Result<spdlog::sink_ptr> open_log_file(const std::string& path);

}  // namespace aip::observe
