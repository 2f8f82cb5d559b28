#include "core/main/crash_report.h"

#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <cstring>

#include "core/base/limits.h"
#include "core/main/link.h"
#include "core/plugin/breadcrumb.h"

namespace aip::main {
namespace {

constexpr std::array<int, 5> kCrashes{SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

int g_link = -1;                                         // set once, before there are threads
std::array<struct sigaction, kCrashes.size()> g_before;  // likewise
std::atomic<bool> g_goodbye{false};
static_assert(std::atomic<bool>::is_always_lock_free);

void write_words(const char* words) noexcept {
  [[maybe_unused]] const ssize_t put = ::write(STDERR_FILENO, words, std::strlen(words));
}

void write_report(const LinkMessage& report) noexcept {
  write_words("aiproxy: crash in ");
  if (report.third[0] == '\0') {
    write_words("the gateway's own code\n");
    return;
  }
  write_words("plugin ");
  write_words(report.first.data());
  write_words(", provider ");
  write_words(report.second.data());
  write_words(", ");
  write_words(report.third.data());
  write_words("\n");
}

void report(std::int32_t number) noexcept {
  LinkMessage message;
  message.word = LinkWord::Crash;
  message.number = number;
  const plugin::Breadcrumb& crumb = plugin::t_breadcrumb;
  LinkMessage::put(message.first, crumb.plugin);
  LinkMessage::put(message.second, crumb.provider);
  LinkMessage::put(message.third, crumb.callback);
  if (g_link < 0 || !send_report(g_link, message)) write_report(message);
}

// Whoever handled this signal before (the default action, a sanitizer) gets it next.
void hand_back(int signal) noexcept {
  for (std::size_t i = 0; i < kCrashes.size(); ++i) {
    if (kCrashes[i] == signal) ::sigaction(signal, &g_before[i], nullptr);
  }
}

extern "C" void on_crash_signal(int signal, siginfo_t* info, void*) {
  report(signal);
  hand_back(signal);
  // A fault happens again when the handler returns; what was sent has to be sent again.
  if (info == nullptr || info->si_code <= 0) ::raise(signal);
}

extern "C" void on_hang_signal(int) {
  if (plugin::t_breadcrumb.callback == nullptr) return;
  report(kHang);
  hand_back(SIGABRT);
  ::raise(SIGABRT);
}

extern "C" void on_process_exit(int code, void*) {
  if (g_goodbye.load()) return;
  report(kExit);
  ::_exit(code);
}

class ThreadStack {
 public:
  ThreadStack() noexcept {
    void* memory = ::mmap(nullptr, limits::kCrashStackBytes, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return;  // a crash is still told, but for an overflow
    stack_.ss_sp = memory;
    stack_.ss_size = limits::kCrashStackBytes;
    ::sigaltstack(&stack_, &before_);
  }
  ~ThreadStack() {
    if (stack_.ss_sp == nullptr) return;
    ::sigaltstack(&before_, nullptr);
    ::munmap(stack_.ss_sp, stack_.ss_size);
  }
  ThreadStack(const ThreadStack&) = delete;
  ThreadStack& operator=(const ThreadStack&) = delete;

 private:
  stack_t stack_{};
  stack_t before_{};
};

}  // namespace

void install_thread_stack() {
  static thread_local const ThreadStack stack;
}

void report_crashes_to(int link) {
  g_link = link;
  install_thread_stack();
  struct sigaction action {};
  action.sa_sigaction = on_crash_signal;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  for (std::size_t i = 0; i < kCrashes.size(); ++i) {
    ::sigaction(kCrashes[i], &action, &g_before[i]);
  }
  struct sigaction hang {};
  hang.sa_handler = on_hang_signal;
  hang.sa_flags = SA_ONSTACK | SA_RESTART;
  ::sigaction(hang_signal(), &hang, nullptr);
  ::on_exit(on_process_exit, nullptr);
}

void said_goodbye() noexcept {
  g_goodbye.store(true);
}

}  // namespace aip::main
