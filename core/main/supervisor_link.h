// supervisor_link.h - the gateway's end of the link (link.h): its Overseer is another process.
//
// Threads: the control thread's, which waits for an answer for at most limits::kLinkAnswerMs.
// Errors:  GatewayConfig with the supervisor's reason; a supervisor that is gone or silent is said
//          in words. It is never a reason to stop serving: the kernel sends this process SIGTERM
//          when its supervisor dies (supervisor.h).
// Tests:   tests/unit/main/supervisor_link_test.cpp
#pragma once

#include "core/main/link.h"
#include "core/main/overseer.h"

namespace aip::main {

class SupervisorLink final : public Overseer {
 public:
  explicit SupervisorLink(int link) noexcept : link_(link) {}

  [[nodiscard]] Result<std::vector<int>> open(const std::string& host, std::uint16_t port,
                                              std::uint32_t wanted) override;
  void close(const std::string& host, std::uint16_t port) override;
  void ready() override { say(LinkWord::Ready); }
  void reloading() override { say(LinkWord::Reloading); }
  [[nodiscard]] Successor draining() override;
  [[nodiscard]] Quarantine quarantine() override;
  void runs_plugin(const std::string& name, const std::string& sha256) override;

  // This process ends because it wants to. Without it, exit code 0 is a plugin's doing.
  void goodbye(int code);

 private:
  void say(LinkWord word);
  // Asks, and gives the time until which answers are waited for.
  [[nodiscard]] std::uint64_t ask(LinkMessage message);
  // Waits for the next message that answers the last question; an error if none comes in time.
  [[nodiscard]] Result<Received> answer(std::uint64_t deadline_ns);

  const int link_;
  std::uint32_t question_ = 0;
};

}  // namespace aip::main
