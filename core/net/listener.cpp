#include "core/net/listener.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "core/base/units.h"
#include "core/net/tcp_stream.h"
#include "core/net/uv_handle.h"

namespace aip::net {
namespace {

constexpr int kAcceptsPerTurnMax = 64;
constexpr std::uint64_t kRestNs = 100 * kMs;  // after an error that trying again will not mend

int open_reserve() noexcept {
  return ::open("/dev/null", O_RDONLY | O_CLOEXEC);
}

}  // namespace

Listener::Listener(Loop& loop, int fd, AcceptOwner& owner)
    : loop_(loop),
      owner_(owner),
      alarm_(loop, *this),
      poll_(std::make_unique<uv_poll_t>().release()),
      fd_(fd),
      reserve_fd_(open_reserve()) {
  set_socket_options(fd_);
  must(uv_poll_init(loop.uv(), poll_, fd_));  // which makes it non-blocking
  poll_->data = this;
  start_polling();
}

Listener::~Listener() {
  CloseHandle<uv_poll_t>()(poll_);  // stops watching at once, so the descriptor may be closed
  ::close(fd_);
  if (reserve_fd_ >= 0) ::close(reserve_fd_);
}

void Listener::pause() noexcept {
  paused_ = true;
  alarm_.cancel();
  must(uv_poll_stop(poll_));
}

void Listener::resume() noexcept {
  if (!paused_) return;
  paused_ = false;
  start_polling();
}

void Listener::start_polling() noexcept {
  must(uv_poll_start(poll_, UV_READABLE, [](uv_poll_t* poll, int, int) noexcept {
    auto* self = static_cast<Listener*>(poll->data);
    self->loop_.wake(*self);
  }));
}

void Listener::advance() noexcept {
  if (alarm_.take_fired()) start_polling();
  for (int i = 0; i < kAcceptsPerTurnMax && !paused_; ++i) {
    switch (accept_one()) {
      case Accepted::One:
      case Accepted::Shed:
        break;
      case Accepted::Nothing:
        return;
      case Accepted::Broken:
        rest_a_while();
        return;
    }
  }
  // More may wait: polling is level-triggered, so the next turn tells.
}

Listener::Accepted Listener::accept_one() {
  Address peer;
  socklen_t length = sizeof peer.storage;
  const int fd = ::accept4(fd_, peer.sa(), &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0) {
    if (errno == EAGAIN) return Accepted::Nothing;
    if (errno == EMFILE || errno == ENFILE) return shed_one();
    // The peer of this one is gone already; the next may be well.
    if (errno == EINTR || errno == ECONNABORTED || errno == EPROTO) return Accepted::Shed;
    return Accepted::Broken;
  }
  auto tcp = std::make_unique<uv_tcp_t>();
  must(uv_tcp_init(loop_.uv(), tcp.get()));
  TcpHandle handle(tcp.release());
  if (uv_tcp_open(handle.get(), fd) != 0) {
    ::close(fd);
    return Accepted::Broken;
  }
  owner_.on_accept(std::make_unique<TcpStream>(loop_, std::move(handle), ErrorCode::CallerGone),
                   peer.text());
  return Accepted::One;
}

Listener::Accepted Listener::shed_one() noexcept {
  if (reserve_fd_ < 0) reserve_fd_ = open_reserve();
  if (reserve_fd_ < 0) return Accepted::Broken;
  ::close(reserve_fd_);
  const int fd = ::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
  const int cause = errno;
  if (fd >= 0) {
    ++shed_;
    ::close(fd);
  }
  reserve_fd_ = open_reserve();
  if (fd < 0) return cause == EAGAIN ? Accepted::Nothing : Accepted::Broken;
  return Accepted::Shed;
}

// Polling would tell of the same connection again and again.
void Listener::rest_a_while() noexcept {
  must(uv_poll_stop(poll_));
  alarm_.set(loop_.now_ns() + kRestNs);
}

}  // namespace aip::net
