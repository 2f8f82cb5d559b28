// listener.h - a listening socket that gives out connected streams.
//
// Connections are accepted in advance(), a bounded number a turn, so that running streams are not
// starved by a flood of new ones.
// Descriptors: one is held in reserve. When the process has no more, it is given up for a moment to
//              accept and close what waits, so that clients see an end instead of a hang and the
//              loop does not spin.
// Threads:     the loop's. The descriptor may be shared: several loops may accept from duplicates.
// Lifetime:    closing the listener does not touch the streams that it gave out.
// Tests:       tests/unit/net/listener_test.cpp
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "core/base/result.h"
#include "core/base/scheduler.h"
#include "core/base/stream.h"
#include "core/net/address.h"
#include "core/net/loop.h"

struct uv_poll_s;

namespace aip::net {

class AcceptOwner {
 public:
  // Called from the listener's advance(): the stream may be used and destroyed at once. `peer` is
  // the address without its port and dies with the call.
  virtual void on_accept(std::unique_ptr<ByteStream> stream, std::string_view peer) noexcept = 0;

 protected:
  ~AcceptOwner() = default;
};

class Listener final : private Wakeable {
 public:
  // Takes over a descriptor that listens already, from listen_socket() or from another process.
  Listener(Loop& loop, int fd, AcceptOwner& owner);
  ~Listener() override;
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  [[nodiscard]] std::uint16_t port() const noexcept { return local_port(fd_); }
  [[nodiscard]] int fd() const noexcept { return fd_; }
  // Connections that were closed for want of descriptors.
  [[nodiscard]] std::uint64_t shed() const noexcept { return shed_; }

  // While paused, new connections wait in the kernel's queue. Starts accepting.
  void pause() noexcept;
  void resume() noexcept;

 private:
  enum class Accepted : std::uint8_t { One, Nothing, Shed, Broken };

  void advance() noexcept override;
  [[nodiscard]] Accepted accept_one();
  [[nodiscard]] Accepted shed_one() noexcept;
  void start_polling() noexcept;
  void rest_a_while() noexcept;

  Loop& loop_;
  AcceptOwner& owner_;
  Alarm alarm_;
  uv_poll_s* poll_;  // freed by the loop after it was closed
  int fd_;
  int reserve_fd_ = -1;
  bool paused_ = false;
  std::uint64_t shed_ = 0;
};

}  // namespace aip::net
