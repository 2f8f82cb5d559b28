#include "core/main/supervisor_link.h"

#include <doctest/doctest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <thread>

#include "core/base/limits.h"
#include "core/net/address.h"

using namespace aip;
using namespace aip::main;

namespace {

// A supervisor that answers the next question as the test wants.
class Above {
 public:
  Above() { REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends_) == 0); }
  ~Above() {
    if (thread_.joinable()) thread_.join();
    hang_up();
    ::close(ends_[1]);
  }
  Above(const Above&) = delete;
  Above& operator=(const Above&) = delete;

  [[nodiscard]] int below() const noexcept { return ends_[1]; }
  void answers(std::function<void(Above&, const LinkMessage&)> answer) {
    thread_ = std::thread([this, answer = std::move(answer)] { answer(*this, next()); });
  }
  // Which question the test's answers are for.
  std::uint32_t question = 1;

  [[nodiscard]] LinkMessage next() const {
    pollfd readable{ends_[0], POLLIN, 0};
    REQUIRE(::poll(&readable, 1, 5000) == 1);
    const Received received = receive_message(ends_[0], TakeFds::No);
    REQUIRE(received.what == Received::What::Message);
    return received.message;
  }
  void send(LinkWord word, std::int32_t number, const std::vector<int>& fds = {},
            const char* first = "", const char* second = "", const char* third = "") const {
    LinkMessage message;
    message.word = word;
    message.number = number;
    message.question = question;
    LinkMessage::put(message.first, first);
    LinkMessage::put(message.second, second);
    LinkMessage::put(message.third, third);
    REQUIRE(send_message(ends_[0], message, fds));
  }
  void send_garbage() const { REQUIRE(::send(ends_[0], "what?", 5, 0) == 5); }
  void hang_up() {
    if (ends_[0] >= 0) ::close(ends_[0]);
    ends_[0] = -1;
  }

 private:
  int ends_[2] = {-1, -1};
  std::thread thread_;
};

}  // namespace

TEST_CASE(
    "supervisor_link: sockets come in several messages, garbage between them is passed over") {
  Above above;
  const int socket = *net::listen_socket("127.0.0.1", 0, net::ReusePort::No);
  LinkMessage asked;
  above.answers([&](Above& supervisor, const LinkMessage& request) {
    asked = request;
    supervisor.question = 77;  // late, or asked for by somebody else
    supervisor.send(LinkWord::Sockets, 300, std::vector<int>(10, socket));
    supervisor.send(LinkWord::Refused, 0, {}, "not you");
    supervisor.question = request.question;
    supervisor.send(LinkWord::Sockets, 300, std::vector<int>(250, socket));
    supervisor.send_garbage();
    supervisor.send(LinkWord::Sockets, 300, std::vector<int>(50, socket));
  });
  SupervisorLink link(above.below());

  const Result<std::vector<int>> fds = link.open("127.0.0.1", 8999, 300);

  REQUIRE(fds);
  CHECK(fds->size() == 300);
  CHECK(net::local_port(fds->back()) == net::local_port(socket));
  CHECK(asked.word == LinkWord::Open);
  CHECK(asked.number == 300);
  CHECK(asked.port == 8999);
  CHECK(std::string(asked.first.data()) == "127.0.0.1");
  for (const int fd : *fds) ::close(fd);
  ::close(socket);
}

TEST_CASE("supervisor_link: a refusal is told in the supervisor's words") {
  Above above;
  above.answers([](Above& supervisor, const LinkMessage&) {
    supervisor.send(LinkWord::Refused, 0, {}, "listen on x:1: no such host");
  });
  SupervisorLink link(above.below());

  const Result<std::vector<int>> fds = link.open("x", 1, 1);

  REQUIRE_FALSE(fds);
  CHECK(fds.error().code == ErrorCode::GatewayConfig);
  CHECK(fds.error().detail == "listen on x:1: no such host");
}

TEST_CASE("supervisor_link: a supervisor that goes away ends the wait at once") {
  Above above;
  above.answers([](Above& supervisor, const LinkMessage&) { supervisor.hang_up(); });
  SupervisorLink link(above.below());

  const Result<std::vector<int>> fds = link.open("127.0.0.1", 1, 1);

  REQUIRE_FALSE(fds);
  CHECK(fds.error().detail == "the supervisor is gone");
  link.ready();  // and nothing happens
  CHECK(link.draining() == Successor::None);
  CHECK(link.quarantine().empty());
}

TEST_CASE("supervisor_link: who drains is told whether somebody else has the sockets") {
  for (const Successor next : {Successor::None, Successor::Serves}) {
    Above above;
    above.answers([next](Above& supervisor, const LinkMessage& request) {
      CHECK(request.word == LinkWord::Draining);
      supervisor.send(LinkWord::Done, static_cast<std::int32_t>(next));
    });
    SupervisorLink link(above.below());
    CHECK(link.draining() == next);
  }
}

TEST_CASE("supervisor_link: the quarantine comes whole, or empty") {
  for (const std::int32_t count : {0, 1, 2}) {
    Above above;
    above.answers([count](Above& supervisor, const LinkMessage& request) {
      CHECK(request.word == LinkWord::Ask);
      if (count == 0) supervisor.send(LinkWord::Quarantined, 0);
      for (std::int32_t i = 0; i < count; ++i) {
        supervisor.send(LinkWord::Quarantined, count, {}, "mock", "abc", "3 crashes");
      }
    });
    SupervisorLink link(above.below());

    const Quarantine quarantine = link.quarantine();

    REQUIRE(quarantine.size() == static_cast<std::size_t>(count));
    for (const QuarantinedPlugin& entry : quarantine) {
      CHECK(entry.plugin == "mock");
      CHECK(entry.sha256 == "abc");
      CHECK(entry.reason == "3 crashes");
    }
  }
}

TEST_CASE("supervisor_link: what needs no answer is said and not waited for") {
  const Above above;
  SupervisorLink link(above.below());

  link.ready();
  link.reloading();
  link.runs_plugin("mock", "abc");
  link.close("127.0.0.1", 8999);
  link.goodbye(78);

  CHECK(above.next().word == LinkWord::Ready);
  CHECK(above.next().word == LinkWord::Reloading);
  const LinkMessage uses = above.next();
  CHECK(uses.word == LinkWord::Uses);
  CHECK(std::string(uses.second.data()) == "abc");
  const LinkMessage close = above.next();
  CHECK(close.word == LinkWord::Close);
  CHECK(close.port == 8999);
  const LinkMessage goodbye = above.next();
  CHECK(goodbye.word == LinkWord::Goodbye);
  CHECK(goodbye.number == 78);
}
