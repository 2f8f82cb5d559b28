#include "core/net/connector.h"

#include <algorithm>
#include <utility>

#include "core/base/units.h"
#include "core/net/tcp_stream.h"
#include "core/net/uv_handle.h"

namespace aip::net {

// One address. The loop owns it from uv_tcp_connect() to its callback; `connector` is empty once
// nobody waits for it. Dropping the handle makes the callback come, as cancelled.
struct Connector::Try {
  uv_connect_t request{};
  TcpHandle tcp;
  Connector* connector = nullptr;
  std::string address;
};

Connector::Connector(Loop& loop, std::vector<Address> addresses, Wakeable& owner)
    : loop_(loop), owner_(owner), alarm_(loop, *this), addresses_(std::move(addresses)) {
  if (addresses_.size() > kAddressesMax) addresses_.resize(kAddressesMax);
  loop_.wake(*this);
}

Connector::~Connector() {
  for (Try* attempt : tries_) {
    attempt->connector = nullptr;
    attempt->tcp.reset();
  }
}

void Connector::advance() noexcept {
  if (state_ != State::Connecting) return;
  const bool slow = alarm_.take_fired();
  const bool first = next_ == 0;
  if (first || slow || std::exchange(move_on_, false)) try_next();
}

void Connector::try_next() {
  while (next_ < addresses_.size()) {
    const Address& address = addresses_[next_++];
    auto attempt = std::make_unique<Try>();
    attempt->connector = this;
    attempt->request.data = attempt.get();
    attempt->address = address.text();
    auto tcp = std::make_unique<uv_tcp_t>();
    must(uv_tcp_init(loop_.uv(), tcp.get()));
    attempt->tcp.reset(tcp.release());
    const int status =
        uv_tcp_connect(&attempt->request, attempt->tcp.get(), address.sa(),
                       [](uv_connect_t* done, int result) noexcept {
                         const std::unique_ptr<Try> self(static_cast<Try*>(done->data));
                         if (self->connector != nullptr) self->connector->on_result(*self, result);
                       });
    if (status == 0) {
      tries_.push_back(attempt.release());
      if (next_ < addresses_.size()) alarm_.set(loop_.now_ns() + kNextAddressMs * kMs);
      return;
    }
    error_ = Error{ErrorCode::ProviderConnect, text_of(status)}.at(attempt->address);
  }
  if (!tries_.empty()) return;  // nothing left to start, but something is still under way
  state_ = State::Failed;
  loop_.wake(owner_);
}

// From libuv: stores and wakes.
void Connector::on_result(Try& attempt, int status) noexcept {
  std::erase(tries_, &attempt);
  if (state_ == State::Connected) return;  // another was quicker; this one closes with its Try
  if (status != 0) {
    error_ = Error{ErrorCode::ProviderConnect, text_of(status)}.at(attempt.address);
    move_on_ = true;
    loop_.wake(*this);
    return;
  }
  uv_os_fd_t fd = -1;
  must(uv_fileno(as_handle(attempt.tcp.get()), &fd));
  set_socket_options(fd);
  stream_ =
      std::make_unique<TcpStream>(loop_, std::move(attempt.tcp), ErrorCode::ProviderTruncated);
  state_ = State::Connected;
  alarm_.cancel();
  loop_.wake(owner_);
}

}  // namespace aip::net
