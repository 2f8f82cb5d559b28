#include "core/observe/log_file.h"

#include <doctest/doctest.h>
#include <spdlog/logger.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

using aip::observe::open_log_file;

namespace {

struct Folder {
  explicit Folder(mode_t mask) : mask_(::umask(mask)) {
    std::string name = std::filesystem::temp_directory_path().string() + "/aiproxy-log-XXXXXX";
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
    file = path + "/access.log";
  }
  ~Folder() {
    ::umask(mask_);
    std::filesystem::remove_all(path);
  }
  [[nodiscard]] mode_t mode() const {
    struct stat info {};
    REQUIRE(::lstat(file.c_str(), &info) == 0);
    return info.st_mode & 07777;
  }
  [[nodiscard]] std::string text() const {
    std::stringstream all;
    all << std::ifstream(file).rdbuf();
    return all.str();
  }
  std::string path, file;

 private:
  const mode_t mask_;
};

void say(const std::string& file, const std::string& line) {
  auto sink = open_log_file(file);
  REQUIRE(sink.ok());
  spdlog::logger logger("test", *sink);
  logger.set_pattern("%v");
  logger.info(line);
}

std::string refusal(const std::string& file) {
  const auto sink = open_log_file(file);
  return sink ? "accepted" : sink.error().detail;
}

}  // namespace

TEST_CASE("log file: a new one is its owner's alone whatever the umask, an old one goes on") {
  for (const mode_t mask : {0000, 0022, 0077, 0777}) {
    const Folder folder(mask);
    say(folder.file, "one");
    CHECK(folder.mode() == 0600);
    say(folder.file, "two");
    CHECK(folder.text() == "one\ntwo\n");
  }
}

TEST_CASE("log file: the mode that a rotation gave stays") {
  const Folder folder(022);
  say(folder.file, "one");
  REQUIRE(::chmod(folder.file.c_str(), 0640) == 0);
  say(folder.file, "two");
  CHECK(folder.mode() == 0640);
}

TEST_CASE("log file: links are not followed, pipes do not hold us, devices are fine") {
  const Folder folder(022);
  const std::string victim = folder.path + "/victim";
  REQUIRE(::symlink(victim.c_str(), folder.file.c_str()) == 0);
  CHECK(refusal(folder.file).find("symbolic link") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(victim));
  std::ofstream(victim) << "old";
  CHECK(refusal(folder.file).find("symbolic link") != std::string::npos);

  const std::string pipe = folder.path + "/pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  CHECK(refusal(pipe) != "accepted");
  CHECK(refusal(folder.path) != "accepted");
  CHECK(refusal("/nonexistent/access.log") != "accepted");
  CHECK(refusal("/dev/null") == "accepted");
}
