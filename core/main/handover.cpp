#include "core/main/handover.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>

#include "core/base/json.h"
#include "core/base/limits.h"

namespace aip::main {
namespace {

constexpr const char* kVariable = "AIPROXY_HANDOVER";
constexpr std::size_t kHandoverBytesMax = 4 * 1024 * 1024;

enum class OnExec : std::uint8_t { Close, Keep };

void set_on_exec(const Handover& handover, OnExec what) {
  const int flags = what == OnExec::Close ? FD_CLOEXEC : 0;
  for (const SocketSet::Address& address : handover.addresses) {
    for (const int fd : address.fds) ::fcntl(fd, F_SETFD, flags);
  }
  if (handover.link >= 0) ::fcntl(handover.link, F_SETFD, flags);
}

std::optional<int> descriptor(const json::Value& value) {
  const std::optional<std::int64_t> number = value.integer();
  if (!number || *number < 3 || *number > INT32_MAX) return std::nullopt;
  const int fd = static_cast<int>(*number);
  if (::fcntl(fd, F_GETFD) < 0) return std::nullopt;
  return fd;
}

std::optional<SocketSet::Address> read_address(const json::Value& value) {
  SocketSet::Address address;
  address.host = value.get("host").str();
  const std::optional<std::int64_t> port = value.get("port").integer();
  if (!port || *port < 0 || *port > UINT16_MAX) return std::nullopt;
  address.port = static_cast<std::uint16_t>(*port);
  for (const json::Value& item : value.get("fds").items()) {
    const std::optional<int> fd = descriptor(item);
    if (!fd) return std::nullopt;
    address.fds.push_back(*fd);
  }
  if (address.fds.empty()) return std::nullopt;
  return address;
}

int number_of(const char* text) noexcept {
  return static_cast<int>(std::strtol(text, nullptr, 10));
}

std::string read_all(int fd) {
  std::string text(kHandoverBytesMax, '\0');
  const ssize_t got = ::pread(fd, text.data(), text.size(), 0);
  text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return text;
}

}  // namespace

std::string write_handover(const Handover& handover) {
  std::string text;
  json::Writer w(text);
  w.object().key("addresses").array();
  for (const SocketSet::Address& address : handover.addresses) {
    w.object().member("host", address.host).key("port").number(address.port).key("fds").array();
    for (const int fd : address.fds) w.number(fd);
    w.end_array().end_object();
  }
  w.end_array().key("gateway").number(handover.gateway).key("link").number(handover.link);
  w.key("ready").boolean(handover.ready).key("restarts").number(handover.restarts);
  w.key("plugins").array();
  for (const auto& [name, sha256] : handover.plugins) {
    w.object().member("name", name).member("sha256", sha256).end_object();
  }
  w.end_array().key("quarantine").array();
  for (const QuarantinedPlugin& entry : handover.quarantine) {
    w.object().member("plugin", entry.plugin).member("sha256", entry.sha256);
    w.member("reason", entry.reason).end_object();
  }
  w.end_array().end_object();
  return text;
}

std::optional<Handover> read_handover(const std::string& text) {
  if (!json::check(text)) return std::nullopt;
  const json::Value root(text);
  if (!root.is_object()) return std::nullopt;
  Handover handover;
  for (const json::Value& item : root.get("addresses").items()) {
    std::optional<SocketSet::Address> address = read_address(item);
    if (!address) return std::nullopt;
    handover.addresses.push_back(std::move(*address));
  }
  const std::optional<std::int64_t> pid = root.get("gateway").integer();
  const std::optional<int> link = descriptor(root.get("link"));
  if (pid && *pid > 1 && *pid <= INT32_MAX && link) {
    handover.gateway = static_cast<pid_t>(*pid);
    handover.link = *link;
  }
  handover.ready = root.get("ready").is_true();
  handover.restarts = static_cast<std::uint32_t>(root.get("restarts").integer().value_or(0));
  for (const json::Value& item : root.get("plugins").items()) {
    handover.plugins.emplace_back(item.get("name").str(), item.get("sha256").str());
  }
  for (const json::Value& item : root.get("quarantine").items()) {
    handover.quarantine.push_back(
        {item.get("plugin").str(), item.get("sha256").str(), item.get("reason").str()});
  }
  return handover;
}

bool leave_handover(const Handover& handover) {
  const std::string text = write_handover(handover);
  const int fd = ::memfd_create("aiproxy-handover", 0);
  if (fd < 0) return false;
  const bool whole = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  if (!whole || ::setenv(kVariable, std::to_string(fd).c_str(), 1) != 0) {
    ::close(fd);
    return false;
  }
  set_on_exec(handover, OnExec::Keep);
  return true;
}

void take_back_handover(const Handover& handover) {
  set_on_exec(handover, OnExec::Close);
  if (const char* number = std::getenv(kVariable)) ::close(number_of(number));
  ::unsetenv(kVariable);
}

std::optional<Handover> find_handover() {
  const char* number = std::getenv(kVariable);
  if (number == nullptr) return std::nullopt;
  const int fd = number_of(number);
  ::unsetenv(kVariable);
  if (fd < 3) return std::nullopt;
  std::optional<Handover> handover = read_handover(read_all(fd));
  ::close(fd);
  if (handover) set_on_exec(*handover, OnExec::Close);
  return handover;
}

}  // namespace aip::main
