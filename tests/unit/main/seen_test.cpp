#include "core/main/seen.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace aip;
using namespace aip::main;
namespace fs = std::filesystem;

namespace {

struct Folder {
  Folder() {
    std::string name = fs::temp_directory_path() / "aiproxy-seen-XXXXXX";
    path = ::mkdtemp(name.data());
  }
  ~Folder() { fs::remove_all(path); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string put(const std::string& name, const std::string& text) const {
    std::ofstream(path + "/" + name, std::ios::trunc) << text;
    return path + "/" + name;
  }
  std::string path;
};

Seen look(const std::string& file, const std::string& plugins) {
  Recorder recorder;
  (void)recorder.read_file(file, 100);
  Seen seen;
  seen.files = recorder.files();
  seen.plugins[plugins] = look_of_plugins(plugins);
  return seen;
}

}  // namespace

TEST_CASE("seen: a file that was saved without a change is the same, one with a change is not") {
  const Folder folder;
  const std::string file = folder.put("a.yaml", "one");
  const Seen seen = look(file, folder.path);
  CHECK(seen.still_true());
  fs::remove(file);
  CHECK_FALSE(seen.still_true());
  folder.put("a.yaml", "one");
  CHECK(seen.still_true());
  folder.put("a.yaml", "two");
  CHECK_FALSE(seen.still_true());
}

TEST_CASE("seen: a file that was not there is noticed when it comes") {
  const Folder folder;
  const Seen seen = look(folder.path + "/later.yaml", folder.path);
  CHECK(seen.still_true());
  folder.put("later.yaml", "");
  CHECK_FALSE(seen.still_true());
}

TEST_CASE("seen: plugin files count when they come, go and change; others and drafts do not") {
  const Folder folder;
  const std::string file = folder.put("a.yaml", "one");
  Seen seen = look(file, folder.path);
  folder.put(".draft.so", "x");
  folder.put("readme.txt", "x");
  CHECK(seen.still_true());
  folder.put("p.so", "x");
  CHECK_FALSE(seen.still_true());
  seen = look(file, folder.path);
  folder.put("p.so", "longer");
  CHECK_FALSE(seen.still_true());
  seen = look(file, folder.path);
  fs::remove(folder.path + "/p.so");
  CHECK_FALSE(seen.still_true());
}
