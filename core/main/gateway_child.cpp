#include "core/main/gateway_child.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "core/base/limits.h"

namespace aip::main {
namespace {

constexpr const char* kOwnProgram = "/proc/self/exe";
constexpr int kTrialMs = 5'000;
constexpr int kTrialLookEveryMs = 10;

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> out;
  out.reserve(words.size() + 1);
  for (std::string& word : words) out.push_back(word.data());
  out.push_back(nullptr);
  return out;
}

void unblock_all() noexcept {
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

// Between fork() and exec(); the supervisor has one thread, so everything may be called here.
[[noreturn]] void become_gateway(std::vector<char*>& argv, int link, pid_t parent) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(1);  // it died before it was asked to tell
  ::fcntl(link, F_SETFD, 0);
  ::unsetenv("NOTIFY_SOCKET");  // the supervisor speaks to the service manager
  ::unsetenv("WATCHDOG_USEC");
  unblock_all();
  ::execv(kOwnProgram, argv.data());
  ::_exit(127);
}

}  // namespace

GatewayChild start_gateway(const std::vector<std::string>& argv) {
  GatewayChild child;
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return child;
  std::vector<std::string> words{argv.front(), std::string(kGatewayWord), std::to_string(ends[1])};
  words.insert(words.end(), argv.begin() + 1, argv.end());
  std::vector<char*> arguments = pointers(words);
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid == 0) become_gateway(arguments, ends[1], parent);
  ::close(ends[1]);
  if (pid < 0) {
    ::close(ends[0]);
    return child;
  }
  child.pid = pid;
  child.link = ends[0];
  return child;
}

std::string signal_name(int signal) {
  const char* name = ::sigabbrev_np(signal);
  return name != nullptr ? "SIG" + std::string(name) : "signal " + std::to_string(signal);
}

std::string how_it_ended(const GatewayChild& child, int status) {
  const std::string callback = child.crash ? child.crash->third.data() : "";
  if (child.crash && child.crash->number == kHang) {
    return "no return from " + callback + " for " + std::to_string(limits::kPluginHangMs / 1'000) +
           " s";
  }
  const std::string end = WIFSIGNALED(status) ? signal_name(WTERMSIG(status))
                                              : "exit code " + std::to_string(WEXITSTATUS(status));
  return callback.empty() ? end : end + " in " + callback;
}

int exit_code_of(int status) noexcept {
  constexpr int kShellSignalBase = 128;
  return WIFSIGNALED(status) ? kShellSignalBase + WTERMSIG(status) : WEXITSTATUS(status);
}

bool can_run(const std::string& program) {
  std::vector<std::string> words{program, "version"};
  std::vector<char*> argv = pointers(words);
  const pid_t pid = ::fork();
  if (pid < 0) return false;
  if (pid == 0) {
    const int nowhere = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    ::dup2(nowhere, STDOUT_FILENO);
    unblock_all();
    ::execv(program.c_str(), argv.data());
    ::_exit(127);
  }
  int status = 0;
  for (int waited = 0; ::waitpid(pid, &status, WNOHANG) == 0; waited += kTrialLookEveryMs) {
    if (waited >= kTrialMs) ::kill(pid, SIGKILL);
    ::poll(nullptr, 0, kTrialLookEveryMs);
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

std::string program_path(const std::string& argv0) {
  std::array<char, 4096> buffer{};
  if (argv0.find('/') != std::string::npos) {
    if (argv0.front() == '/') return argv0;
    const char* folder = ::getcwd(buffer.data(), buffer.size());
    return folder != nullptr ? std::string(folder) + "/" + argv0 : argv0;
  }
  const char* path = std::getenv("PATH");
  std::string_view left = path != nullptr ? path : "";
  while (!left.empty()) {
    const std::size_t end = std::min(left.find(':'), left.size());
    std::string candidate = std::string(left.substr(0, end)) + "/" + argv0;
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
    left.remove_prefix(std::min(end + 1, left.size()));
  }
  const ssize_t n = ::readlink(kOwnProgram, buffer.data(), buffer.size() - 1);
  return n > 0 ? std::string(buffer.data(), static_cast<std::size_t>(n)) : argv0;
}

}  // namespace aip::main
