#include "core/main/crew.h"

#include <algorithm>
#include <utility>

#include "core/base/units.h"

namespace aip::main {
namespace {

// A counter never falls: what a worker has counted outlives it.
void keep_counts(const admin::WorkerFigures& of, admin::WorkerFigures& in) {
  in.accepted += of.accepted;
  in.shed += of.shed;
  for (std::size_t i = 0; i < in.refused.size(); ++i) in.refused[i] += of.refused[i];
}

}  // namespace

// The answers to one question to all workers.
struct Crew::Gathering final : Wakeable {
  explicit Gathering(net::Loop& loop) : alarm(loop, *this) {}
  void advance() noexcept override {
    if (alarm.take_fired()) tell();
  }
  void tell() {
    alarm.cancel();
    if (done) std::exchange(done, nullptr)(std::move(found));
  }
  std::vector<admin::LiveRequest> found;
  std::size_t missing = 0;
  std::function<void(std::vector<admin::LiveRequest>)> done;
  Alarm alarm;
};

Crew::Crew(net::Loop& control, Commons commons)
    : control_(control), commons_(std::move(commons)), alarm_(control, *this) {}

Crew::~Crew() {
  stop();
}

void Crew::stop() {
  alarm_.cancel();
  hired_.clear();
  serving_.clear();
  leaving_.clear();
}

// ---- attach ------------------------------------------------------------------------------------

void Crew::attach(const std::shared_ptr<const Generation>& next, std::uint32_t workers,
                  std::function<void(Status)> done) {
  done_ = std::move(done);
  count_ = workers;
  missing_ = workers;
  places_.clear();
  const std::uint64_t attempt = ++attempt_;
  while (serving_.size() + hired_.size() < workers) hired_.push_back(hire(next->config->limits));
  for (std::uint32_t i = 0; i < workers; ++i) {
    Worker& worker = i < serving_.size() ? *serving_[i] : *hired_[i - serving_.size()];
    places_.push_back(std::make_shared<AttachPlace>());
    worker.attach(next, places_.back(), [this, attempt](Status status) {
      control_.post([this, attempt, status = std::move(status)] { answer(attempt, status); });
    });
  }
  alarm_.set(control_.now_ns() + kAttachMs * kMs);
}

void Crew::answer(std::uint64_t attempt, Status status) {
  if (attempt != attempt_ || !done_) return;  // it was given up meanwhile
  if (!status) return settle(std::move(status));
  if (--missing_ == 0) settle({});
}

void Crew::advance() noexcept {
  if (!alarm_.take_fired() || !done_) return;
  std::string who = "a worker did not take it";
  for (const auto& place : places_) {
    const std::string* provider = place->provider.load();
    if (provider != nullptr) who = "provider " + *provider + ": its worker_attach() did not end";
  }
  settle(
      Error{ErrorCode::GatewayPlugin, who + " within " + std::to_string(kAttachMs / 1000) + " s"});
}

void Crew::settle(Status status) {
  alarm_.cancel();
  if (!status) {
    for (auto& worker : serving_) worker->give_up();
    for (auto& worker : hired_) dismiss(std::move(worker));
    hired_.clear();
  }
  std::exchange(done_, nullptr)(std::move(status));
}

// ---- switch ------------------------------------------------------------------------------------

void Crew::switch_over(const Listeners& listeners, std::function<void()> done) {
  for (auto& worker : hired_) serving_.push_back(std::move(worker));
  hired_.clear();
  while (serving_.size() > count_) {
    dismiss(std::move(serving_.back()));
    serving_.pop_back();
  }
  const auto workers = static_cast<std::uint32_t>(serving_.size());
  missing_ = workers;
  done_ = [done = std::move(done)](const Status&) { done(); };
  const std::uint64_t attempt = ++attempt_;
  for (std::uint32_t i = 0; i < workers; ++i) {
    serving_[i]->adopt(
        listeners.share(i, workers), i == 0 ? Background::Run : Background::No,
        [this, attempt] { control_.post([this, attempt] { answer(attempt, {}); }); });
  }
}

std::unique_ptr<Worker> Crew::hire(const config::Limits& limits) {
  // A number names a worker to plugins: nobody else may have it, not even one who is leaving.
  std::vector<Worker*> others = everybody();
  std::uint32_t number = 0;
  while (std::any_of(others.begin(), others.end(),
                     [number](const Worker* other) { return other->number() == number; })) {
    ++number;
  }
  return std::make_unique<Worker>(number, commons_, limits);
}

void Crew::dismiss(std::unique_ptr<Worker> worker) {
  Worker* const leaver = worker.get();
  leaving_.push_back(std::move(worker));
  leaver->give_up();
  // It may be the last to hold a socket of a listener that goes with it.
  leaver->drain(Queues::Empty, [this, leaver] {
    control_.post([this, leaver] {
      keep_counts(leaver->figures(), gone_);
      std::erase_if(leaving_, [leaver](const auto& one) { return one.get() == leaver; });
    });
  });
}

std::vector<Worker*> Crew::everybody() const {
  std::vector<Worker*> all;
  for (const auto* group : {&serving_, &hired_, &leaving_}) {
    for (const auto& worker : *group) all.push_back(worker.get());
  }
  return all;
}

// ---- the end, and questions --------------------------------------------------------------------

void Crew::drain(Queues queues, const std::function<void()>& empty) {
  // A generation that is under way comes to nothing.
  ++attempt_;
  alarm_.cancel();
  done_ = nullptr;
  for (auto& worker : hired_) dismiss(std::move(worker));
  hired_.clear();
  const std::vector<Worker*> all = everybody();
  const auto left = std::make_shared<std::size_t>(all.size());
  for (Worker* worker : all) {
    worker->give_up();
    worker->drain(queues, [this, left, empty] {
      control_.post([left, empty] {
        if (--*left == 0) empty();
      });
    });
  }
}

void Crew::cut(const Error& why) {
  for (Worker* worker : everybody()) worker->cut(why);
}

void Crew::requests(std::function<void(std::vector<admin::LiveRequest>)> done) {
  std::erase_if(gatherings_, [](const auto& one) { return !one->done; });
  auto gathering = std::make_shared<Gathering>(control_);
  gathering->done = std::move(done);
  gathering->alarm.set(control_.now_ns() + kRequestsMs * kMs);
  gatherings_.push_back(gathering);
  const std::vector<Worker*> all = everybody();
  gathering->missing = all.size();
  if (all.empty()) return gathering->tell();
  for (Worker* worker : all) {
    worker->requests([this, gathering](std::vector<admin::LiveRequest> found) {
      control_.post([gathering, found = std::move(found)] {
        gathering->found.insert(gathering->found.end(), found.begin(), found.end());
        if (--gathering->missing == 0) gathering->tell();
      });
    });
  }
}

std::vector<admin::WorkerFigures> Crew::figures() const {
  std::vector<admin::WorkerFigures> out;
  for (const Worker* worker : everybody()) out.push_back(worker->figures());
  out.push_back(gone_);
  return out;
}

}  // namespace aip::main
