// crew.h - the workers of the process, who take a new generation together or not at all.
//
//   attach()       every worker, and those that are started for it, makes its snapshot beside the
//                  one in use; one fault, or one that takes longer than kAttachMs, and all give up
//   switch_over()  each takes it into use between two exchanges; sockets are dealt out anew;
//   workers
//                  that are too many serve who is there to the end and are gone
//
// Threads: the control thread's; callbacks come from its loop.
// Tests: tests/fault/reload.test.mjs
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "core/main/worker.h"

namespace aip::main {

class Crew final : private Wakeable {
 public:
  static constexpr std::uint64_t kAttachMs = 5'000;
  static constexpr std::uint64_t kRequestsMs = 1'000;

  Crew(net::Loop& control, Commons commons);
  ~Crew() override;

  void attach(const std::shared_ptr<const Generation>& next, std::uint32_t workers,
              std::function<void(Status)> done);
  void switch_over(const Listeners& listeners, std::function<void()> done);

  void drain(Queues queues, const std::function<void()>& empty);
  void cut(const Error& why);
  // Ends the threads. What still runs is cut.
  void stop();

  // What every worker that answers within kRequestsMs has.
  void requests(std::function<void(std::vector<admin::LiveRequest>)> done);
  // Of each worker there is, and last of those that have gone.
  [[nodiscard]] std::vector<admin::WorkerFigures> figures() const;

 private:
  struct Gathering;

  void advance() noexcept override;
  void answer(std::uint64_t attempt, Status status);
  void settle(Status status);
  [[nodiscard]] std::unique_ptr<Worker> hire(const config::Limits& limits);
  void dismiss(std::unique_ptr<Worker> worker);
  [[nodiscard]] std::vector<Worker*> everybody() const;

  net::Loop& control_;
  const Commons commons_;
  std::vector<std::unique_ptr<Worker>> serving_;
  std::vector<std::unique_ptr<Worker>> leaving_;  // too many: they end when they are empty
  admin::WorkerFigures gone_;

  // Of the generation that is being attached.
  std::vector<std::unique_ptr<Worker>> hired_;
  std::size_t count_ = 0;  // how many will serve
  std::vector<std::shared_ptr<AttachPlace>> places_;
  std::function<void(Status)> done_;
  std::uint64_t attempt_ = 0;
  std::size_t missing_ = 0;
  Alarm alarm_;
  std::vector<std::shared_ptr<Gathering>> gatherings_;
};

}  // namespace aip::main
