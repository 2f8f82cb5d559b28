// tcp_stream.h - a TCP connection as a ByteStream.
//
// Reading:  into the loop's shared slab (read_pool.h), while fewer than
//           limits::kStreamInputBytesMax are kept; it begins again at kStreamBufferBytesLow.
// Writing:  tried at once. What the kernel does not take is copied into one request that the loop
//           owns, so the stream may die at any time; what is written meanwhile gathers behind it
//           and leaves as the next request.
// Events:   bytes, the end, a failure, and each time that a request is done and no more than
//           kStreamBufferBytesLow bytes wait.
// Failure:  a peer that answers early and closes makes our write fail while its answer still lies
//           in the kernel; so a write that met a reset is told as Failed only when all of that has
//           been read.
// Memory:   about 450 bytes while idle, libuv's handle included; no buffer.
// Tests:    tests/unit/net/tcp_stream_test.cpp
#pragma once

#include <memory>
#include <string>

#include "core/base/stream.h"
#include "core/net/loop.h"

struct uv_tcp_s;

namespace aip::net {

struct CloseTcp {
  void operator()(uv_tcp_s* tcp) const noexcept;
};
using TcpHandle = std::unique_ptr<uv_tcp_s, CloseTcp>;

class TcpStream final : public ByteStream {
 public:
  // A connected handle. `lost` is the code of the error that a broken connection becomes.
  TcpStream(Loop& loop, TcpHandle handle, ErrorCode lost);
  ~TcpStream() override;
  TcpStream(const TcpStream&) = delete;
  TcpStream& operator=(const TcpStream&) = delete;

  void set_owner(StreamOwner* owner) noexcept override { owner_ = owner; }
  [[nodiscard]] Bytes readable() const noexcept override { return input_.front(); }
  void consume(std::size_t n) noexcept override;
  [[nodiscard]] StreamState state() const noexcept override { return state_; }
  [[nodiscard]] const Error& error() const noexcept override { return error_; }
  void set_reading(bool on) noexcept override;
  void write(std::span<const Bytes> pieces) noexcept override;
  [[nodiscard]] std::size_t queued_bytes() const noexcept override;
  void shutdown() noexcept override;
  void close(bool reset) noexcept override;

  // For tests and socket options; -1 once closed.
  [[nodiscard]] int fd() const noexcept;

 private:
  struct Write;

  void update_reading() noexcept;
  [[nodiscard]] std::size_t room() const noexcept;
  void on_read(std::ptrdiff_t n) noexcept;
  [[nodiscard]] std::size_t try_write(std::span<const Bytes> pieces) noexcept;
  void send_pending() noexcept;
  void on_written(int status) noexcept;
  void write_failed(int status) noexcept;
  void fail(int status) noexcept;
  void notify() noexcept {
    if (owner_ != nullptr) owner_->on_stream_event();
  }

  Loop& loop_;
  TcpHandle handle_;  // null once closed
  StreamOwner* owner_ = nullptr;
  ReadQueue input_;
  std::string pending_;  // written while a request is under way
  Error error_;
  ErrorCode lost_;
  StreamState state_ = StreamState::Open;
  bool reading_wanted_ = true;
  bool reading_ = false;
  bool full_ = false;          // kept too much; until the low mark
  bool writing_ = false;       // a request is under way
  bool write_broken_ = false;  // nothing more can be sent
  bool shutdown_wanted_ = false;
};

}  // namespace aip::net
