#include "core/main/seen.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "core/base/sha256.h"

namespace aip::main {
namespace {

std::string digest(const Result<std::string>& text) {
  return text ? sha256_hex(*text) : std::string();
}

std::string absolute(const std::string& path) {
  std::error_code failed;
  const std::filesystem::path whole = std::filesystem::absolute(path, failed);
  return failed ? path : whole.string();
}

}  // namespace

bool Seen::still_true() const {
  const config::SystemEnvironment system;
  const bool same_files = std::all_of(files.begin(), files.end(), [&](const auto& entry) {
    return digest(system.read_file(entry.first, entry.second.bytes_max)) == entry.second.sha256;
  });
  return same_files && std::all_of(plugins.begin(), plugins.end(), [](const auto& entry) {
           return look_of_plugins(entry.first) == entry.second;
         });
}

std::vector<net::Watched> Seen::places() const {
  std::vector<net::Watched> out;
  const auto add = [&out](std::vector<net::Watched> places) {
    for (net::Watched& place : places) {
      if (std::find(out.begin(), out.end(), place) == out.end()) out.push_back(std::move(place));
    }
  };
  for (const auto& [path, file] : files) add(net::places_of(absolute(path)));
  for (const auto& [folder, look] : plugins) {
    add(net::places_of(absolute(folder)));
    add({{absolute(folder), "*.so"}});
  }
  return out;
}

std::string look_of_plugins(const std::string& folder) {
  std::vector<std::string> lines;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(folder, failed)) {
    const std::string name = entry.path().filename().string();
    if (!name.ends_with(".so") || name.starts_with('.')) continue;
    struct stat info {};
    if (::stat(entry.path().c_str(), &info) != 0) continue;
    std::string line = name;
    for (const auto number :
         {static_cast<std::uint64_t>(info.st_dev), static_cast<std::uint64_t>(info.st_ino),
          static_cast<std::uint64_t>(info.st_size), static_cast<std::uint64_t>(info.st_mode),
          static_cast<std::uint64_t>(info.st_mtim.tv_sec),
          static_cast<std::uint64_t>(info.st_mtim.tv_nsec),
          static_cast<std::uint64_t>(info.st_ctim.tv_sec),
          static_cast<std::uint64_t>(info.st_ctim.tv_nsec)}) {
      line.append(1, ' ').append(std::to_string(number));
    }
    lines.push_back(std::move(line));
  }
  std::sort(lines.begin(), lines.end());
  std::string out;
  for (const std::string& line : lines) out.append(line).append(1, '\n');
  return out;
}

Result<std::string> Recorder::read_file(const std::string& path, std::size_t bytes_max) const {
  Result<std::string> text = system_.read_file(path, bytes_max);
  Seen::File& file = files_[path];
  file = {digest(text), bytes_max};
  return text;
}

}  // namespace aip::main
