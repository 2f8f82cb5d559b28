// reloader.h - from files to a generation in force, all or nothing; the first one too.
//
//   Idle -> Looking     if the watch asked: on a thread of its own, has anything changed? (seen.h)
//        -> Drafting    on a thread of its own: files, judgement, trials (draft.h)
//        -> (control)   logs, instances, TLS contexts, listening sockets (generation.h)
//        -> Attaching   every worker makes its snapshot, within Crew::kAttachMs
//        -> Switching   every worker switches between two exchanges
//        -> Idle        reported; what nobody uses any more is ended
//
// A fault on the way drops all that is new and leaves all that is old as it is. One reload runs at
// a time; those who ask meanwhile share the next one, which begins kGapMs after this one, so that a
// storm of signals costs little and the last configuration wins.
//
// Whoever asks because files may have changed (the watch, its poll) is told nothing if they have
// not. A plugin file that is refused is no fault of the configuration: see draft.h.
// Threads: the control thread's.   Tests: tests/fault/{reload,plugins}.test.mjs
#pragma once

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "core/admin/control.h"
#include "core/main/crew.h"
#include "core/main/listeners.h"
#include "core/main/logs.h"
#include "core/main/overseer.h"
#include "core/main/roster.h"
#include "core/net/file_watch.h"

namespace aip::main {

class Reloader final : private Wakeable, private net::FileWatch::Owner {
 public:
  static constexpr std::uint64_t kGapMs = 50;
  using Done = std::function<void(const admin::ReloadReport&)>;

  struct Parts {
    net::Loop& loop;
    const CommandLine& line;
    Overseer& overseer;
    Listeners& listeners;
    Crew& crew;
    Logs& logs;
  };
  explicit Reloader(const Parts& parts);
  ~Reloader() override;

  // `cause`: "start", "file", "signal", "admin". `done` is called once, unless stop() comes first.
  void ask(const std::string& cause, Done done = {});
  // No reload any more; one that runs comes to nothing.
  void stop();
  // A worker let go of a snapshot.
  void sweep();

  // Null until the first one is in force.
  [[nodiscard]] const std::shared_ptr<const Generation>& serving() const noexcept {
    return serving_;
  }
  [[nodiscard]] const admin::ReloadReport& last() const noexcept { return last_; }
  // What the program ends with if the last one was the first one and failed.
  [[nodiscard]] int exit_code() const noexcept { return exit_code_; }
  [[nodiscard]] std::vector<admin::PluginState> plugins() const;
  // Serving no more; the roster is empty after the workers have ended.
  void let_go();

 private:
  void on_files_changed() noexcept override { ask("file"); }
  void advance() noexcept override;
  void begin();
  // Does the work on the drafter's thread; `then` gets what it gave, on this one, unless stopped.
  template <class Work, class Then>
  void on_drafter(Work work, Then then);
  void draft();
  void drafted(Draft draft);
  [[nodiscard]] bool make(Draft draft);
  void attached(const Status& status);
  void switched();
  bool fail(int exit_code, std::vector<std::string> errors);
  void finish(admin::ReloadReport report);
  void end_run();
  [[nodiscard]] admin::ReloadReport begin_report() const;
  void tell_refusals(const std::vector<PluginRefusal>& refused);

  Parts parts_;
  Alarm gap_;
  net::FileWatch watch_;
  Roster roster_;
  std::thread drafter_;

  std::shared_ptr<const Generation> serving_, next_;
  Seen last_seen_;  // by the last draft, good or bad
  std::vector<PluginRefusal> refused_;
  admin::ReloadReport last_;
  int exit_code_ = 0;

  // The one that runs.
  bool running_ = false, stopped_ = false;
  std::string cause_;
  std::vector<Done> dones_;
  std::uint64_t began_ns_ = 0;
  // The next one.
  std::string asked_cause_;  // empty: nobody asked
  std::vector<Done> asked_dones_;
};

// "auto" means all processors that this process may use: an affinity mask or a cgroup quota counts,
// not the number of sockets in the board.
[[nodiscard]] std::uint32_t worker_count(const config::Config& config);

}  // namespace aip::main
