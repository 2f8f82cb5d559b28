#include "core/observe/log_file.h"

#include <fcntl.h>
#include <spdlog/details/null_mutex.h>
#include <spdlog/sinks/base_sink.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

namespace aip::observe {
namespace {

class FileSink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
 public:
  explicit FileSink(int fd) noexcept : fd_(fd) {}
  ~FileSink() override { ::close(fd_); }

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t text;
    formatter_->format(message, text);
    std::size_t at = 0;
    while (at < text.size()) {
      const ssize_t put = ::write(fd_, text.data() + at, text.size() - at);
      if (put < 0 && errno == EINTR) continue;
      if (put <= 0) throw spdlog::spdlog_ex("log file", errno);
      at += static_cast<std::size_t>(put);
    }
  }
  void flush_() override {}

  const int fd_;
};

Error disk(const std::string& path, const char* why) {
  return {ErrorCode::GatewayDisk, "log file " + path + ": " + why};
}

}  // namespace

Result<spdlog::sink_ptr> open_log_file(const std::string& path) {
  constexpr int kHow = O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC;
  int fd = ::open(path.c_str(), kHow | O_CREAT | O_EXCL, 0600);
  if (fd >= 0) {
    ::fchmod(fd, 0600);  // a umask may have taken even the owner's bits
    return spdlog::sink_ptr(std::make_shared<FileSink>(fd));
  }
  // Without O_NONBLOCK a pipe that nobody reads would hold us here.
  if (errno == EEXIST) fd = ::open(path.c_str(), kHow | O_NONBLOCK);
  if (fd < 0) {
    return disk(
        path, errno == ELOOP ? "is a symbolic link, which is not followed" : std::strerror(errno));
  }
  struct stat info {};
  if (::fstat(fd, &info) != 0 || !(S_ISREG(info.st_mode) || S_ISCHR(info.st_mode))) {
    ::close(fd);
    return disk(path, "is not a regular file");
  }
  ::fcntl(fd, F_SETFL, O_APPEND);  // waits again
  return spdlog::sink_ptr(std::make_shared<FileSink>(fd));
}

}  // namespace aip::observe
