#include "core/main/supervisor_link.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <utility>

#include "core/base/limits.h"
#include "core/base/units.h"
#include "core/observe/log.h"

namespace aip::main {
namespace {

std::uint64_t now_ns() noexcept {
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(
                                        std::chrono::steady_clock::now().time_since_epoch())
                                        .count());
}

LinkMessage about(LinkWord word, const std::string& host, std::uint16_t port) {
  LinkMessage message;
  message.word = word;
  message.port = port;
  LinkMessage::put(message.first, host);
  return message;
}

Error broken(std::string why) {
  return {ErrorCode::GatewayConfig, "the supervisor " + std::move(why)};
}

// Descriptors that were on their way to somebody who will not use them.
class Descriptors {
 public:
  Descriptors() = default;
  ~Descriptors() { drop(fds_); }
  Descriptors(const Descriptors&) = delete;
  Descriptors& operator=(const Descriptors&) = delete;

  static void drop(const std::vector<int>& fds) noexcept {
    for (const int fd : fds) ::close(fd);
  }
  void add(const std::vector<int>& more) { fds_.insert(fds_.end(), more.begin(), more.end()); }
  [[nodiscard]] std::size_t size() const noexcept { return fds_.size(); }
  [[nodiscard]] std::vector<int> take() noexcept { return std::exchange(fds_, {}); }

 private:
  std::vector<int> fds_;
};

}  // namespace

std::uint64_t SupervisorLink::ask(LinkMessage message) {
  message.question = ++question_;
  // If it cannot be sent, the supervisor is gone, which answer() finds out.
  static_cast<void>(send_message(link_, message));
  return now_ns() + limits::kLinkAnswerMs * kMs;
}

Result<Received> SupervisorLink::answer(std::uint64_t deadline_ns) {
  for (;;) {
    const std::uint64_t now = now_ns();
    const std::uint64_t left_ms = now < deadline_ns ? (deadline_ns - now) / kMs + 1 : 0;
    pollfd readable{link_, POLLIN, 0};
    const int ready = ::poll(&readable, 1, static_cast<int>(left_ms));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return broken("does not answer");
    Received received = receive_message(link_, TakeFds::Yes);
    switch (received.what) {
      case Received::What::Message:
        if (received.message.question == question_) return received;
        Descriptors::drop(received.fds);
        break;
      case Received::What::Closed:
        return broken("is gone");
      case Received::What::Nothing:
      case Received::What::Garbage:
        Descriptors::drop(received.fds);
        break;
    }
  }
}

Result<std::vector<int>> SupervisorLink::open(const std::string& host, std::uint16_t port,
                                              std::uint32_t wanted) {
  LinkMessage request = about(LinkWord::Open, host, port);
  request.number = static_cast<std::int32_t>(wanted);
  const std::uint64_t until = ask(request);
  Descriptors sockets;
  for (;;) {
    Result<Received> received = answer(until);
    if (!received) return std::move(received).error();
    sockets.add(received->fds);
    const LinkMessage& message = received->message;
    if (message.word == LinkWord::Refused) {
      return Error{ErrorCode::GatewayConfig, message.first.data()};
    }
    if (message.word != LinkWord::Sockets || received->fds.empty()) continue;
    if (sockets.size() >= static_cast<std::size_t>(std::max(message.number, 0))) {
      return sockets.take();
    }
  }
}

void SupervisorLink::close(const std::string& host, std::uint16_t port) {
  static_cast<void>(send_message(link_, about(LinkWord::Close, host, port)));
}

Successor SupervisorLink::draining() {
  LinkMessage request;
  request.word = LinkWord::Draining;
  const std::uint64_t until = ask(request);
  for (;;) {
    Result<Received> received = answer(until);
    if (!received) {
      observe::log(observe::Level::Warn, received.error().detail);
      return Successor::None;
    }
    Descriptors::drop(received->fds);
    if (received->message.word != LinkWord::Done) continue;
    return received->message.number == 0 ? Successor::None : Successor::Serves;
  }
}

Quarantine SupervisorLink::quarantine() {
  LinkMessage request;
  request.word = LinkWord::Ask;
  const std::uint64_t until = ask(request);
  Quarantine all;
  for (;;) {
    Result<Received> received = answer(until);
    if (!received) {
      observe::log(observe::Level::Warn, received.error().detail);
      return all;
    }
    Descriptors::drop(received->fds);
    const LinkMessage& message = received->message;
    if (message.word != LinkWord::Quarantined) continue;
    if (message.number <= 0) return all;
    all.push_back({message.first.data(), message.second.data(), message.third.data()});
    if (all.size() >= static_cast<std::size_t>(message.number)) return all;
  }
}

void SupervisorLink::runs_plugin(const std::string& name, const std::string& sha256) {
  LinkMessage message;
  message.word = LinkWord::Uses;
  LinkMessage::put(message.first, name);
  LinkMessage::put(message.second, sha256);
  static_cast<void>(send_message(link_, message));
}

void SupervisorLink::goodbye(int code) {
  LinkMessage message;
  message.word = LinkWord::Goodbye;
  message.number = code;
  static_cast<void>(send_message(link_, message));
}

void SupervisorLink::say(LinkWord word) {
  LinkMessage message;
  message.word = word;
  static_cast<void>(send_message(link_, message));
}

}  // namespace aip::main
