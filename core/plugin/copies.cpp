#include "core/plugin/copies.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "core/base/bytes.h"
#include "core/plugin/fd.h"

namespace aip::plugin {
namespace {

Error disk(const std::string& what, const std::string& path) {
  return {ErrorCode::GatewayDisk, what + " " + path + ": " + std::strerror(errno)};
}

// Makes the folder if needed, and sees to it that nobody else can put anything into it.
Result<std::string> private_folder(const std::string& folder) {
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  const std::filesystem::path absolute = std::filesystem::absolute(folder, failed);
  const std::string path = absolute.lexically_normal().string();
  const Fd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd.valid()) return disk("the folder of plugin copies cannot be opened:", path);
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return disk("cannot examine", path);
  if (info.st_uid != ::geteuid()) {
    return Error{ErrorCode::GatewayDisk,
                 "the folder of plugin copies belongs to another user: " + path};
  }
  if ((info.st_mode & 0777) != 0700 && ::fchmod(fd.get(), 0700) != 0) {
    return disk("cannot make private:", path);
  }
  return path;
}

bool same_content(const std::string& path, Bytes bytes) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd.valid()) return false;
  char piece[64 * 1024];
  for (;;) {
    const ssize_t got = ::read(fd.get(), piece, sizeof piece);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return false;
    if (got == 0) return bytes.empty();
    const Bytes seen(piece, static_cast<std::size_t>(got));
    if (!bytes.starts_with(seen)) return false;
    bytes.remove_prefix(seen.size());
  }
}

Status write_all(const Fd& fd, Bytes bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(fd.get(), bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return disk("cannot write", path);
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
  if (::fsync(fd.get()) != 0) return disk("cannot write", path);
  return {};
}

}  // namespace

Result<std::string> make_copy(const PluginFile& file, const std::string& folder) {
  Result<std::string> home = private_folder(folder);
  if (!home) return std::move(home).error();
  const std::string path = *home + "/" + file.info.name + "-" + file.info.sha256 + ".so";
  if (same_content(path, file.bytes)) return path;

  // Written under another name first, so that a crash leaves no half copy under the hash.
  const std::string draft = *home + "/." + file.info.sha256 + "." + std::to_string(::getpid());
  ::unlink(draft.c_str());
  const Fd fd(::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0500));
  if (!fd.valid()) return disk("cannot make", draft);
  Status written = write_all(fd, file.bytes, draft);
  if (written && ::rename(draft.c_str(), path.c_str()) != 0) written = disk("cannot make", path);
  if (!written) {
    ::unlink(draft.c_str());
    return std::move(written).error();
  }
  return path;
}

void clean_copies(const std::string& folder, const std::vector<std::string>& used) {
  std::error_code failed;
  std::vector<std::filesystem::path> stale;
  for (const auto& entry : std::filesystem::directory_iterator(folder, failed)) {
    const std::string name = entry.path().filename().string();
    const bool ours = name.ends_with(".so") || name.ends_with(".tried") || name.starts_with('.');
    const bool kept = std::any_of(used.begin(), used.end(), [&name](const std::string& path) {
      return std::filesystem::path(path).filename() == name;
    });
    if (ours && !kept && entry.is_regular_file(failed)) stale.push_back(entry.path());
  }
  for (const auto& path : stale) ::unlink(path.c_str());
}

}  // namespace aip::plugin
