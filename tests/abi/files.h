// files.h - plugin files for the tests: a folder of their own, and copies of good plugins with one
// thing broken.
#pragma once

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

namespace aip::test {

inline std::string build_dir() {
  const char* dir = std::getenv("AIPROXY_BUILD_DIR");
  return dir != nullptr ? dir : ".";
}

// Empty at the start, gone at the end.
class Folder {
 public:
  Folder() {
    std::string name = build_dir() + "/tests/folder-XXXXXX";
    path_ = ::mkdtemp(name.data());
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  // Writes the file with mode 0644; gives its path.
  std::string put(const std::string& name, std::string_view bytes) const {
    const std::string file = path_ + "/" + name;
    std::ofstream(file, std::ios::binary | std::ios::trunc)
        .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    ::chmod(file.c_str(), 0644);
    return file;
  }

 private:
  std::string path_;
};

inline std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// A small good plugin (16 KB).
inline std::string good_plugin() {
  return read_file(build_dir() + "/examples/echo_c.so");
}

// Every occurrence of `from` becomes `to`, which is as long.
inline std::string replaced(std::string bytes, std::string_view from, std::string_view to) {
  for (std::size_t at = bytes.find(from); at != std::string::npos; at = bytes.find(from, at + 1)) {
    bytes.replace(at, from.size(), to);
  }
  return bytes;
}

inline std::string with_byte(std::string bytes, std::size_t at, char value) {
  bytes.at(at) = value;
  return bytes;
}

}  // namespace aip::test
