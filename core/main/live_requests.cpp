#include "core/main/live_requests.h"

#include <iterator>
#include <utility>

namespace aip::main {
namespace {

admin::LiveRequest describe(const gateway::Exchange& exchange, std::uint64_t now_ns,
                            std::uint32_t worker) {
  const observe::ExchangeRecord& record = exchange.record();
  admin::LiveRequest out;
  out.request_id = record.request_id;
  out.peer = record.peer;
  out.key = record.key_id;
  out.dialect = record.dialect;
  out.route = record.route;
  out.model = record.model;
  out.provider = record.provider;
  out.stage = gateway::stage_name(exchange.stage());
  out.age_ms = (now_ns - record.start_ns) / 1'000'000;
  out.chunks = record.chunks;
  out.generation = 1;
  out.worker = worker;
  out.stream = record.stream;
  return out;
}

}  // namespace

void LiveRequests::ask(std::span<const std::unique_ptr<Worker>> workers, Done done) {
  const std::uint64_t number = ++last_number_;
  Question& question = questions_[number];
  question.left = workers.size();
  question.deadline_ns = loop_.now_ns() + kPatienceMs * 1'000'000;
  question.done = std::move(done);
  if (workers.empty()) return answer(number);
  if (!alarm_.armed()) alarm_.set(question.deadline_ns);
  for (std::uint32_t i = 0; i < workers.size(); ++i) {
    workers[i]->look([this, number, i](gateway::Gateway& gateway, std::uint64_t now_ns) {
      std::vector<admin::LiveRequest> found;
      gateway.visit([&](const gateway::Exchange& exchange) {
        found.push_back(describe(exchange, now_ns, i));
      });
      loop_.post([this, number, list = std::move(found)] { arrived(number, list); });
    });
  }
}

void LiveRequests::arrived(std::uint64_t number, std::vector<admin::LiveRequest> found) {
  const auto at = questions_.find(number);
  if (at == questions_.end()) return;
  std::move(found.begin(), found.end(), std::back_inserter(at->second.found));
  if (--at->second.left == 0) answer(number);
}

void LiveRequests::answer(std::uint64_t number) {
  auto node = questions_.extract(number);
  node.mapped().done(std::move(node.mapped().found));
}

// Questions are in the order of their deadlines, because all wait equally long.
void LiveRequests::advance() noexcept {
  static_cast<void>(alarm_.take_fired());
  while (!questions_.empty() && questions_.begin()->second.deadline_ns <= loop_.now_ns()) {
    answer(questions_.begin()->first);
  }
  if (!questions_.empty() && !alarm_.armed()) alarm_.set(questions_.begin()->second.deadline_ns);
}

}  // namespace aip::main
