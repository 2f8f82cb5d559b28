#include "core/main/crash_report.h"

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <thread>

#include "core/main/link.h"
#include "core/plugin/breadcrumb.h"

using namespace aip;
using namespace aip::main;

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;  // threads have stacks of another kind
#else
constexpr bool kSanitized = false;
#endif

struct End {
  int status = 0;
  Received report;
};

void default_actions() {
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) std::signal(signal, SIG_DFL);
}

// What is left of a process that does `what` in a plugin's callback.
template <class F>
End child_that(F what) {
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
  const pid_t pid = ::fork();
  if (pid == 0) {
    const rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    ::close(STDERR_FILENO);
    // The test program's own handlers would tell of a failure of the test.
    default_actions();
    report_crashes_to(ends[1]);
    std::thread([&what] {
      install_thread_stack();
      plugin::t_breadcrumb = {"bad", "mine", "begin"};
      what();
    }).join();
    ::_exit(0);
  }
  ::close(ends[1]);
  End end;
  REQUIRE(::waitpid(pid, &end.status, 0) == pid);
  end.report = receive_message(ends[0], TakeFds::No);
  ::close(ends[0]);
  return end;
}

void check_names(const End& end, int number) {
  REQUIRE(end.report.what == Received::What::Message);
  CHECK(end.report.message.word == LinkWord::Crash);
  CHECK(end.report.message.number == number);
  CHECK(std::string(end.report.message.first.data()) == "bad");
  CHECK(std::string(end.report.message.second.data()) == "mine");
  CHECK(std::string(end.report.message.third.data()) == "begin");
}

// Deeper than any stack; the result keeps the compiler from making a loop of it.
int deeper(volatile int* depth) {
  volatile char page[4096];
  page[0] = static_cast<char>(*depth);
  *depth = *depth + 1;
  if (*depth < 0) return 0;
  return deeper(depth) + page[0];
}

}  // namespace

TEST_CASE(
    "crash_report: every signal that a crash has is reported, and is what the process died of") {
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) {
    const End end = child_that([signal] { std::raise(signal); });
    check_names(end, signal);
    CHECK((WIFSIGNALED(end.status) && WTERMSIG(end.status) == signal));
  }
}

TEST_CASE("crash_report: a fault and an overflow of the stack are reported as well") {
  check_names(child_that([] {
                volatile std::uintptr_t nowhere = 8;
                *reinterpret_cast<volatile int*>(nowhere) = 1;
              }),
              SIGSEGV);
  if (kSanitized) return;
  check_names(child_that([] {
                volatile int depth = 0;
                static_cast<void>(deeper(&depth));
              }),
              SIGSEGV);
}

TEST_CASE("crash_report: exit() by a plugin is reported, and keeps its code") {
  const End end = child_that([] { std::exit(3); });
  check_names(end, kExit);
  CHECK((WIFEXITED(end.status) && WEXITSTATUS(end.status) == 3));
}

TEST_CASE("crash_report: after a goodbye, exit() is nobody's fault") {
  const End end = child_that([] {
    said_goodbye();
    std::exit(0);
  });
  CHECK(end.report.what == Received::What::Closed);
}

TEST_CASE("crash_report: a thread that hangs in a callback is named, one that does not is left") {
  const End hung = child_that([] { ::pthread_kill(::pthread_self(), hang_signal()); });
  check_names(hung, kHang);
  CHECK((WIFSIGNALED(hung.status) && WTERMSIG(hung.status) == SIGABRT));

  const End busy = child_that([] {
    plugin::t_breadcrumb = {};
    ::pthread_kill(::pthread_self(), hang_signal());
  });
  CHECK((WIFEXITED(busy.status) && WEXITSTATUS(busy.status) == 0));
  CHECK(busy.report.what == Received::What::Closed);
}
