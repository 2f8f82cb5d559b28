// memory_stream.h - two connected ByteStreams in memory, on one Scheduler.
//
// Bytes arrive in a later step of the same turn, never inline. `piece` bounds what one delivery
// carries (1: byte by byte); `capacity` bounds what waits at the reader, so back-pressure shows.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "core/base/scheduler.h"
#include "core/base/stream.h"

namespace aip::test {

struct MemoryOptions {
  std::size_t piece = SIZE_MAX;
  std::size_t capacity = 256 * 1024;
};

class MemoryStream final : public ByteStream, private Wakeable {
 public:
  static std::pair<std::unique_ptr<MemoryStream>, std::unique_ptr<MemoryStream>> pair(
      Scheduler& scheduler, MemoryOptions options = {}) {
    auto a = std::make_unique<MemoryStream>(scheduler, options);
    auto b = std::make_unique<MemoryStream>(scheduler, options);
    a->peer_ = b.get();
    b->peer_ = a.get();
    return {std::move(a), std::move(b)};
  }
  MemoryStream(Scheduler& scheduler, MemoryOptions options)
      : scheduler_(scheduler), options_(options) {
    ++open_streams();
  }
  ~MemoryStream() override {
    close(false);
    --open_streams();
  }
  static int& open_streams() {
    static int count = 0;
    return count;
  }

  void set_owner(StreamOwner* owner) noexcept override { owner_ = owner; }
  Bytes readable() const noexcept override { return in_.view(); }
  void consume(std::size_t n) noexcept override {
    in_.consume(n);
    if (peer_ != nullptr) peer_->stir();
  }
  StreamState state() const noexcept override { return state_; }
  const Error& error() const noexcept override { return error_; }
  void set_reading(bool on) noexcept override {
    reading_ = on;
    if (on && peer_ != nullptr) peer_->stir();
  }
  void write(std::span<const Bytes> pieces) noexcept override {
    if (closed_ || state_ == StreamState::Failed) return;
    for (const Bytes piece : pieces) out_.append(piece);
    written_ += out_.size();
    stir();
  }
  std::size_t queued_bytes() const noexcept override { return out_.size(); }
  void shutdown() noexcept override {
    shut_ = true;
    stir();
  }
  void close(bool reset) noexcept override {
    if (closed_) return;
    closed_ = true;
    if (peer_ == nullptr) return;
    MemoryStream& peer = *std::exchange(peer_, nullptr);
    peer.peer_ = nullptr;
    if (reset) {
      peer.state_ = StreamState::Failed;
      peer.error_ = {ErrorCode::ProviderConnect, "connection reset"};
      peer.in_.clear();
    } else if (peer.state_ == StreamState::Open) {
      peer.in_.append(out_.view());
      peer.state_ = StreamState::Ended;
    }
    peer.out_.clear();
    peer.tell();
  }

  // For tests: all that has arrived.
  std::string take() {
    std::string all(in_.view());
    consume(all.size());
    return all;
  }
  void send(Bytes bytes) { write(std::span(&bytes, 1)); }
  [[nodiscard]] bool closed_by_us() const noexcept { return closed_; }

 private:
  void stir() noexcept { scheduler_.wake(*this); }
  void tell() noexcept {
    if (owner_ != nullptr) owner_->on_stream_event();
  }
  // Moves one delivery to the peer and wakes itself for the next.
  void advance() noexcept override {
    if (peer_ == nullptr) return;
    const std::size_t room = peer_->reading_ && peer_->in_.size() < options_.capacity
                                 ? options_.capacity - peer_->in_.size()
                                 : 0;
    const std::size_t n = std::min({out_.size(), options_.piece, room});
    if (n > 0) {
      peer_->in_.append(out_.view().substr(0, n));
      out_.consume(n);
      peer_->tell();
      if (out_.empty()) tell();
      stir();
      return;
    }
    if (shut_ && out_.empty() && peer_->state_ == StreamState::Open) {
      peer_->state_ = StreamState::Ended;
      peer_->tell();
    }
  }

  Scheduler& scheduler_;
  const MemoryOptions options_;
  MemoryStream* peer_ = nullptr;
  StreamOwner* owner_ = nullptr;
  Buffer in_, out_;
  std::uint64_t written_ = 0;
  StreamState state_ = StreamState::Open;
  Error error_;
  bool reading_ = true;
  bool shut_ = false;
  bool closed_ = false;
};

}  // namespace aip::test
