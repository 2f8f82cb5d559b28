#include "core/plugin/trial.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <vector>

#include "core/base/sha256.h"
#include "core/plugin/breadcrumb.h"
#include "core/plugin/fd.h"
#include "core/plugin/refuse.h"

namespace aip::plugin {
namespace {

constexpr std::size_t kWordsBytesMax = 4096;
// What the child ends with. A plugin may call exit() itself, so nothing that it is likely to say
// means that all went well.
constexpr int kTrialGood = 86;
constexpr int kTrialRefused = 87;
constexpr std::array<int, 5> kCrashes{SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL};

// Two connected ends; sockets, because send() can be told to raise no SIGPIPE.
struct Line {
  Fd ours, theirs;
};

Result<Line> make_line() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    return refuse("no line to a trial could be made");
  }
  return Line{Fd(ends[0]), Fd(ends[1])};
}

// ---- the parent's side -------------------------------------------------------------------------

// Starts the child with `in` as its standard input and `out` as its output; -1: it could not be.
pid_t start_child(const TrialPlan& plan, std::vector<std::string> words, const Fd& in,
                  const Fd& out) {
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, in.get(), STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, out.get(), STDOUT_FILENO);
  ::posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
  pid_t child = -1;
  if (::posix_spawn(&child, plan.program.c_str(), &actions, nullptr, argv.data(), environ) != 0) {
    child = -1;
  }
  ::posix_spawn_file_actions_destroy(&actions);
  return child;
}

using Clock = std::chrono::steady_clock;

int ms_until(Clock::time_point end) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now());
  return left.count() > 0 ? static_cast<int>(left.count()) : 0;
}

// Writes the section and reads the child's words until it closes its output or time is up.
// False: time is up.
bool converse(Fd in, const Fd& out, std::string_view section, Clock::time_point end,
              std::string& words) {
  for (;;) {
    if (section.empty()) in = Fd();  // the child reads to the end
    pollfd fds[2] = {{out.get(), POLLIN, 0}, {in.valid() ? in.get() : -1, POLLOUT, 0}};
    const int ready = ::poll(fds, 2, ms_until(end));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return false;
    if (fds[1].revents != 0) {
      const ssize_t put =
          ::send(in.get(), section.data(), section.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      // A child that died does not read; its silence tells.
      section.remove_prefix(put > 0 ? static_cast<std::size_t>(put) : section.size());
    }
    if (fds[0].revents == 0) continue;
    char piece[1024];
    const ssize_t got = ::read(out.get(), piece, sizeof piece);
    if (got <= 0) return true;
    if (words.size() < kWordsBytesMax) words.append(piece, static_cast<std::size_t>(got));
  }
}

Status judge(int status, const std::string& words) {
  if (WIFEXITED(status) && WEXITSTATUS(status) == kTrialGood) return {};
  if (WIFEXITED(status) && WEXITSTATUS(status) == kTrialRefused) return refuse(words);
  if (WIFSIGNALED(status)) {
    std::string why = std::string("it crashed (") + ::strsignal(WTERMSIG(status)) + ")";
    return refuse(words.empty() ? why : why + " " + words);
  }
  return refuse("it ended the process (status " + std::to_string(WEXITSTATUS(status)) + ")");
}

}  // namespace

// The empty file that says that this program has tried this file with this section and all went
// well. Another build of the program tries again.
std::string trial_mark(const FileInfo& file, const std::string& section_json,
                       const TrialPlan& plan) {
  struct stat program {};
  ::stat(plan.program.c_str(), &program);
  const std::string key = file.sha256 + std::to_string(program.st_ino) + "." +
                          std::to_string(program.st_mtim.tv_sec) + "." +
                          std::to_string(program.st_mtim.tv_nsec) + section_json;
  return plan.copies_dir + "/" + sha256_hex(key) + ".tried";
}

Status try_out(const FileInfo& file, const std::string& provider_name,
               const std::string& section_json, const TrialPlan& plan) {
  const std::string mark = trial_mark(file, section_json, plan);
  if (::access(mark.c_str(), F_OK) == 0) return {};
  Result<Line> in = make_line();
  Result<Line> out = make_line();
  if (!in || !out) return refuse("no line to a trial could be made");
  const pid_t child = start_child(plan,
                                  {plan.program, std::string(kTrialWord), file.path, file.sha256,
                                   plan.copies_dir, provider_name},
                                  in->theirs, out->theirs);
  Status judged = refuse("its trial could not be started: " + plan.program);
  if (child > 0) {
    in->theirs = Fd();
    out->theirs = Fd();
    std::string words;
    const auto end = Clock::now() + std::chrono::milliseconds(plan.ms_max);
    const bool in_time = converse(std::move(in->ours), out->ours, section_json, end, words);
    if (!in_time) ::kill(child, SIGKILL);
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    judged = in_time
                 ? judge(status, words)
                 : refuse("its trial did not end within " + std::to_string(plan.ms_max) + " ms");
  }
  // Not being able to leave a mark costs the next start a trial, no more.
  if (judged) Fd(::open(mark.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  if (!judged) return std::move(judged).error().at("provider " + provider_name);
  return {};
}

// ---- the child's side --------------------------------------------------------------------------

namespace {

void tell(std::string_view words) noexcept {
  [[maybe_unused]] const ssize_t put = ::write(STDOUT_FILENO, words.data(), words.size());
}

// Names what was running, then dies of the same signal.
extern "C" void on_crash(int signal) {
  const char* callback = t_breadcrumb.callback;
  tell("in ");
  tell(callback != nullptr ? callback : "the gateway's own code");
  ::signal(signal, SIG_DFL);
  ::raise(signal);
}

class StillClock final : public Scheduler {
 public:
  [[nodiscard]] std::uint64_t now_ns() const noexcept override { return 1; }
  [[nodiscard]] std::uint64_t wall_ms() const noexcept override { return 1; }
};

class NoPoster final : public Poster {
 public:
  void post(std::function<void()>) override {}
};

std::string read_input() {
  std::string out;
  char piece[4096];
  for (ssize_t got = 0; (got = ::read(STDIN_FILENO, piece, sizeof piece)) > 0;) {
    out.append(piece, static_cast<std::size_t>(got));
  }
  return out;
}

Status bring_up(const std::string& path, const std::string& sha256, const std::string& copies,
                const std::string& name, const std::string& section) {
  FileInfo file;
  file.path = path;
  file.sha256 = sha256;
  Result<std::shared_ptr<Module>> module = load(file, copies);
  if (!module) return std::move(module).error();
  Result<std::shared_ptr<Instance>> instance = instantiate(std::move(*module), name, section);
  if (!instance) return std::move(instance).error();
  StillClock clock;
  NoPoster poster;
  Result<std::shared_ptr<WorkerInstance>> attached = attach(*instance, 0, clock, poster);
  if (!attached) return std::move(attached).error();
  return {};
}

}  // namespace

int run_trial(int argc, char** argv) {
  if (argc != 6) return kTrialRefused;
  const rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  for (const int signal : kCrashes) ::signal(signal, on_crash);
  const std::string section = read_input();
  const Status up = bring_up(argv[2], argv[3], argv[4], argv[5], section);
  if (up) return kTrialGood;
  tell(up.error().detail);
  return kTrialRefused;
}

}  // namespace aip::plugin
