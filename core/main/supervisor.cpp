#include "core/main/supervisor.h"

#include <poll.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <csignal>
#include <cstdio>
#include <optional>
#include <utility>

#include "core/base/check.h"
#include "core/base/json.h"
#include "core/base/limits.h"
#include "core/base/units.h"
#include "core/main/activation.h"
#include "core/main/command_line.h"
#include "core/main/crash_book.h"
#include "core/main/gateway_child.h"
#include "core/main/handover.h"
#include "core/main/link.h"
#include "core/main/notify.h"
#include "core/main/overseer.h"
#include "core/main/socket_set.h"

namespace aip::main {
namespace {

using Role = GatewayChild::Role;

constexpr std::array<int, 5> kSignals{SIGTERM, SIGINT, SIGHUP, SIGUSR2, SIGCHLD};
constexpr int kSignalsToKill = 3;
constexpr int kMessagesPerTurnMax = 64;
constexpr int kLastTurns = 16;
constexpr std::size_t kFilesMax = 256;  // a gateway's plugins that are remembered

std::uint64_t now_ms() noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000 +
         static_cast<std::uint64_t>(now.tv_nsec) / kMs;
}

// In the shape of the gateway's own log (core/observe/log.h), without its thread. A line that would
// have to wait for whoever reads stderr is dropped: a gateway that died is started all the same.
void say(const char* level, const std::string& message) {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  tm local{};
  ::localtime_r(&now.tv_sec, &local);
  std::array<char, 40> date{}, ms{}, zone{};
  ::strftime(date.data(), date.size(), "%Y-%m-%dT%H:%M:%S", &local);
  ::strftime(zone.data(), zone.size(), "%z", &local);
  std::snprintf(ms.data(), ms.size(), ".%03d",
                static_cast<int>(static_cast<std::uint64_t>(now.tv_nsec) / kMs));
  const std::string offset = zone.data();  // "+0100"
  const std::string line = std::string(date.data()) + ms.data() + offset.substr(0, 3) + ":" +
                           offset.substr(3) + " " + level + " supervisor: " + message + "\n";
  pollfd room{STDERR_FILENO, POLLOUT, 0};
  if (line.size() > PIPE_BUF || ::poll(&room, 1, 0) != 1 || (room.revents & POLLOUT) == 0) return;
  [[maybe_unused]] const ssize_t put = ::write(STDERR_FILENO, line.data(), line.size());
}

class Supervisor {
 public:
  explicit Supervisor(const std::vector<std::string>& argv)
      : argv_(argv),
        program_(program_path(argv.front())),
        notifier_(Notifier::socket_from_environment()),
        alive_every_ms_(watchdog_interval_ns() / kMs) {}

  int run() {
    watch_signals();
    begin();
    while (!exit_code_) turn();
    return *exit_code_;
  }

 private:
  void watch_signals();
  void begin();
  void turn();
  [[nodiscard]] int poll_timeout_ms() const;
  void on_time();
  void on_signal(int signal);
  void end_by(int signal);
  void upgrade();

  void start(Role role);
  void hear(GatewayChild& child);
  void obey(GatewayChild& child, const LinkMessage& message);
  void complain(GatewayChild& child);
  void send_sockets(const GatewayChild& child, const LinkMessage& request);
  void send_quarantine(const GatewayChild& child, const LinkMessage& request);
  void became_ready(GatewayChild& child);
  void reap();
  void ended(const GatewayChild& gone, int status);
  void current_ended(const GatewayChild& gone, int status);
  // Says what happened, and counts it against the plugin that it happened in.
  void report_death(const GatewayChild& gone, int status, std::optional<std::uint64_t> pause_ms);
  [[nodiscard]] GatewayChild* child_of(Role role);

  const std::vector<std::string> argv_;
  const std::string program_;
  Notifier notifier_;
  const std::uint64_t alive_every_ms_;
  int signals_ = -1;

  SocketSet sockets_;
  CrashBook book_;
  RestartPause pause_;
  std::vector<GatewayChild> children_;
  std::optional<std::uint64_t> start_at_ms_;  // the next gateway
  std::uint64_t alive_at_ms_ = 0;
  std::uint32_t restarts_ = 0;
  bool was_ever_ready_ = false;
  int stop_signals_ = 0;
  bool stopping_ = false;
  int code_ = kExitDone;  // to end with, once every gateway has ended
  std::optional<int> exit_code_;
};

void Supervisor::watch_signals() {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int signal : kSignals) ::sigaddset(&set, signal);
  std::signal(SIGCHLD, SIG_DFL);  // ignored, children would leave no status
  // They stay blocked over an upgrade's exec, so that none of them hits a program that is not ready
  // for it.
  ::sigprocmask(SIG_SETMASK, &set, nullptr);
  signals_ = ::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  AIP_CHECK(signals_ >= 0);
}

void Supervisor::begin() {
  std::optional<Handover> handover = find_handover();
  if (!handover) {
    for (const int fd : take_inherited_sockets()) sockets_.adopt(fd);
    start(Role::Current);
    return;
  }
  for (SocketSet::Address& address : handover->addresses) sockets_.adopt(std::move(address));
  book_.restore(std::move(handover->quarantine));
  restarts_ = handover->restarts;
  was_ever_ready_ = true;
  if (handover->gateway == 0) return start(Role::Current);
  GatewayChild old;
  old.pid = handover->gateway;
  old.link = handover->link;
  old.ready = handover->ready;
  old.started_ms = now_ms();
  old.files.insert(handover->plugins.begin(), handover->plugins.end());
  children_.push_back(std::move(old));
  start(Role::Successor);
}

// ---- the loop ----------------------------------------------------------------------------------

void Supervisor::turn() {
  std::vector<pollfd> fds{{signals_, POLLIN, 0}};
  for (const GatewayChild& child : children_) fds.push_back({child.link, POLLIN, 0});
  if (::poll(fds.data(), fds.size(), poll_timeout_ms()) > 0) {
    for (std::size_t i = 0; i < children_.size(); ++i) {
      if (fds[i + 1].revents != 0) hear(children_[i]);
    }
    signalfd_siginfo info{};
    while (::read(signals_, &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
      on_signal(static_cast<int>(info.ssi_signo));
    }
  }
  reap();
  on_time();
  if (stopping_ && children_.empty()) exit_code_ = code_;
}

int Supervisor::poll_timeout_ms() const {
  constexpr std::uint64_t kNever = UINT64_MAX;
  std::uint64_t at = start_at_ms_.value_or(kNever);
  if (alive_every_ms_ != 0) at = std::min(at, alive_at_ms_);
  for (const GatewayChild& child : children_) {
    if (child.role == Role::Successor) {
      at = std::min(at, child.started_ms + limits::kUpgradeReadyMs);
    }
  }
  if (at == kNever) return -1;
  const std::uint64_t now = now_ms();
  return at <= now ? 0 : static_cast<int>(std::min<std::uint64_t>(at - now, INT32_MAX));
}

void Supervisor::on_time() {
  const std::uint64_t now = now_ms();
  if (start_at_ms_ && now >= *start_at_ms_ && !stopping_) {
    start_at_ms_.reset();
    start(Role::Current);
  }
  if (alive_every_ms_ != 0 && now >= alive_at_ms_) {
    notifier_.alive();
    alive_at_ms_ = now + alive_every_ms_;
  }
  GatewayChild* successor = child_of(Role::Successor);
  if (successor != nullptr && now >= successor->started_ms + limits::kUpgradeReadyMs) {
    ::kill(successor->pid, SIGKILL);
  }
}

void Supervisor::on_signal(int signal) {
  switch (signal) {
    case SIGTERM:
    case SIGINT:
      end_by(signal);
      break;
    case SIGHUP:
      book_.lift();
      for (const GatewayChild& child : children_) {
        if (child.role == Role::Current) ::kill(child.pid, signal);
      }
      if (start_at_ms_) start_at_ms_ = now_ms();
      break;
    case SIGUSR2:
      upgrade();
      break;
    default:  // SIGCHLD: reap() looks every turn
      break;
  }
}

void Supervisor::end_by(int signal) {
  if (!stopping_) notifier_.stopping();
  stopping_ = true;
  start_at_ms_.reset();
  ++stop_signals_;
  for (const GatewayChild& child : children_) {
    // One that leaves drains already: to it the first signal would be the second.
    if (child.role == Role::Leaving && stop_signals_ == 1) continue;
    ::kill(child.pid, stop_signals_ >= kSignalsToKill ? SIGKILL : signal);
  }
}

void Supervisor::upgrade() {
  if (stopping_ || child_of(Role::Successor) != nullptr) {
    return say("warn", "no upgrade now: the gateway is about to change");
  }
  if (!can_run(program_)) return say("error", "no upgrade: " + program_ + " does not run here");
  Handover handover;
  handover.addresses = sockets_.addresses();
  handover.quarantine = book_.quarantine();
  handover.restarts = restarts_;
  if (const GatewayChild* current = child_of(Role::Current)) {
    handover.gateway = current->pid;
    handover.link = current->link;
    handover.ready = current->ready;
    handover.plugins.assign(current->files.begin(), current->files.end());
  }
  if (!leave_handover(handover)) return say("error", "no upgrade: the handover failed");
  say("info", "becoming " + program_);
  std::vector<std::string> words = argv_;
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  ::execv(program_.c_str(), argv.data());
  take_back_handover(handover);
  say("error", "no upgrade: " + program_ + " could not be started");
}

// ---- gateways ----------------------------------------------------------------------------------

GatewayChild* Supervisor::child_of(Role role) {
  const auto at = std::find_if(children_.begin(), children_.end(),
                               [role](const GatewayChild& child) { return child.role == role; });
  return at == children_.end() ? nullptr : &*at;
}

void Supervisor::start(Role role) {
  GatewayChild child = start_gateway(argv_);
  if (child.pid == 0) {
    say("error", "no gateway process could be started");
    if (role == Role::Current) {
      start_at_ms_ = now_ms() + pause_.after(RestartPause::Life::NeverReady, 0);
    }
    return;
  }
  child.role = role;
  child.started_ms = now_ms();
  children_.push_back(std::move(child));
}

void Supervisor::hear(GatewayChild& child) {
  for (int i = 0; i < kMessagesPerTurnMax && child.link >= 0; ++i) {
    const Received received = receive_message(child.link, TakeFds::No);
    switch (received.what) {
      case Received::What::Message:
        obey(child, received.message);
        break;
      case Received::What::Garbage:
        complain(child);
        break;
      case Received::What::Nothing:
        return;
      case Received::What::Closed:  // poll() passes over negative numbers
        ::close(std::exchange(child.link, -1));
        break;
    }
  }
}

void Supervisor::obey(GatewayChild& child, const LinkMessage& message) {
  switch (message.word) {
    case LinkWord::Open:
      return send_sockets(child, message);
    case LinkWord::Close:
      return sockets_.close(message.first.data(), static_cast<std::uint16_t>(message.port));
    case LinkWord::Ready:
      return became_ready(child);
    case LinkWord::Reloading:
      if (child.role == Role::Current) notifier_.reloading();
      return;
    case LinkWord::Draining: {
      // One that makes room for a successor shares the sockets with it. Else this is the end.
      const bool last = child.role == Role::Current;
      if (last) {
        if (!stopping_) notifier_.stopping();
        stopping_ = true;
        sockets_.let_go();
      }
      LinkMessage done;
      done.word = LinkWord::Done;
      done.number = static_cast<std::int32_t>(last ? Successor::None : Successor::Serves);
      done.question = message.question;
      static_cast<void>(send_message(child.link, done));
      return;
    }
    case LinkWord::Uses:
      if (child.files.size() < kFilesMax) child.files[message.first.data()] = message.second.data();
      return;
    case LinkWord::Ask:
      return send_quarantine(child, message);
    case LinkWord::Crash:
      if (!child.crash) child.crash = message;
      return;
    case LinkWord::Goodbye:
      child.goodbye = message.number;
      return;
    case LinkWord::Sockets:
    case LinkWord::Refused:
    case LinkWord::Quarantined:
    case LinkWord::Done:
      break;
  }
  complain(child);
}

// Once a gateway: a liar could fill the log.
void Supervisor::complain(GatewayChild& child) {
  if (std::exchange(child.lied, true)) return;
  say("warn", "gateway process " + std::to_string(child.pid) + " sends what is no message");
}

void Supervisor::send_sockets(const GatewayChild& child, const LinkMessage& request) {
  LinkMessage answer;
  answer.question = request.question;
  const Result<const SocketSet::Address*> address =
      sockets_.find_or_make(request.first.data(), static_cast<std::uint16_t>(request.port),
                            request.number > 0 ? static_cast<std::uint32_t>(request.number) : 0);
  if (!address) {
    answer.word = LinkWord::Refused;
    LinkMessage::put(answer.first, address.error().detail);
    static_cast<void>(send_message(child.link, answer));
    return;
  }
  const std::vector<int>& fds = (*address)->fds;
  answer.word = LinkWord::Sockets;
  answer.number = static_cast<std::int32_t>(fds.size());
  for (std::size_t at = 0; at < fds.size(); at += limits::kDescriptorsPerMessage) {
    const std::size_t end = std::min(fds.size(), at + limits::kDescriptorsPerMessage);
    const std::vector<int> part(fds.begin() + static_cast<std::ptrdiff_t>(at),
                                fds.begin() + static_cast<std::ptrdiff_t>(end));
    if (!send_message(child.link, answer, part)) return;
  }
}

void Supervisor::send_quarantine(const GatewayChild& child, const LinkMessage& request) {
  LinkMessage message;
  message.question = request.question;
  message.word = LinkWord::Quarantined;
  message.number = static_cast<std::int32_t>(book_.quarantine().size());
  if (message.number == 0) static_cast<void>(send_message(child.link, message));
  for (const QuarantinedPlugin& entry : book_.quarantine()) {
    LinkMessage::put(message.first, entry.plugin);
    LinkMessage::put(message.second, entry.sha256);
    LinkMessage::put(message.third, entry.reason);
    if (!send_message(child.link, message)) return;
  }
}

void Supervisor::became_ready(GatewayChild& child) {
  child.ready = true;
  was_ever_ready_ = true;
  if (child.role == Role::Successor) {
    if (GatewayChild* old = child_of(Role::Current)) {
      old->role = Role::Leaving;
      ::kill(old->pid, SIGTERM);
    }
    child.role = Role::Current;
    say("info", "upgraded: gateway process " + std::to_string(child.pid) + " serves");
  }
  if (child.role == Role::Current && !stopping_) {
    notifier_.ready("gateway process " + std::to_string(child.pid) +
                    " serves; restarts: " + std::to_string(restarts_));
  }
}

void Supervisor::reap() {
  int status = 0;
  // Of whoever there is: as process 1 of a container it inherits the orphans of its gateways.
  for (pid_t pid = 0; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) {
    const auto at = std::find_if(children_.begin(), children_.end(),
                                 [pid](const GatewayChild& child) { return child.pid == pid; });
    if (at == children_.end()) continue;
    GatewayChild gone = std::move(*at);
    children_.erase(at);
    // Its last words, behind whatever it said before; the kernel keeps fewer than these.
    for (int i = 0; i < kLastTurns && gone.link >= 0; ++i) hear(gone);
    if (gone.link >= 0) ::close(std::exchange(gone.link, -1));
    ended(gone, status);
  }
}

void Supervisor::ended(const GatewayChild& gone, int status) {
  switch (gone.role) {
    case Role::Current:
      return current_ended(gone, status);
    case Role::Successor:
      say("error", "no upgrade: the new program's gateway ended (" + how_it_ended(gone, status) +
                       "); the old one serves on");
      return;
    case Role::Leaving:
      if (!gone.goodbye) report_death(gone, status, std::nullopt);
      return;
  }
}

void Supervisor::current_ended(const GatewayChild& gone, int status) {
  const bool wanted = gone.goodbye.has_value();
  if (stopping_) {
    code_ = wanted ? *gone.goodbye : kExitFailed;
    if (!wanted && stop_signals_ < kSignalsToKill) report_death(gone, status, std::nullopt);
    return;
  }
  if (wanted && (gone.ready || !was_ever_ready_)) {
    exit_code_ = *gone.goodbye;
    return;
  }
  if (!was_ever_ready_) {
    report_death(gone, status, std::nullopt);
    exit_code_ = exit_code_of(status);
    return;
  }
  const std::uint64_t now = now_ms();
  const RestartPause::Life life =
      gone.ready ? RestartPause::Life::Served : RestartPause::Life::NeverReady;
  const std::uint64_t pause_ms = pause_.after(life, now - gone.started_ms);
  ++restarts_;
  report_death(gone, status, pause_ms);
  // A successor that is on its way is as good as a new one.
  if (GatewayChild* successor = child_of(Role::Successor)) {
    successor->role = Role::Current;
    return;
  }
  notifier_.status("starting again after " + how_it_ended(gone, status));
  start_at_ms_ = now + pause_ms;
}

void Supervisor::report_death(const GatewayChild& gone, int status,
                              std::optional<std::uint64_t> pause_ms) {
  const std::string how = how_it_ended(gone, status);
  const std::string plugin = gone.crash ? gone.crash->first.data() : "";
  const auto file = gone.files.find(plugin);
  const std::string sha256 = file == gone.files.end() ? "" : file->second;
  std::string text = "the gateway process died ";
  json::Writer w(text);
  w.object().key("pid").number(gone.pid).member("end", how);
  if (WIFSIGNALED(status)) {
    w.member("signal", signal_name(WTERMSIG(status)));
  } else {
    w.key("exit_code").number(WEXITSTATUS(status));
  }
  if (gone.crash) {
    w.member("plugin", plugin).member("provider", gone.crash->second.data());
    w.member("callback", gone.crash->third.data()).member("sha256", sha256);
  }
  w.key("restarts").unsigned_number(restarts_);
  if (pause_ms) w.key("again_in_ms").unsigned_number(*pause_ms);
  w.end_object();
  say("error", text);
  if (!plugin.empty() && book_.blame(plugin, sha256, how, now_ms())) {
    say("error", "plugin " + plugin + " is in quarantine: " + book_.quarantine().back().reason +
                     "; another file, or SIGHUP, lifts it");
  }
}

}  // namespace

int supervise(const std::vector<std::string>& argv) {
  return Supervisor(argv).run();
}

}  // namespace aip::main
