// link.h - what supervisor and gateway say to each other, and how.
//
// The link is one AF_UNIX SOCK_SEQPACKET pair, so a message comes whole or not at all. Every
// message is one LinkMessage, a plain struct: a signal handler can fill and send it, and two
// versions of the program, which meet during an upgrade, see the same bytes. Words that one side
// does not know it ignores; the layout never changes.
//
//   from the gateway                          the supervisor's answer
//   Open      number sockets at first:port    Sockets, number in all, with descriptors
//                                             (limits::kDescriptorsPerMessage a message), or
//                                             Refused with the reason in first
//   Close     first:port                      -
//   Ready, Reloading                          -
//   Draining                                  Done, number 1 if a new gateway has the sockets
//   Uses      plugin first is file second     -
//   Ask       which files are in quarantine   Quarantined, number in all: plugin first, file
//                                             second, reason third; one with number 0 for none
//   Crash     number (a signal, kExit or      -
//             kHang), plugin first, provider second, callback third
//   Goodbye   exit code number                -
//
// A question has a number and its answers repeat it, so that what comes late, or was asked for by
// somebody else in the process, is told apart.
//
// The supervisor takes nothing on trust: size, mark, ends of strings and numbers are checked here,
// and descriptors that a gateway sends are dropped by the kernel.
// Threads: any; a message is sent by one system call.   Tests: tests/unit/main/link_test.cpp
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace aip::main {

enum class LinkWord : std::uint32_t {
  Open = 1,
  Close = 2,
  Ready = 3,
  Reloading = 4,
  Draining = 5,
  Uses = 6,
  Ask = 7,
  Crash = 8,
  Goodbye = 9,
  Sockets = 65,
  Refused = 66,
  Quarantined = 67,
  Done = 68,
};

inline constexpr std::int32_t kExit = 0;   // a plugin called exit()
inline constexpr std::int32_t kHang = -1;  // a callback did not return

struct LinkMessage {
  static constexpr std::uint32_t kMark = 0x31504941;  // "AIP1"
  using Text = std::array<char, 256>;                 // ends with a NUL

  std::uint32_t mark = kMark;
  LinkWord word{};
  std::int32_t number = 0;
  std::uint32_t port = 0;
  std::uint32_t question = 0;  // the asker's count; the answer repeats it
  Text first{}, second{}, third{};

  // Cuts what is too long. Safe in a signal handler.
  static void put(Text& text, const char* from) noexcept;
  static void put(Text& text, std::string_view from) noexcept;
};
static_assert(sizeof(LinkMessage) == 20 + 3 * 256);

struct Received {
  enum class What : std::uint8_t { Message, Nothing, Closed, Garbage };
  What what = What::Nothing;
  LinkMessage message;
  std::vector<int> fds;  // the caller's
};

enum class TakeFds : std::uint8_t { No, Yes };

// Neither waits. False: the peer is gone or does not read.
[[nodiscard]] bool send_message(int link, const LinkMessage& message,
                                const std::vector<int>& fds = {});
[[nodiscard]] Received receive_message(int link, TakeFds take);

// The same for a signal handler: no allocation.
bool send_report(int link, const LinkMessage& message) noexcept;

}  // namespace aip::main
