#include "tests/support/memory_network.h"

#include <algorithm>
#include <array>

#include "core/base/limits.h"

namespace aip::test {
namespace {

// One direction. The writer's end fills it, the reader's end empties it.
struct Pipe {
  Buffer queued;   // written, but not taken by the pipe
  Buffer moving;   // in the pipe
  Buffer arrived;  // at the reader
  bool reading = true;
  bool writer_done = false;  // an end follows the bytes
  bool reader_done = false;  // closed: whatever comes is answered by a reset
  bool end_arrived = false;
};

}  // namespace

// The wire between two ends; both hold it, so that what was sent outlives its sender.
class MemoryWire final : private Wakeable {
 public:
  MemoryWire(Scheduler& scheduler, const WireRules& rules)
      : scheduler_(scheduler), rules_(rules), alarm_(scheduler, *this) {}

  void write(int side, Bytes bytes) {
    Pipe& pipe = pipes_[side];
    if (broken_[side] || pipe.writer_done) return;
    pipe.queued.append(bytes);
    fill(pipe);
    schedule();
  }
  void shut(int side) {
    pipes_[side].writer_done = true;
    schedule();
  }
  void close(int side, bool reset) {
    owners_[side] = nullptr;
    Pipe& in = pipes_[1 - side];
    Pipe& out = pipes_[side];
    reset = reset || !in.arrived.empty() || !in.moving.empty();
    in.reader_done = true;
    in.arrived.clear();
    out.queued.clear();
    out.writer_done = true;
    if (reset) break_side(1 - side);
    schedule();
  }
  void consume(int side, std::size_t n) {
    pipes_[1 - side].arrived.consume(n);
    schedule();
  }
  void set_reading(int side, bool on) {
    pipes_[1 - side].reading = on;
    schedule();
  }
  void set_owner(int side, StreamOwner* owner) { owners_[side] = owner; }

  // A longer arrival is in several pieces, as in TcpStream's slabs.
  [[nodiscard]] Bytes readable(int side) const {
    return pipes_[1 - side].arrived.view().substr(0, limits::kReadSlabBytes);
  }
  [[nodiscard]] std::size_t queued(int side) const { return pipes_[side].queued.size(); }
  [[nodiscard]] StreamState state(int side) const {
    if (broken_[side] && told_broken_[side]) return StreamState::Failed;
    return pipes_[1 - side].end_arrived ? StreamState::Ended : StreamState::Open;
  }

 private:
  // A reset reaches that side: what was on its way to it or from it is lost.
  void break_side(int side) {
    broken_[side] = true;
    pipes_[1 - side].moving.clear();
    pipes_[side].queued.clear();
    pipes_[side].moving.clear();
  }
  void fill(Pipe& pipe) const {
    const std::size_t room = rules_.capacity - std::min(rules_.capacity, pipe.moving.size());
    const std::size_t n = std::min(room, pipe.queued.size());
    pipe.moving.append(pipe.queued.view().substr(0, n));
    pipe.queued.consume(n);
  }
  [[nodiscard]] static bool reads(const Pipe& pipe) {
    return pipe.reading && pipe.arrived.size() < limits::kStreamInputBytesMax;
  }
  [[nodiscard]] bool has_delivery(int writer) const {
    const Pipe& pipe = pipes_[writer];
    if (broken_[1 - writer]) return !told_broken_[1 - writer];
    if (!pipe.moving.empty()) return pipe.reader_done || reads(pipe);
    return pipe.writer_done && pipe.queued.empty() && !pipe.end_arrived && !pipe.reader_done &&
           reads(pipe);
  }
  void schedule() {
    if (alarm_.armed() || linked() || (!has_delivery(0) && !has_delivery(1))) return;
    std::uint64_t delay = rules_.delay_ns;
    if (rules_.random != nullptr && delay != 0) delay = rules_.random->u64() % (delay + 1);
    alarm_.set(scheduler_.now_ns() + delay);
  }
  void deliver(int writer) {
    Pipe& pipe = pipes_[writer];
    const int reader = 1 - writer;
    if (broken_[reader]) {
      told_broken_[reader] = true;
    } else if (pipe.reader_done) {
      break_side(writer);  // the kernel of who has closed answers with a reset
      return;
    } else if (!pipe.moving.empty()) {
      std::size_t n = std::min(rules_.piece_bytes_max, pipe.moving.size());
      if (rules_.random != nullptr) n = 1 + rules_.random->u64() % n;
      n = std::min(n, limits::kStreamInputBytesMax - pipe.arrived.size());
      pipe.arrived.append(pipe.moving.view().substr(0, n));
      pipe.moving.consume(n);
      const bool waited = !pipe.queued.empty();
      fill(pipe);
      // As TcpStream: who writes is told when little is left, not of each step on the way there.
      const bool little = pipe.queued.size() <= limits::kStreamBufferBytesLow;
      if (waited && little && owners_[writer] != nullptr) owners_[writer]->on_stream_event();
    } else {
      pipe.end_arrived = true;
    }
    if (owners_[reader] != nullptr) owners_[reader]->on_stream_event();
  }
  void advance() noexcept override {
    if (!alarm_.take_fired()) return;
    const bool first = has_delivery(0);
    const bool second = has_delivery(1);
    if (first) deliver(0);
    if (second && has_delivery(1)) deliver(1);
    schedule();
  }

  Scheduler& scheduler_;
  const WireRules rules_;
  Alarm alarm_;
  std::array<Pipe, 2> pipes_;  // by the side that writes
  std::array<StreamOwner*, 2> owners_{};
  std::array<bool, 2> broken_{}, told_broken_{};
};

class NetworkStream final : public ByteStream {
 public:
  NetworkStream(MemoryNetwork& network, std::shared_ptr<MemoryWire> wire, int side)
      : network_(network), wire_(std::move(wire)), side_(side) {
    ++network_.open_;
    ++network_.alive_;
  }
  ~NetworkStream() override {
    close(false);
    --network_.alive_;
  }
  void set_owner(StreamOwner* owner) noexcept override {
    if (open_) wire_->set_owner(side_, owner);
  }
  [[nodiscard]] Bytes readable() const noexcept override {
    return open_ ? wire_->readable(side_) : Bytes();
  }
  void consume(std::size_t n) noexcept override {
    AIP_CHECK(n <= readable().size());
    if (n != 0) wire_->consume(side_, n);
  }
  [[nodiscard]] StreamState state() const noexcept override {
    return open_ ? wire_->state(side_) : StreamState::Failed;
  }
  [[nodiscard]] const Error& error() const noexcept override { return error_; }
  void set_reading(bool on) noexcept override {
    if (open_) wire_->set_reading(side_, on);
  }
  void write(std::span<const Bytes> pieces) noexcept override {
    if (!open_) return;
    ++network_.writes_;
    for (const Bytes piece : pieces) wire_->write(side_, piece);
  }
  [[nodiscard]] std::size_t queued_bytes() const noexcept override {
    return open_ ? wire_->queued(side_) : 0;
  }
  void shutdown() noexcept override {
    if (open_) wire_->shut(side_);
  }
  void close(bool reset) noexcept override {
    if (!open_) return;
    open_ = false;
    --network_.open_;
    wire_->close(side_, reset);
  }

 private:
  MemoryNetwork& network_;
  const std::shared_ptr<MemoryWire> wire_;
  const int side_;
  bool open_ = true;
  Error error_{ErrorCode::ProviderTruncated, "connection reset"};
};

MemoryNetwork::~MemoryNetwork() {
  AIP_CHECK(alive_ == 0);
}

MemoryPair MemoryNetwork::connect(const WireRules& rules) {
  auto wire = std::make_shared<MemoryWire>(scheduler_, rules);
  return {std::make_unique<NetworkStream>(*this, wire, 0),
          std::make_unique<NetworkStream>(*this, wire, 1)};
}

Peer::Peer(Scheduler& scheduler, std::unique_ptr<ByteStream> stream)
    : scheduler_(scheduler), stream_(std::move(stream)) {
  stream_->set_owner(this);
  scheduler_.wake(*this);
}

Peer::~Peer() {
  stream_->set_owner(nullptr);
}

void Peer::send(Bytes bytes) {
  stream_->write(std::span<const Bytes>(&bytes, 1));
}
void Peer::close() {
  stream_->close(false);
}
void Peer::reset() {
  stream_->close(true);
}
void Peer::allow(std::size_t bytes) {
  allowed_ = bytes;
  scheduler_.wake(*this);
}

void Peer::advance() noexcept {
  while (allowed_ > 0 && !stream_->readable().empty()) {
    const Bytes bytes = stream_->readable().substr(0, allowed_);
    received_.append(bytes);
    total_ += bytes.size();
    if (allowed_ != SIZE_MAX) allowed_ -= bytes.size();
    stream_->consume(bytes.size());
  }
  if (!stream_->readable().empty()) return;
  if (stream_->state() == StreamState::Ended) ended_ = true;
  if (stream_->state() == StreamState::Failed) reset_ = true;
}

}  // namespace aip::test
