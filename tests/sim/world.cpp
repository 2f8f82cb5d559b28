#include "tests/sim/world.h"

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <functional>

#include "core/base/limits.h"
#include "core/base/units.h"
#include "core/server/server.h"
#include "core/upstream/client.h"
#include "tests/sim/client.h"
#include "tests/sim/judge.h"
#include "tests/sim/sabotage.h"
#include "tests/sim/upstream.h"
#include "tests/sim/watch.h"
#include "tests/support/fake_loop.h"
#include "tests/support/fake_transport.h"

namespace aip::sim {
namespace {

constexpr std::uint64_t kHour = 3'600'000 * kMs;
constexpr std::uint64_t kWireDelayNs = 2 * kMs;

const test::FakeLoop* running = nullptr;

// Tasks posted from anywhere run in a later turn.
class PostBox final : public plugin::Poster, private Wakeable {
 public:
  explicit PostBox(Scheduler& scheduler) : scheduler_(scheduler), alarm_(scheduler, *this) {}
  void post(std::function<void()> task) override {
    tasks_.push_back(std::move(task));
    alarm_.set(scheduler_.now_ns());
  }

 private:
  void advance() noexcept override {
    if (!alarm_.take_fired()) return;
    for (std::deque<std::function<void()>> tasks = std::exchange(tasks_, {}); !tasks.empty();
         tasks.pop_front()) {
      tasks.front()();
    }
  }
  Scheduler& scheduler_;
  Alarm alarm_;
  std::deque<std::function<void()>> tasks_;
};

// Both sides' networks have their own ways in each world.
test::WireRules draw_rules(Random& random, bool fine) {
  test::WireRules rules;
  rules.random = &random;
  const std::uint32_t most = chance(random, 70) ? 64'000 : 250'000;
  rules.piece_bytes_max = fine ? 1 + random.below(200) : 2'000 + random.below(most);
  // Small pipes make back-pressure; wide ones take all at once and tell nothing later.
  constexpr std::size_t kUsual = std::size_t{64} * 1024, kWide = std::size_t{1024} * 1024;
  const std::uint32_t dice = random.below(100);
  rules.capacity = dice < 20 ? 1'000 + random.below(10'000) : dice < 60 ? kWide : kUsual;
  rules.delay_ns = chance(random, 50) && rules.piece_bytes_max > 100 ? kWireDelayNs : 0;
  return rules;
}

double records_in(const observe::Metrics& metrics) {
  const std::string text = metrics.render();
  double sum = 0;
  for (std::size_t at = text.find("\naiproxy_requests_total{"); at != std::string::npos;
       at = text.find("\naiproxy_requests_total{", at + 1)) {
    sum += std::atof(text.c_str() + text.find("} ", at) + 2);
  }
  return sum;
}

class World {
 public:
  World(const Stage& stage, std::uint64_t seed, Planted planted)
      : stage_(stage),
        random_(seed),
        fine_(chance(random_, 40)),
        outer_(loop_, draw_rules(random_, fine_)),
        inner_(loop_, draw_rules(random_, fine_)),
        transport_(loop_, inner_),
        posts_(loop_),
        upstreams_(loop_, random_),
        dialer_(loop_, transport_),
        gateway_(loop_, random_, dialer_, *stage.metrics, health_),
        saboteur_(gateway_, planted == Planted::Fault ? draw_sabotage(seed) : Sabotage::None, seed),
        watch_(loop_, saboteur_, ledger_),
        server_(loop_, watch_, stage.config->limits),
        records_before_(records_in(*stage.metrics)) {
    running = &loop_;
    transport_.on_accept = [this](auto accepted) { upstreams_.accept(std::move(accepted)); };
    transport_.choose = [this](const auto&) { return draw_dial(); };
    transport_.delay_ns = random_.below(100) * kMs;
    gateway_.set_snapshot(make_snapshot());
  }

  ~World() { running = nullptr; }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  Report run() {
    const std::uint32_t clients = 1 + random_.below(5);
    for (std::uint32_t i = 0; i < clients; ++i) {
      connect();
      loop_.advance_ms(random_.below(300));
      disturb();
    }
    // Some worlds end in the midst of it all: nothing may break, and nothing may leak.
    if (chance(random_, 10)) {
      loop_.advance_ms(random_.below(2'000));
      return report_;
    }
    const bool idle = loop_.run_until_idle(loop_.now_ns() + 2 * kHour);
    if (!idle) blame("something is still waiting for its time after two hours");
    judge_clients();
    judge_upstreams();
    judge_records();
    report_.tally.turns = loop_.turns();
    if (!report_.fault.empty()) describe_scene();
    return report_;
  }

 private:
  test::Outcome draw_dial() {
    if (chance(random_, 90)) return test::Outcome::Accept;
    dial_failed_ = true;
    return static_cast<test::Outcome>(1 + random_.below(3));
  }

  std::shared_ptr<gateway::Snapshot> make_snapshot() {
    auto snapshot = std::make_shared<gateway::Snapshot>();
    snapshot->config = stage_.config;
    snapshot->table = stage_.table;
    snapshot->listeners =
        std::make_shared<const std::vector<config::Listener>>(stage_.config->listeners);
    for (std::size_t i = 0; i < stage_.instances.size(); ++i) {
      gateway::WorkerProvider provider;
      provider.config = &stage_.config->providers[i];
      for (const config::Credential& credential : provider.config->credentials) {
        provider.credentials.push_back(&credentials_.find(provider.config->name, credential));
      }
      auto attached = plugin::attach(stage_.instances[i], 0, loop_, posts_);
      AIP_CHECK(attached.ok());
      provider.instance = std::move(*attached);
      snapshot->providers.push_back(std::move(provider));
    }
    return snapshot;
  }

  void connect() {
    std::vector<Story> stories;
    const std::uint32_t count = 1 + random_.below(3);
    const Bodies bodies = fine_ ? Bodies::Short : Bodies::Long;
    for (std::uint32_t i = 0; i < count; ++i) {
      ++numbers_;
      if (fine_ && is_long(numbers_)) ++numbers_;
      stories.push_back(draw_story(random_, numbers_, bodies));
    }
    test::MemoryPair pair = outer_.connect();
    clients_.push_back(
        std::make_unique<Client>(loop_, random_, std::move(pair.far), std::move(stories)));
    server_.accept(std::move(pair.near), "192.0.2.1", 0);
  }

  // What an operator does while clients are being served.
  void disturb() {
    if (chance(random_, 5)) gateway_.set_snapshot(make_snapshot());  // a reload
    if (chance(random_, 3)) {
      drained_ = true;
      server_.drain([] {});
      if (chance(random_, 50)) gateway_.cut_all(Error{ErrorCode::PolicyDraining, {}});
    }
  }

  void blame(std::string what) {
    if (!report_.fault.empty()) return;
    report_.fault = std::move(what) + " (found at " + std::to_string(loop_.now_ns()) +
                    " ns, in turn " + std::to_string(loop_.turns()) + ")";
  }

  void describe_scene() {
    for (const auto& client : clients_) {
      report_.scene += "==== a client that ";
      report_.scene += client->left() == Leaving::Stays ? "stays" : "leaves";
      for (const Story& story : client->stories()) {
        report_.scene += "\n---- sent\n" + story.wire.substr(0, 2'000);
        if (const auto at = ledger_.requests.find(story.number);
            at != ledger_.requests.end() && at->second.gone_ns != UINT64_MAX) {
          report_.scene += "\n---- client gone " + std::to_string(at->second.gone_ns / kMs) + " ms";
        }
        for (const Seen& seen : upstreams_.seen(story.number)) {
          const auto ms = [](std::uint64_t ns) {
            return ns == UINT64_MAX ? std::string("never") : std::to_string(ns / kMs) + " ms";
          };
          report_.scene += "\n---- upstream: fault " +
                           std::to_string(static_cast<int>(seen.fault)) + ", asked " +
                           ms(seen.asked_ns) + ", answered " + ms(seen.answered_ns) + ", left " +
                           ms(seen.gone_ns);
        }
      }
      report_.scene += "\n---- got\n" + client->received().substr(0, 8'000) +
                       (client->was_reset() ? "\n(reset)\n"
                        : client->ended()   ? "\n(end)\n"
                                            : "\n(open)\n");
    }
  }

  void judge_clients() {
    Tally& tally = report_.tally;
    for (const auto& client : clients_) {
      const Verdict verdict = judge(*client, [this](std::uint32_t number) {
        const std::vector<Seen>& seen = upstreams_.seen(number);
        if (seen.empty()) return upstreams_.sent_surplus();  // it was "answered" before it was read
        return seen.back().fault == Fault::Surplus && !seen.back().good;
      });
      if (!verdict.fault.empty()) return blame(verdict.fault);
      tally.requests += client->stories().size();
      tally.answers += verdict.answers.size();
      const bool patient = client->left() == Leaving::Stays && !client->was_slow() && !drained_;
      for (std::size_t i = 0; i < verdict.answers.size(); ++i) {
        const Story& story = client->stories()[i];
        if (verdict.answers[i].outcome == Outcome::Success) {
          ++tally.successes;
        } else if (should_succeed(story)) {
          return blame(request_id_of(story.number) + " failed though its upstream was faultless");
        } else if (patient && verdict.answers[i].status == 504 && story.kind == Kind::Forward &&
                   !dial_failed_ && upstreams_.seen(story.number).empty()) {
          return blame(request_id_of(story.number) + " never reached its upstream");
        }
      }
      if (verdict.cut) ++tally.cut;
      const std::size_t next = verdict.answers.size();
      if (!patient || next == client->stories().size()) continue;
      const Story& story = client->stories()[next];
      // Bytes of another's making can only be cut when they break off; a chat never is. The reset
      // may overtake what was sent before it, the answers to earlier pipelined requests included.
      if (verdict.cut && story.kind == Kind::Forward && met_faultless(story)) {
        return blame(request_id_of(story.number) + " was cut though its upstream was faultless");
      }
      if (client->was_reset() && forward_from(*client, next)) continue;
      if (verdict.cut && story.kind != Kind::Forward) {
        return blame(request_id_of(story.number) + " was cut");
      }
      if (!verdict.cut && (next == 0 || may_go_on(*client, next))) {
        return blame(request_id_of(story.number) + " has no answer");
      }
    }
  }

  [[nodiscard]] static bool forward_from(const Client& client, std::size_t next) {
    const std::vector<Story>& stories = client.stories();
    return std::any_of(stories.begin() + static_cast<std::ptrdiff_t>(next), stories.end(),
                       [](const Story& story) { return story.kind == Kind::Forward; });
  }

  // The connection need not serve the request after one that was refused or cut.
  [[nodiscard]] static bool may_go_on(const Client& client, std::size_t next) {
    for (std::size_t i = 0; i < next; ++i) {
      const Kind kind = client.stories()[i].kind;
      if (kind == Kind::BadHttp || kind == Kind::Forward) return false;
    }
    return true;
  }

  // Its last attempt met an upstream that did all right, and nobody ended it from outside.
  [[nodiscard]] bool should_succeed(const Story& story) const {
    return !drained_ && story.kind == Kind::Chat && met_faultless(story);
  }
  [[nodiscard]] bool met_faultless(const Story& story) const {
    const std::vector<Seen>& seen = upstreams_.seen(story.number);
    if (seen.empty()) return false;
    const Seen& last = seen.back();
    return last.good && last.fault == Fault::None && last.answered_ns != UINT64_MAX &&
           last.answered_ns - last.asked_ns < 25'000 * kMs;
  }

  void judge_upstreams() {
    if (!upstreams_.complaint().empty()) return blame(upstreams_.complaint());
    Tally& tally = report_.tally;
    tally.upstream_requests = upstreams_.requests();
    for (const auto& [number, watched] : ledger_.requests) {
      if (watched.gone_ns == UINT64_MAX) continue;
      for (const Seen& seen : upstreams_.seen(number)) {
        const bool ran = seen.asked_ns <= watched.gone_ns && seen.answered_ns > watched.gone_ns;
        if (!ran) continue;
        ++tally.cancelled;
        // An upstream that was done by itself in the meantime saw nobody leave.
        const std::uint64_t over = std::min(seen.gone_ns, seen.answered_ns);
        const std::uint64_t took = over - std::min(over, watched.gone_ns);
        tally.cancel_ns_max = std::max(tally.cancel_ns_max, took);
        if (took > 100 * kMs) {
          return blame(request_id_of(number) + " went on upstream though its client had left");
        }
      }
    }
  }

  void judge_records() {
    if (!ledger_.complaint.empty()) return blame(ledger_.complaint);
    std::uint64_t expected = ledger_.refused;
    for (const auto& client : clients_) {
      for (const Story& story : client->stories()) {
        const auto at = ledger_.requests.find(story.number);
        if (at == ledger_.requests.end()) continue;
        if (at->second.ends != 1) {
          return blame(request_id_of(story.number) + " ended " + std::to_string(at->second.ends) +
                       " times");
        }
        if (story.kind != Kind::Ping) ++expected;
      }
    }
    const auto records =
        static_cast<std::uint64_t>(records_in(*stage_.metrics) - records_before_ + 0.5);
    if (records != expected) {
      blame(std::to_string(records) + " access records for " + std::to_string(expected) +
            " requests");
    }
    if (gateway_.running() != 0) blame("an exchange still runs");
    if (server_.open_connections() != 0) blame("a client's connection is still open");
    if (upstreams_.open() != 0) blame("an upstream's connection is still open");
    if (transport_.open_dials() != 0) blame("a connect is still under way");
    for (const auto& client : clients_) {
      const bool told = client->left() == Leaving::Closes || client->left() == Leaving::Resets ||
                        client->ended() || client->was_reset();
      if (!told) blame("a client was never told that its connection is over");
    }
  }

  const Stage& stage_;
  SeededRandom random_;
  const bool fine_;  // a network of tiny pieces
  test::FakeLoop loop_;
  test::MemoryNetwork outer_, inner_;
  test::FakeTransport transport_;
  PostBox posts_;
  Upstreams upstreams_;
  gateway::Health health_;
  gateway::CredentialBook credentials_;
  upstream::Client dialer_;
  Ledger ledger_;
  gateway::Gateway gateway_;
  Saboteur saboteur_;
  Watch watch_;
  server::Server server_;
  std::vector<std::unique_ptr<Client>> clients_;
  const double records_before_;
  std::uint32_t numbers_ = 0;
  bool drained_ = false;
  bool dial_failed_ = false;
  Report report_;
};

}  // namespace

void Tally::add(const Tally& other) {
  requests += other.requests;
  answers += other.answers;
  successes += other.successes;
  cut += other.cut;
  upstream_requests += other.upstream_requests;
  cancelled += other.cancelled;
  cancel_ns_max = std::max(cancel_ns_max, other.cancel_ns_max);
  turns += other.turns;
}

Report run_seed(const Stage& stage, std::uint64_t seed, Planted planted) {
  World world(stage, seed, planted);
  return world.run();
}

Moment running_moment() noexcept {
  return running == nullptr ? Moment{} : Moment{running->now_ns(), running->turns()};
}

}  // namespace aip::sim
