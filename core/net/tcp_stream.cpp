#include "core/net/tcp_stream.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <utility>

#include "core/base/limits.h"
#include "core/net/uv_handle.h"

namespace aip::net {

void CloseTcp::operator()(uv_tcp_s* tcp) const noexcept {
  CloseHandle<uv_tcp_t>()(tcp);
}

// Owned by the loop from uv_write() to its callback.
struct TcpStream::Write {
  uv_write_t request{};
  std::string bytes;
};

TcpStream::TcpStream(Loop& loop, TcpHandle handle, ErrorCode lost)
    : loop_(loop), handle_(std::move(handle)), input_(loop.read_pool()), lost_(lost) {
  handle_->data = this;
  update_reading();
}

TcpStream::~TcpStream() = default;

int TcpStream::fd() const noexcept {
  uv_os_fd_t fd = -1;
  if (handle_ && uv_fileno(as_handle(handle_.get()), &fd) != 0) fd = -1;
  return fd;
}

// ---- reading
// -------------------------------------------------------------------------------------

std::size_t TcpStream::room() const noexcept {
  return limits::kStreamInputBytesMax - std::min(input_.size(), limits::kStreamInputBytesMax);
}

void TcpStream::update_reading() noexcept {
  const bool want = handle_ && reading_wanted_ && !full_ && state_ == StreamState::Open;
  if (want == reading_) return;
  reading_ = want;
  if (!want) {
    if (handle_) uv_read_stop(as_stream(handle_.get()));
    return;
  }
  const int status = uv_read_start(
      as_stream(handle_.get()),
      [](uv_handle_t* h, std::size_t, uv_buf_t* buffer) noexcept {
        auto* self = static_cast<TcpStream*>(h->data);
        buffer->base = self->loop_.read_pool().shared();
        buffer->len = std::min(limits::kReadSlabBytes, self->room());
      },
      [](uv_stream_t* s, ssize_t n, const uv_buf_t*) noexcept {
        static_cast<TcpStream*>(s->data)->on_read(n);
      });
  if (status < 0) fail(status);
}

void TcpStream::on_read(std::ptrdiff_t n) noexcept {
  if (n == 0) return;  // would block
  if (n == UV_EOF && !write_broken_) {
    state_ = StreamState::Ended;
    update_reading();
    notify();
    return;
  }
  if (n < 0) {
    fail(static_cast<int>(n));
    return;
  }
  input_.take_shared(static_cast<std::size_t>(n));
  if (room() == 0) {
    full_ = true;
    update_reading();
  }
  notify();
}

void TcpStream::consume(std::size_t n) noexcept {
  input_.consume(n);
  if (full_ && input_.size() <= limits::kStreamBufferBytesLow) {
    full_ = false;
    update_reading();
  }
}

void TcpStream::set_reading(bool on) noexcept {
  reading_wanted_ = on;
  update_reading();
}

// ---- writing
// -------------------------------------------------------------------------------------

void TcpStream::write(std::span<const Bytes> pieces) noexcept {
  if (!handle_ || write_broken_ || shutdown_wanted_ || state_ == StreamState::Failed) return;
  std::size_t taken = writing_ ? 0 : try_write(pieces);
  if (write_broken_) return;
  for (const Bytes piece : pieces) {
    const std::size_t skip = std::min(taken, piece.size());
    taken -= skip;
    pending_.append(piece.substr(skip));
  }
  send_pending();
}

// How many bytes the kernel took.
std::size_t TcpStream::try_write(std::span<const Bytes> pieces) noexcept {
  constexpr std::size_t kPiecesMax = 32;  // what is over is copied: still one order, one more call
  std::array<uv_buf_t, kPiecesMax> buffers;
  unsigned count = 0;
  for (const Bytes piece : pieces) {
    if (piece.empty()) continue;
    if (count == kPiecesMax) break;
    // libuv takes buffers for reading and writing as one type; it does not change these.
    auto* base = const_cast<char*>(piece.data());  // NOLINT(cppcoreguidelines-pro-type-const-cast)
    buffers[count++] = uv_buf_init(base, static_cast<unsigned>(piece.size()));
  }
  if (count == 0) return 0;
  const int n = uv_try_write(as_stream(handle_.get()), buffers.data(), count);
  if (n >= 0) return static_cast<std::size_t>(n);
  if (n != UV_EAGAIN) write_failed(n);
  return 0;
}

void TcpStream::send_pending() noexcept {
  if (writing_ || write_broken_) return;
  if (!pending_.empty()) {
    auto write = std::make_unique<Write>();
    write->bytes = std::exchange(pending_, {});
    write->request.data = write.get();
    const uv_buf_t buffer =
        uv_buf_init(write->bytes.data(), static_cast<unsigned>(write->bytes.size()));
    const int status =
        uv_write(&write->request, as_stream(handle_.get()), &buffer, 1,
                 [](uv_write_t* request, int result) noexcept {
                   const std::unique_ptr<Write> done(static_cast<Write*>(request->data));
                   auto* self = static_cast<TcpStream*>(request->handle->data);
                   if (self != nullptr) self->on_written(result);
                 });
    if (status < 0) {
      write_failed(status);
      return;
    }
    writing_ = true;
    static_cast<void>(write.release());
    return;
  }
  if (shutdown_wanted_) {
    auto request = std::make_unique<uv_shutdown_t>();
    const int status = uv_shutdown(request.get(), as_stream(handle_.get()),
                                   [](uv_shutdown_t* done, int) noexcept { delete done; });
    if (status == 0) static_cast<void>(request.release());  // else the peer is gone: reading tells
  }
}

void TcpStream::on_written(int status) noexcept {
  writing_ = false;
  if (status < 0) {
    write_failed(status);
    return;
  }
  send_pending();
  if (queued_bytes() <= limits::kStreamBufferBytesLow) notify();
}

void TcpStream::write_failed(int status) noexcept {
  write_broken_ = true;
  pending_.clear();
  error_ = Error{lost_, text_of(status)};
  const bool peer_closed = status == UV_EPIPE || status == UV_ECONNRESET;
  if (!peer_closed || !reading_) fail(status);
}

std::size_t TcpStream::queued_bytes() const noexcept {
  const std::size_t under_way =
      writing_ && handle_ ? uv_stream_get_write_queue_size(as_stream(handle_.get())) : 0;
  return under_way + pending_.size();
}

// ---- ends
// ----------------------------------------------------------------------------------------

void TcpStream::shutdown() noexcept {
  if (!handle_ || shutdown_wanted_ || write_broken_ || state_ == StreamState::Failed) return;
  shutdown_wanted_ = true;
  send_pending();
}

void TcpStream::close(bool reset) noexcept {
  if (!handle_) return;
  pending_.clear();
  writing_ = false;
  if (reset) {
    // uv_tcp_close_reset() declines after a shutdown, so the option is set here.
    const linger at_once{1, 0};
    static_cast<void>(::setsockopt(fd(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once));
  }
  handle_.reset();
  reading_ = false;
}

void TcpStream::fail(int status) noexcept {
  if (state_ == StreamState::Failed) return;
  if (!write_broken_) error_ = Error{lost_, text_of(status)};
  state_ = StreamState::Failed;
  update_reading();
  notify();
}

}  // namespace aip::net
