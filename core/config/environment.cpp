#include "core/config/environment.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <system_error>

namespace aip::config {
namespace {

class File {
 public:
  explicit File(const std::string& path) : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  [[nodiscard]] int fd() const noexcept { return fd_; }

 private:
  int fd_;
};

Error disk_error(int number) {
  return {ErrorCode::GatewayDisk, std::generic_category().message(number)};
}

}  // namespace

std::optional<std::string> SystemEnvironment::variable(const std::string& name) const {
  const char* value = std::getenv(name.c_str());
  if (value == nullptr) return std::nullopt;
  return std::string(value);
}

Result<std::string> SystemEnvironment::read_file(const std::string& path,
                                                 std::size_t bytes_max) const {
  const File file(path);
  if (file.fd() < 0) return disk_error(errno);
  struct stat info {};
  if (::fstat(file.fd(), &info) != 0) return disk_error(errno);
  if (S_ISDIR(info.st_mode)) return disk_error(EISDIR);
  std::string text;
  while (text.size() <= bytes_max) {
    const std::size_t before = text.size();
    const std::size_t want = std::min<std::size_t>(bytes_max + 1 - before, 64 * 1024);
    text.resize(before + want);
    const ssize_t got = ::read(file.fd(), text.data() + before, want);
    text.resize(before + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return disk_error(errno);
    if (got == 0) break;
  }
  return text;
}

std::string resolve_path(const std::string& path, const std::string& folder) {
  if (path.empty() || path.front() == '/' || folder.empty()) return path;
  return folder.back() == '/' ? folder + path : folder + "/" + path;
}

std::string folder_of(const std::string& file) {
  const std::size_t slash = file.rfind('/');
  if (slash == std::string::npos) return {};
  return slash == 0 ? "/" : file.substr(0, slash);
}

}  // namespace aip::config
