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

class Overseer : public SocketSource {
 public:
  // Every listener is open and every worker serves. Said again after each reloading().
  virtual void ready() = 0;
  virtual void reloading() = 0;
  // From now on no new connection reaches the sockets, unless a new gateway shares them, and the
  // holder has let go of its own descriptors: what has queued up is the caller's to accept before
  // it closes its own.
  virtual void draining() = 0;

  [[nodiscard]] virtual Quarantine quarantine() = 0;
  // This file's code runs here now: a crash in a plugin of this name is this file's.
  virtual void runs_plugin(const std::string& name, const std::string& sha256) = 0;
};

}  // namespace aip::main
