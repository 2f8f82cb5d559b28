// attachment.h - what every session of one provider on one worker shares.
#pragma once

#include <aiproxy/abi.h>

#include <cstddef>

#include "core/base/scheduler.h"
#include "core/plugin/handles.h"
#include "core/plugin/scope.h"

namespace aip::plugin {

struct Attachment {
  const aip_provider& table;
  Scope& scope;
  HandleTable& handles;
  Scheduler& scheduler;
  void* worker_state = nullptr;  // the plugin's own
  std::size_t sessions = 0;
};

}  // namespace aip::plugin
