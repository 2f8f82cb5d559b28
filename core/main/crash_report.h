// crash_report.h - the last words of a gateway process: whose code it died in.
//
// SIGSEGV, SIGBUS, SIGFPE, SIGILL and SIGABRT are caught on a stack of their own, the breadcrumb of
// the thread (core/plugin/breadcrumb.h) goes to the supervisor in one message, or to stderr if
// there is none, and the process dies of the signal as it would have. exit() from anywhere but
// main's end is reported too, and then ends the process without running destructors, because the
// workers still run. kHangSignal, sent by the watchdog to a thread that makes no progress, asks
// that thread itself: if it is in a plugin's callback, it reports that and aborts; else nothing.
//
// Everything in the handlers is async-signal-safe.   Threads: any.
// Tests: tests/unit/main/crash_report_test.cpp, tests/fault/supervisor.test.mjs
#pragma once

#include <csignal>

namespace aip::main {

// Once, early. `link` -1: there is no supervisor.
void report_crashes_to(int link);

// Every thread that may run a plugin calls this at its start: a stack for the handlers, without
// which an overflow of the thread's own could not be told. Given back at the thread's end.
void install_thread_stack();

// From now on the end of the process is meant.
void said_goodbye() noexcept;

[[nodiscard]] inline int hang_signal() noexcept {
  return SIGRTMIN;
}

}  // namespace aip::main
