#include "core/main/link.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <string>

#include "core/base/limits.h"
#include "tests/support/descriptors.h"

using namespace aip;
using main::LinkMessage;
using main::LinkWord;
using main::receive_message;
using main::Received;
using main::send_message;
using main::TakeFds;

namespace {

struct Pair {
  Pair() { REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0); }
  ~Pair() {
    ::close(ends[0]);
    ::close(ends[1]);
  }
  Pair(const Pair&) = delete;
  Pair& operator=(const Pair&) = delete;
  int ends[2] = {-1, -1};
};

LinkMessage crash() {
  LinkMessage message;
  message.word = LinkWord::Crash;
  message.number = 11;
  LinkMessage::put(message.first, "mock");
  LinkMessage::put(message.second, "mine");
  LinkMessage::put(message.third, "begin");
  return message;
}

}  // namespace

TEST_CASE("link: a message comes as it was sent") {
  const Pair pair;
  REQUIRE(send_message(pair.ends[0], crash()));

  const Received received = receive_message(pair.ends[1], TakeFds::No);

  REQUIRE(received.what == Received::What::Message);
  CHECK(received.message.word == LinkWord::Crash);
  CHECK(received.message.number == 11);
  CHECK(std::string(received.message.first.data()) == "mock");
  CHECK(std::string(received.message.second.data()) == "mine");
  CHECK(std::string(received.message.third.data()) == "begin");
  CHECK(receive_message(pair.ends[1], TakeFds::No).what == Received::What::Nothing);
}

TEST_CASE("link: texts are cut at their end, and nothing at all is an empty one") {
  LinkMessage message;
  LinkMessage::put(message.first, std::string(255, 'x'));
  LinkMessage::put(message.second, std::string(256, 'x'));
  LinkMessage::put(message.third, std::string(300, 'x').c_str());

  CHECK(std::strlen(message.first.data()) == 255);
  CHECK(std::strlen(message.second.data()) == 255);
  CHECK(std::strlen(message.third.data()) == 255);
  LinkMessage::put(message.third, static_cast<const char*>(nullptr));
  CHECK(message.third[0] == '\0');
}

TEST_CASE("link: every length but the right one is garbage, and so is every broken field") {
  const Pair pair;
  std::string bytes(sizeof(LinkMessage) + 64, '\0');
  const LinkMessage good = crash();
  std::memcpy(bytes.data(), &good, sizeof good);
  for (std::size_t size = 1; size <= bytes.size(); ++size) {
    REQUIRE(::send(pair.ends[0], bytes.data(), size, 0) == static_cast<ssize_t>(size));
    const Received received = receive_message(pair.ends[1], TakeFds::No);
    const auto expected = size == sizeof good ? Received::What::Message : Received::What::Garbage;
    CHECK(received.what == expected);
  }
  LinkMessage bad = good;
  bad.mark ^= 1;
  static_cast<void>(send_message(pair.ends[0], bad));
  CHECK(receive_message(pair.ends[1], TakeFds::No).what == Received::What::Garbage);
  bad = good;
  bad.port = 65536;
  static_cast<void>(send_message(pair.ends[0], bad));
  CHECK(receive_message(pair.ends[1], TakeFds::No).what == Received::What::Garbage);
  for (auto text : {&LinkMessage::first, &LinkMessage::second, &LinkMessage::third}) {
    bad = good;
    (bad.*text).fill('x');
    static_cast<void>(send_message(pair.ends[0], bad));
    CHECK(receive_message(pair.ends[1], TakeFds::No).what == Received::What::Garbage);
  }
}

TEST_CASE("link: descriptors travel, as many as a message holds") {
  const Pair pair;
  const std::size_t before = aip::test::open_descriptors();
  std::vector<int> fds(limits::kDescriptorsPerMessage, pair.ends[0]);
  REQUIRE(send_message(pair.ends[0], crash(), fds));

  const Received received = receive_message(pair.ends[1], TakeFds::Yes);

  CHECK(received.what == Received::What::Message);
  REQUIRE(received.fds.size() == fds.size());
  CHECK((::fcntl(received.fds.back(), F_GETFD) & FD_CLOEXEC) != 0);
  for (const int fd : received.fds) ::close(fd);
  CHECK(aip::test::open_descriptors() == before);
}

TEST_CASE("link: descriptors that nobody asked for do not stay") {
  const Pair pair;
  const std::size_t before = aip::test::open_descriptors();
  REQUIRE(send_message(pair.ends[0], crash(), {pair.ends[0], pair.ends[1]}));

  const Received received = receive_message(pair.ends[1], TakeFds::No);

  CHECK(received.what == Received::What::Message);
  CHECK(received.fds.empty());
  CHECK(aip::test::open_descriptors() == before);
}

TEST_CASE("link: a peer that is gone, or does not read, is told and never waited for") {
  Pair pair;
  int sent = 0;
  while (send_message(pair.ends[0], crash()) && sent < 100'000) ++sent;
  CHECK(sent > 0);
  CHECK(sent < 100'000);
  ::close(pair.ends[0]);
  pair.ends[0] = -1;
  for (int i = 0; i < sent; ++i) {
    REQUIRE(receive_message(pair.ends[1], TakeFds::No).what == Received::What::Message);
  }
  CHECK(receive_message(pair.ends[1], TakeFds::No).what == Received::What::Closed);
  CHECK_FALSE(send_message(pair.ends[1], crash()));
}
