// epoll_loop.h - what both ends of the benchmark share: non-blocking sockets over raw epoll.
//
// The load and the fake upstream must be far cheaper than what they measure, so they use the
// kernel's calls directly and share nothing with the program under test.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace bench {

inline std::uint64_t now_ns() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<std::uint64_t>(t.tv_sec) * 1'000'000'000ULL +
         static_cast<std::uint64_t>(t.tv_nsec);
}

[[noreturn]] inline void die(const char* what) {
  std::perror(what);
  std::exit(1);
}

inline int tcp_socket() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) die("socket");
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  return fd;
}

inline sockaddr_in loopback(int port) {
  sockaddr_in a{};
  a.sin_family = AF_INET;
  a.sin_port = htons(static_cast<std::uint16_t>(port));
  a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return a;
}

inline void watch(int epoll, int fd, std::uint32_t events, void* ptr, int op = EPOLL_CTL_ADD) {
  epoll_event e{};
  e.events = events;
  e.data.ptr = ptr;
  if (epoll_ctl(epoll, op, fd, &e) < 0) die("epoll_ctl");
}

// Writes what the socket takes; keeps the rest at the front of `out`. False: the peer is gone.
inline bool write_some(int fd, std::string& out) {
  while (!out.empty()) {
    const ssize_t n = ::send(fd, out.data(), out.size(), MSG_NOSIGNAL);
    if (n < 0) return errno == EAGAIN;
    out.erase(0, static_cast<std::size_t>(n));
  }
  return true;
}

// The number behind `name` in an HTTP head, or -1.
inline long header_number(std::string_view head, std::string_view name) {
  for (std::size_t at = head.find("\r\n"); at != std::string_view::npos;
       at = head.find("\r\n", at + 2)) {
    const std::string_view line = head.substr(at + 2, name.size());
    if (line.size() == name.size() && strncasecmp(line.data(), name.data(), name.size()) == 0) {
      return std::atol(head.data() + at + 2 + name.size() + 1);
    }
  }
  return -1;
}

}  // namespace bench
