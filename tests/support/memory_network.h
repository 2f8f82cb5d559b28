// memory_network.h - connected ByteStreams in memory that behave as TCP does, on one Scheduler.
//
//     near.write() -> queued (what the pipe does not take; queued_bytes() tells)
//                  -> pipe (the two kernels, at most `capacity` bytes)
//                  -> far.readable(), at most `piece_bytes_max` more in each turn
//
// The ways of TCP that matter to us are kept: nothing is ever delivered inline, an end comes behind
// the bytes, closing with unread bytes or writing to who has closed is answered by a reset, a reset
// destroys what is under way, a reader that does not read does not see the end either.
// Sizes and delays are fixed, or drawn from a Random so that a seed replays them.
// Lifetime: streams die before their network, the network before its scheduler.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "core/base/random.h"
#include "core/base/scheduler.h"
#include "core/base/stream.h"

namespace aip::test {

struct WireRules {
  std::size_t piece_bytes_max = SIZE_MAX;  // a delivery; with `random`: drawn from 1 to this
  std::size_t capacity = 256 * 1024;       // of the pipe, each direction
  std::uint64_t delay_ns = 0;              // of a delivery; with `random`: drawn from 0 to this
  Random* random = nullptr;
};

struct MemoryPair {
  std::unique_ptr<ByteStream> near, far;
};

class MemoryNetwork {
 public:
  explicit MemoryNetwork(Scheduler& scheduler, WireRules rules = {})
      : scheduler_(scheduler), rules_(rules) {}
  MemoryNetwork(const MemoryNetwork&) = delete;
  MemoryNetwork& operator=(const MemoryNetwork&) = delete;
  ~MemoryNetwork();

  [[nodiscard]] MemoryPair connect() { return connect(rules_); }
  [[nodiscard]] MemoryPair connect(const WireRules& rules);

  // Streams that were neither closed nor destroyed.
  [[nodiscard]] int open_streams() const noexcept { return open_; }
  // Calls of write() that carried bytes, by all streams.
  [[nodiscard]] std::uint64_t writes() const noexcept { return writes_; }

 private:
  friend class NetworkStream;
  Scheduler& scheduler_;
  WireRules rules_;
  int open_ = 0;
  int alive_ = 0;
  std::uint64_t writes_ = 0;
};

// The far end of a connection in the hands of a test: takes what arrives at once, unless told to
// take only so much.
class Peer final : private StreamOwner, private Wakeable {
 public:
  Peer(Scheduler& scheduler, std::unique_ptr<ByteStream> stream);
  ~Peer() override;

  void send(Bytes bytes);
  void finish() { stream_->shutdown(); }  // half-closes
  void close();                           // as a process that closes its socket
  void reset();

  // How many further bytes are taken; the default is all.
  void allow(std::size_t bytes);

  [[nodiscard]] const std::string& received() const noexcept { return received_; }
  [[nodiscard]] std::string take() { return std::exchange(received_, {}); }
  [[nodiscard]] std::uint64_t received_total() const noexcept { return total_; }
  [[nodiscard]] bool ended() const noexcept { return ended_; }
  [[nodiscard]] bool was_reset() const noexcept { return reset_; }
  [[nodiscard]] bool gone() const noexcept { return ended_ || reset_; }
  [[nodiscard]] ByteStream& stream() noexcept { return *stream_; }

 private:
  void on_stream_event() noexcept override { scheduler_.wake(*this); }
  void advance() noexcept override;

  Scheduler& scheduler_;
  std::unique_ptr<ByteStream> stream_;
  std::string received_;
  std::uint64_t total_ = 0;
  std::size_t allowed_ = SIZE_MAX;
  bool ended_ = false, reset_ = false;
};

}  // namespace aip::test
