#include "core/admin/token.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include "core/base/bytes.h"
#include "core/plugin/fd.h"

namespace aip::admin {
namespace {

using plugin::Fd;

constexpr std::size_t kRandomBytes = 32;

Error refused(const std::string& path, const std::string& why) {
  return {ErrorCode::GatewayDisk,
          "the admin token's file " + path + " " + why + "; delete it, and a new one is made"};
}

Error failed(const std::string& what, const std::string& path) {
  return {ErrorCode::GatewayDisk, "cannot " + what + " " + path + ": " + std::strerror(errno)};
}

// RFC 4648 5, without padding.
std::string base64url(Bytes bytes) {
  static constexpr char kDigits[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string out;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : bytes) {
    bits = (bits << 8) | static_cast<unsigned char>(c);
    for (count += 8; count >= 6; count -= 6) out.push_back(kDigits[(bits >> (count - 6)) & 63]);
  }
  if (count > 0) out.push_back(kDigits[(bits << (6 - count)) & 63]);
  return out;
}

std::string new_token(Random& random) {
  char bytes[kRandomBytes];
  random.fill(bytes, sizeof bytes);
  std::string text = base64url(Bytes(bytes, sizeof bytes));
  ::explicit_bzero(bytes, sizeof bytes);
  return text;
}

// What a header field can carry.
bool is_token_char(char c) noexcept {
  return c > ' ' && c < 0x7F;
}

// The file's token; nullopt: there is no file.
Result<std::optional<std::string>> read_token(const std::string& path) {
  // O_NONBLOCK: a pipe in its place must not hold us.
  const Fd fd(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!fd.valid()) {
    if (errno == ENOENT) return std::optional<std::string>();
    if (errno == ELOOP) return refused(path, "is a symbolic link");
    return failed("open", path);
  }
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return failed("examine", path);
  if (!S_ISREG(info.st_mode)) return refused(path, "is not a regular file");
  if (info.st_uid != ::geteuid()) return refused(path, "belongs to another user");
  if ((info.st_mode & 077) != 0) {
    return refused(path, "may be read or written by others, so it is no secret");
  }
  std::string text(kTokenBytesMax + 2, '\0');  // one too many, and a line end
  const ssize_t got = ::read(fd.get(), text.data(), text.size());
  if (got < 0) return failed("read", path);
  text.resize(static_cast<std::size_t>(got));
  if (text.ends_with('\n')) text.pop_back();
  if (text.size() < kTokenBytesMin || text.size() > kTokenBytesMax ||
      !std::all_of(text.begin(), text.end(), is_token_char)) {
    return refused(path, "holds no token (16 to 4096 visible ASCII characters)");
  }
  return std::optional<std::string>(std::move(text));
}

// Written under another name and then linked, which never replaces a file that is there.
Status write_token(const std::string& path, const std::string& token) {
  const std::string draft = path + "." + std::to_string(::getpid());
  ::unlink(draft.c_str());
  const Fd fd(::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!fd.valid()) return failed("make", draft);
  const std::string line = token + "\n";
  const bool written =
      ::fchmod(fd.get(), 0600) == 0 &&
      ::write(fd.get(), line.data(), line.size()) == static_cast<ssize_t>(line.size()) &&
      ::fsync(fd.get()) == 0;
  const bool there = written && (::link(draft.c_str(), path.c_str()) == 0 || errno == EEXIST);
  Status status;
  if (!there) status = failed("write", path);
  ::unlink(draft.c_str());
  return status;
}

}  // namespace

Result<Token> kept_token(const std::string& state_dir, Random& random) {
  const std::string path = state_dir + "/admin.token";
  Result<std::optional<std::string>> found = read_token(path);
  if (found && !*found) {
    if (Status written = write_token(path, new_token(random)); !written) {
      return std::move(written).error();
    }
    found = read_token(path);
  }
  if (!found) return std::move(found).error();
  if (!*found) return Error{ErrorCode::GatewayDisk, path + " vanished while it was made"};
  return Token{config::Secret(std::move(**found)), path};
}

}  // namespace aip::admin
