#include "core/main/link.h"

#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "core/base/check.h"
#include "core/base/limits.h"

namespace aip::main {
namespace {

constexpr std::size_t kControlBytes = CMSG_SPACE(sizeof(int) * limits::kDescriptorsPerMessage);

bool ends(const LinkMessage::Text& text) noexcept {
  return std::find(text.begin(), text.end(), '\0') != text.end();
}

// Every descriptor that came along is ours now, even if the message is thrown away.
std::vector<int> take_descriptors(msghdr& header) {
  std::vector<int> fds;
  for (cmsghdr* part = CMSG_FIRSTHDR(&header); part != nullptr; part = CMSG_NXTHDR(&header, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    const std::size_t before = fds.size();
    fds.resize(before + count);
    std::memcpy(fds.data() + before, CMSG_DATA(part), count * sizeof(int));
  }
  return fds;
}

}  // namespace

void LinkMessage::put(Text& text, const char* from) noexcept {
  std::size_t n = 0;
  for (; from != nullptr && from[n] != '\0' && n + 1 < text.size(); ++n) text[n] = from[n];
  text[n] = '\0';
}

void LinkMessage::put(Text& text, std::string_view from) noexcept {
  const std::size_t n = std::min(from.size(), text.size() - 1);
  std::copy_n(from.begin(), n, text.begin());
  text[n] = '\0';
}

bool send_report(int link, const LinkMessage& message) noexcept {
  return ::send(link, &message, sizeof message, MSG_NOSIGNAL | MSG_DONTWAIT) ==
         static_cast<ssize_t>(sizeof message);
}

bool send_message(int link, const LinkMessage& message, const std::vector<int>& fds) {
  if (fds.empty()) return send_report(link, message);
  AIP_CHECK(fds.size() <= limits::kDescriptorsPerMessage);
  LinkMessage copy = message;
  iovec bytes{&copy, sizeof copy};
  alignas(cmsghdr) std::array<char, kControlBytes> control{};
  msghdr header{};
  header.msg_iov = &bytes;
  header.msg_iovlen = 1;
  header.msg_control = control.data();
  header.msg_controllen = CMSG_SPACE(sizeof(int) * fds.size());
  cmsghdr* part = CMSG_FIRSTHDR(&header);
  part->cmsg_level = SOL_SOCKET;
  part->cmsg_type = SCM_RIGHTS;
  part->cmsg_len = CMSG_LEN(sizeof(int) * fds.size());
  std::memcpy(CMSG_DATA(part), fds.data(), sizeof(int) * fds.size());
  return ::sendmsg(link, &header, MSG_NOSIGNAL | MSG_DONTWAIT) == static_cast<ssize_t>(sizeof copy);
}

Received receive_message(int link, TakeFds take) {
  Received received;
  iovec bytes{&received.message, sizeof received.message};
  alignas(cmsghdr) std::array<char, kControlBytes> control;
  msghdr header{};
  header.msg_iov = &bytes;
  header.msg_iovlen = 1;
  if (take == TakeFds::Yes) {
    header.msg_control = control.data();
    header.msg_controllen = control.size();
  }
  ssize_t got = 0;
  do {
    got = ::recvmsg(link, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  } while (got < 0 && errno == EINTR);
  if (got < 0) {
    received.what = errno == EAGAIN ? Received::What::Nothing : Received::What::Closed;
    return received;
  }
  received.fds = take_descriptors(header);
  if (got == 0) {
    received.what = Received::What::Closed;
    return received;
  }
  const LinkMessage& m = received.message;
  const bool good = got == static_cast<ssize_t>(sizeof m) && (header.msg_flags & MSG_TRUNC) == 0 &&
                    m.mark == LinkMessage::kMark && m.port <= 0xFFFF && ends(m.first) &&
                    ends(m.second) && ends(m.third);
  received.what = good ? Received::What::Message : Received::What::Garbage;
  return received;
}

}  // namespace aip::main
