#include "core/main/handover.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>

#include "core/net/address.h"

using namespace aip;
using main::Handover;
using main::read_handover;
using main::SocketSet;
using main::write_handover;

namespace {

struct Sample {
  Sample() {
    const int fd = *net::listen_socket("127.0.0.1", 0, net::ReusePort::No);
    link = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    handover.addresses.push_back({"127.0.0.1", 0, {fd}});
    handover.addresses.push_back({"", 8999, {fd, link}});
    handover.gateway = 1234;
    handover.link = link;
    handover.ready = true;
    handover.restarts = 7;
    handover.plugins = {{"mock", "abc"}};
    handover.quarantine = {{"bad \"one\"", "def", "3 crashes\n"}};
  }
  ~Sample() {
    ::close(handover.addresses[0].fds[0]);
    ::close(link);
  }
  Sample(const Sample&) = delete;
  Sample& operator=(const Sample&) = delete;

  Handover handover;
  int link = -1;
};

bool is_kept_on_exec(int fd) {
  return (::fcntl(fd, F_GETFD) & FD_CLOEXEC) == 0;
}

}  // namespace

TEST_CASE("handover: what is written is read") {
  const Sample sample;
  const auto read = read_handover(write_handover(sample.handover));

  REQUIRE(read);
  REQUIRE(read->addresses.size() == 2);
  CHECK(read->addresses[0].host == "127.0.0.1");
  CHECK(read->addresses[1].port == 8999);
  CHECK(read->addresses[1].fds == sample.handover.addresses[1].fds);
  CHECK(read->gateway == 1234);
  CHECK(read->link == sample.link);
  CHECK(read->ready);
  CHECK(read->restarts == 7);
  CHECK(read->plugins == sample.handover.plugins);
  REQUIRE(read->quarantine.size() == 1);
  CHECK(read->quarantine[0].plugin == "bad \"one\"");
  CHECK(read->quarantine[0].reason == "3 crashes\n");
}

TEST_CASE("handover: no prefix of one is one, and descriptors that are not open are not believed") {
  const Sample sample;
  const std::string text = write_handover(sample.handover);
  for (std::size_t size = 0; size < text.size(); ++size) {
    CHECK_FALSE(read_handover(text.substr(0, size)));
  }
  for (const char* bad :
       {"[]", "7", "{\"addresses\":[{\"host\":\"x\",\"port\":1,\"fds\":[]}]}",
        "{\"addresses\":[{\"host\":\"x\",\"port\":1,\"fds\":[99999]}]}",
        "{\"addresses\":[{\"host\":\"x\",\"port\":1,\"fds\":[1]}]}",
        "{\"addresses\":[{\"host\":\"x\",\"port\":65536,\"fds\":[3]}]}",
        "{\"addresses\":[{\"host\":\"x\",\"fds\":[3]}]}", "{\"addresses\":[3]}"}) {
    CAPTURE(bad);
    CHECK_FALSE(read_handover(bad));
  }
}

TEST_CASE("handover: a gateway without its link is none") {
  const auto read = read_handover("{\"gateway\":1234,\"link\":99999,\"new\":true}");
  REQUIRE(read);
  CHECK(read->gateway == 0);
}

TEST_CASE("handover: descriptors pass over exec, and are closed on exec again by who finds them") {
  const Sample sample;
  const int socket = sample.handover.addresses[0].fds[0];
  REQUIRE(main::leave_handover(sample.handover));
  CHECK(is_kept_on_exec(socket));
  CHECK(is_kept_on_exec(sample.link));

  const auto found = main::find_handover();

  REQUIRE(found);
  CHECK(found->gateway == 1234);
  CHECK_FALSE(is_kept_on_exec(socket));
  CHECK_FALSE(is_kept_on_exec(sample.link));
  CHECK_FALSE(main::find_handover());
  CHECK(std::getenv("AIPROXY_HANDOVER") == nullptr);
}

TEST_CASE("handover: an exec that failed leaves nothing behind") {
  const Sample sample;
  REQUIRE(main::leave_handover(sample.handover));
  main::take_back_handover(sample.handover);
  CHECK_FALSE(is_kept_on_exec(sample.link));
  CHECK_FALSE(main::find_handover());
}
