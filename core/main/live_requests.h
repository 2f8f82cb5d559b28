// live_requests.h - asks every worker what it runs, and answers when all have, or after a second.
//
// A worker that is held by a plugin does not hold the answer: after kPatienceMs what has come so
// far is told. Threads: the control thread's; the looking is done on the workers'.
// Lifetime: outlives the loop's run; answers that come too late find no question and are dropped.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "core/admin/control.h"
#include "core/main/worker.h"
#include "core/net/loop.h"

namespace aip::main {

class LiveRequests final : private Wakeable {
 public:
  static constexpr std::uint64_t kPatienceMs = 1'000;
  using Done = std::function<void(std::vector<admin::LiveRequest>)>;

  explicit LiveRequests(net::Loop& loop) : loop_(loop), alarm_(loop, *this) {}

  void ask(std::span<const std::unique_ptr<Worker>> workers, Done done);

 private:
  struct Question {
    std::vector<admin::LiveRequest> found;
    std::size_t left = 0;  // workers that have not answered
    std::uint64_t deadline_ns = 0;
    Done done;
  };

  void advance() noexcept override;
  void arrived(std::uint64_t number, std::vector<admin::LiveRequest> found);
  void answer(std::uint64_t number);

  net::Loop& loop_;
  Alarm alarm_;
  std::map<std::uint64_t, Question> questions_;
  std::uint64_t last_number_ = 0;
};

}  // namespace aip::main
