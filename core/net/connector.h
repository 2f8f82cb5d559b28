// connector.h - a TCP connection to the first of several addresses that answers.
//
// Addresses are tried in the resolver's order: the next one when one fails, or beside it when it
// has not answered within kNextAddressMs (RFC 8305, simplified), so that a black hole in front of
// the list costs a quarter of a second and not the whole connect timeout.
// Threads: the loop's.   Waiting: no deadline of its own; destroying it gives up and closes all.
// Errors:  ProviderConnect with the last cause.
// Tests:   tests/unit/net/connector_test.cpp
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/base/result.h"
#include "core/base/scheduler.h"
#include "core/base/stream.h"
#include "core/net/address.h"
#include "core/net/loop.h"

namespace aip::net {

class Connector final : private Wakeable {
 public:
  static constexpr std::uint64_t kNextAddressMs = 250;
  static constexpr std::size_t kAddressesMax = 8;

  // Ports are set. Wakes `owner` when there is a stream or an error, never from here.
  Connector(Loop& loop, std::vector<Address> addresses, Wakeable& owner);
  ~Connector() override;
  Connector(const Connector&) = delete;
  Connector& operator=(const Connector&) = delete;

  enum class State : std::uint8_t { Connecting, Connected, Failed };
  [[nodiscard]] State state() const noexcept { return state_; }
  [[nodiscard]] const Error& error() const noexcept { return error_; }  // when Failed
  [[nodiscard]] std::unique_ptr<ByteStream> take() noexcept {           // when Connected, once
    return std::move(stream_);
  }

 private:
  struct Try;

  void advance() noexcept override;
  void try_next();
  void on_result(Try& attempt, int status) noexcept;

  Loop& loop_;
  Wakeable& owner_;
  Alarm alarm_;
  std::vector<Address> addresses_;
  std::size_t next_ = 0;
  std::vector<Try*> tries_;  // owned by the loop, each until its callback
  bool move_on_ = false;     // a try has failed
  State state_ = State::Connecting;
  std::unique_ptr<ByteStream> stream_;
  Error error_{ErrorCode::ProviderConnect, "no address"};
};

}  // namespace aip::net
