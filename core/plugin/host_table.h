// host_table.h - the host's side of the interface as one const table of C functions.
//
// Each function is a trampoline: find the object of the handle on this worker, call its method.
// Everything that the interface promises about stale handles and wrong threads is here.
// Threads: as abi.h tags each function.
#pragma once

#include <aiproxy/abi.h>

namespace aip::plugin {

[[nodiscard]] const aip_host& host_table() noexcept;

}  // namespace aip::plugin
