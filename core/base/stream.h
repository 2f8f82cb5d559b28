// stream.h - a connected byte stream, whatever carries it: TCP, TLS over TCP, or a test's memory.
//
// Reading is pulled: the stream keeps what arrived and tells its owner once; the owner looks at
// readable() in its own advance() and consumes what it used. While more than
// limits::kStreamInputBytesMax is kept, the stream does not read: that is back-pressure.
// Writing is tried at once; what the peer does not take is kept and counted by queued_bytes().
// Threads: the loop's.   Lifetime: views die at consume() and at the end of the turn's advance().
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/base/bytes.h"
#include "core/base/error.h"

namespace aip {

// Told that something changed: bytes, an end, an error, room to write. Called from I/O callbacks,
// so it may only store and wake.
class StreamOwner {
 public:
  virtual void on_stream_event() noexcept = 0;

 protected:
  ~StreamOwner() = default;
};

enum class StreamState : std::uint8_t {
  Open,
  Ended,   // the peer sent its end (FIN, close_notify); what is readable is all there is
  Failed,  // reset or broken; error() tells
};

class ByteStream {
 public:
  virtual ~ByteStream() = default;  // closes; bytes still queued are lost

  virtual void set_owner(StreamOwner* owner) noexcept = 0;

  // The first contiguous piece of what arrived; empty when there is none. Consuming it may bring
  // up a further piece.
  [[nodiscard]] virtual Bytes readable() const noexcept = 0;
  virtual void consume(std::size_t n) noexcept = 0;
  // Ended and Failed are told at once, even while bytes are still readable.
  [[nodiscard]] virtual StreamState state() const noexcept = 0;
  [[nodiscard]] virtual const Error& error() const noexcept = 0;  // when Failed
  // False: stop asking the kernel for more (what arrived stays readable). Starts true.
  virtual void set_reading(bool on) noexcept = 0;

  // Tries to write all pieces now and keeps a copy of the rest. Owners gather a turn's output and
  // call this once, from flush().
  virtual void write(std::span<const Bytes> pieces) noexcept = 0;
  [[nodiscard]] virtual std::size_t queued_bytes() const noexcept = 0;

  // Sends the end after what is queued; the stream can still be read.
  virtual void shutdown() noexcept = 0;
  // Ends at once. `reset` sends RST where the transport knows it, so the peer sees an abort.
  virtual void close(bool reset) noexcept = 0;
};

}  // namespace aip
