// overseer.h - what stands above a gateway that serves: a supervisor, or nobody.
//
// The gateway process gets its listening sockets from it, tells it how it is, and asks it which
// plugins are not to be run. SupervisorLink (supervisor_link.h) speaks to a supervisor process,
// Alone (alone.h) answers in this one.
// Threads: the control thread's; every call answers at once or within limits::kLinkAnswerMs.
#pragma once

#include <string>

#include "core/main/quarantine.h"
#include "core/main/sockets.h"

namespace aip::main {

// Who has the sockets after a gateway that drains.
enum class Successor : std::uint8_t { None, Serves };

class Overseer : public SocketSource {
 public:
  // Every listener is open and every worker serves. Said again after each reloading().
  virtual void ready() = 0;
  virtual void reloading() = 0;
  // Without a successor the holder has let go of its own descriptors, and it is for the caller to
  // have the kernel take nobody new, to accept what has queued up, and to close its own.
  [[nodiscard]] virtual Successor draining() = 0;

  [[nodiscard]] virtual Quarantine quarantine() = 0;
  // This file's code runs here now: a crash in a plugin of this name is this file's.
  virtual void runs_plugin(const std::string& name, const std::string& sha256) = 0;
};

}  // namespace aip::main
