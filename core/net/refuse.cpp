#include "core/net/refuse.h"

#include <linux/filter.h>
#include <sys/socket.h>

#include <array>

namespace aip::net {
namespace {

constexpr unsigned kFlagsOffset = 13;  // in the TCP header, where the filter's view begins
constexpr unsigned kSyn = 0x02;
constexpr unsigned kSynAndAck = 0x12;
constexpr unsigned kDrop = 0;
constexpr unsigned kKeepWhole = 0xFFFFFFFF;

}  // namespace

void refuse_new_connections(int listening_fd) noexcept {
  std::array<sock_filter, 5> code{{
      {BPF_LD | BPF_B | BPF_ABS, 0, 0, kFlagsOffset},
      {BPF_ALU | BPF_AND | BPF_K, 0, 0, kSynAndAck},
      {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, kSyn},
      {BPF_RET | BPF_K, 0, 0, kDrop},
      {BPF_RET | BPF_K, 0, 0, kKeepWhole},
  }};
  const sock_fprog program{static_cast<unsigned short>(code.size()), code.data()};
  static_cast<void>(
      ::setsockopt(listening_fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program));
}

void never_refuse_connections(int listening_fd) noexcept {
  const int yes = 1;
  static_cast<void>(::setsockopt(listening_fd, SOL_SOCKET, SO_LOCK_FILTER, &yes, sizeof yes));
}

}  // namespace aip::net
