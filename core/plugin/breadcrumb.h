// breadcrumb.h - whose code this thread is running, for the report of a crash.
//
// Set around every call into a plugin. A signal handler may read it: plain pointers to names that
// live as long as the process, in the thread's own storage.
#pragma once

namespace aip::plugin {

struct Breadcrumb {
  const char* plugin = nullptr;  // nullptr: the gateway's own code
  const char* provider = nullptr;
  const char* callback = nullptr;
};

inline thread_local constinit Breadcrumb t_breadcrumb{};

}  // namespace aip::plugin
