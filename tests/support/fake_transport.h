// fake_transport.h - an upstream::Transport whose connects do what the test says.
//
// Each connect() takes the next outcome of the script, or the last one for ever. An accepted
// connection's far end goes to on_accept, or waits in accepted().
// Nothing happens inside connect(): outcomes come in a later turn, after `delay_ns`.
#pragma once

#include <deque>
#include <functional>
#include <initializer_list>
#include <memory>
#include <utility>
#include <vector>

#include "core/upstream/transport.h"
#include "tests/support/memory_network.h"

namespace aip::test {

enum class Outcome : std::uint8_t { Accept, Refuse, HangConnecting, HangHandshaking };

class FakeTransport final : public upstream::Transport {
 public:
  struct Accepted {
    upstream::Endpoint endpoint;
    std::unique_ptr<ByteStream> far;
  };

  FakeTransport(Scheduler& scheduler, MemoryNetwork& network)
      : scheduler_(scheduler), network_(network) {}

  void script(std::initializer_list<Outcome> outcomes) { script_.assign(outcomes); }
  // Draws an outcome for each connect; in the place of the script.
  std::function<Outcome(const upstream::Endpoint&)> choose;
  std::function<void(Accepted)> on_accept;
  std::uint64_t delay_ns = 0;

  [[nodiscard]] std::deque<Accepted>& accepted() noexcept { return accepted_; }
  [[nodiscard]] int connects() const noexcept { return connects_; }
  [[nodiscard]] int open_dials() const noexcept { return open_dials_; }

  [[nodiscard]] std::unique_ptr<upstream::Dial> connect(const upstream::Endpoint& endpoint,
                                                        upstream::DialOwner& owner) override {
    ++connects_;
    return std::make_unique<FakeDial>(*this, endpoint, owner, next_outcome(endpoint));
  }

 private:
  class FakeDial final : public upstream::Dial, private Wakeable {
   public:
    FakeDial(FakeTransport& transport, const upstream::Endpoint& endpoint,
             upstream::DialOwner& owner, Outcome outcome)
        : transport_(transport),
          endpoint_(endpoint),
          owner_(owner),
          outcome_(outcome),
          alarm_(transport.scheduler_, *this) {
      ++transport_.open_dials_;
      alarm_.set(transport_.scheduler_.now_ns() + transport_.delay_ns);
    }
    ~FakeDial() override { --transport_.open_dials_; }
    [[nodiscard]] upstream::DialPhase phase() const noexcept override { return phase_; }
    [[nodiscard]] const Error& error() const noexcept override { return error_; }
    [[nodiscard]] std::unique_ptr<ByteStream> take() override { return std::move(stream_); }

   private:
    void advance() noexcept override {
      if (!alarm_.take_fired()) return;
      switch (outcome_) {
        case Outcome::HangConnecting:
          return;
        case Outcome::Refuse:
          phase_ = upstream::DialPhase::Failed;
          break;
        case Outcome::HangHandshaking:
          phase_ = upstream::DialPhase::Handshaking;
          break;
        case Outcome::Accept: {
          MemoryPair pair = transport_.network_.connect();
          stream_ = std::move(pair.near);
          phase_ = upstream::DialPhase::Ready;
          transport_.accept({endpoint_, std::move(pair.far)});
          break;
        }
      }
      owner_.on_dial_event();
    }

    FakeTransport& transport_;
    const upstream::Endpoint endpoint_;
    upstream::DialOwner& owner_;
    const Outcome outcome_;
    Alarm alarm_;
    upstream::DialPhase phase_ = upstream::DialPhase::Connecting;
    Error error_{ErrorCode::ProviderConnect, "connection refused"};
    std::unique_ptr<ByteStream> stream_;
  };

  Outcome next_outcome(const upstream::Endpoint& endpoint) {
    if (choose) return choose(endpoint);
    if (script_.empty()) return Outcome::Accept;
    const Outcome outcome = script_.front();
    if (script_.size() > 1) script_.pop_front();
    return outcome;
  }
  void accept(Accepted accepted) {
    if (on_accept) return on_accept(std::move(accepted));
    accepted_.push_back(std::move(accepted));
  }

  Scheduler& scheduler_;
  MemoryNetwork& network_;
  std::deque<Outcome> script_;
  std::deque<Accepted> accepted_;
  int connects_ = 0;
  int open_dials_ = 0;
};

}  // namespace aip::test
