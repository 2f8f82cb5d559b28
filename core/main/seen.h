// seen.h - which files a configuration was made of, and what stood in them.
//
// What is compared is content, not time: a file that was saved without a change, or a link that was
// flipped to equal bytes, is no reason for a reload. Plugin files are large, so of them it is
// device, inode, size and time of change.
// Threads: any; nothing is shared.   Tests: tests/unit/main/seen_test.cpp
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/config/environment.h"
#include "core/net/file_watch.h"

namespace aip::main {

struct Seen {
  struct File {
    std::string sha256;  // empty: it could not be read
    std::size_t bytes_max = 0;
    friend bool operator==(const File&, const File&) = default;
  };
  std::map<std::string, File> files;           // by path
  std::map<std::string, std::string> plugins;  // by folder: a digest of what lies there

  // Does everything still look so?
  [[nodiscard]] bool still_true() const;
  [[nodiscard]] std::vector<net::Watched> places() const;
};

// The *.so files of a folder, as one text that changes when one of them does.
[[nodiscard]] std::string look_of_plugins(const std::string& folder);

// The process's own environment, which remembers what it was asked to read.
class Recorder final : public config::Environment {
 public:
  [[nodiscard]] std::optional<std::string> variable(const std::string& name) const override {
    return system_.variable(name);
  }
  [[nodiscard]] Result<std::string> read_file(const std::string& path,
                                              std::size_t bytes_max) const override;
  [[nodiscard]] const std::map<std::string, Seen::File>& files() const noexcept { return files_; }

 private:
  config::SystemEnvironment system_;
  mutable std::map<std::string, Seen::File> files_;  // reading is const for those who read
};

}  // namespace aip::main
