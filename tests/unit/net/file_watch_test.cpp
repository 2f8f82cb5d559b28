// Every way in which people and programs change files; each must be noticed by its event, well
// before the slow poll would.
#include "core/net/file_watch.h"

#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "tests/unit/net/loopback.h"

using namespace aip;
using namespace aip::net;
namespace fs = std::filesystem;

namespace {

void put(const std::string& path, std::string_view text) {
  std::ofstream(path, std::ios::trunc) << text;
}

// A folder with conf/app.yaml in it, which is watched.
class Scene final : private FileWatch::Owner {
 public:
  Scene() : watch_(loop, static_cast<FileWatch::Owner&>(*this)) {
    std::string name = fs::temp_directory_path() / "aiproxy-watch-XXXXXX";
    root = ::mkdtemp(name.data());
    fs::create_directory(root + "/conf");
    file = root + "/conf/app.yaml";
    put(file, "old");
  }
  ~Scene() {
    std::error_code ignored;
    fs::remove_all(root, ignored);
  }
  Scene(const Scene&) = delete;
  Scene& operator=(const Scene&) = delete;

  void look() { watch_.watch(places_of(file)); }
  // Was it told after what just happened, and by an event?
  [[nodiscard]] bool noticed() {
    const int before = told;
    const std::uint64_t late = loop.now_ns() + FileWatch::kPollMs * 1'000'000 / 2;
    return run_until(loop, [&] { return told > before || loop.now_ns() > late; }) &&
           told > before && loop.now_ns() <= late;
  }

  Loop loop;
  std::string root, file;
  int told = 0;

 private:
  void on_files_changed() noexcept override { ++told; }
  FileWatch watch_;
};

// Bytes in the queue of this process's one inotify.
int unread_events() {
  int bytes = -1;
  for (const fs::directory_entry& fd : fs::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    if (fs::read_symlink(fd.path(), gone) != "anon_inode:inotify") continue;
    REQUIRE(::ioctl(std::stoi(fd.path().filename()), FIONREAD, &bytes) == 0);
  }
  return bytes;
}

class Bell final : public Wakeable {
 public:
  Bell(Loop& loop, std::uint64_t ms) : alarm_(loop, *this) {
    alarm_.set(loop.now_ns() + ms * 1'000'000);
  }
  bool rang = false;

 private:
  void advance() noexcept override { rang = alarm_.take_fired() || rang; }
  Alarm alarm_;
};

}  // namespace

TEST_CASE("file_watch: a file that is saved in place is noticed") {
  Scene scene;
  scene.look();
  put(scene.file, "new");
  CHECK(scene.noticed());
}

TEST_CASE("file_watch: a file that is renamed over the old one is noticed, and the next one too") {
  Scene scene;
  scene.look();
  for (int i = 0; i < 3; ++i) {
    put(scene.root + "/conf/.draft", "new");
    fs::rename(scene.root + "/conf/.draft", scene.file);
    CHECK(scene.noticed());
  }
}

TEST_CASE("file_watch: the dances of editors are noticed") {
  Scene scene;
  scene.look();
  SUBCASE("backup by rename, then a new file (vim)") {
    fs::rename(scene.file, scene.file + "~");
    put(scene.file, "new");
    fs::remove(scene.file + "~");
  }
  SUBCASE("backup by copy, lock link, then in place (emacs)") {
    fs::create_symlink("user@host.1", scene.root + "/conf/.#app.yaml");
    fs::copy_file(scene.file, scene.file + "~");
    put(scene.file, "new");
    fs::remove(scene.root + "/conf/.#app.yaml");
  }
  SUBCASE("removed, and written anew") {
    fs::remove(scene.file);
    put(scene.file, "new");
  }
  CHECK(scene.noticed());
}

TEST_CASE(
    "file_watch: a link that is flipped to another folder is noticed, as Kubernetes does it") {
  Scene scene;
  const std::string mount = scene.root + "/conf";
  fs::remove(scene.file);
  for (const char* version : {"..v1", "..v2", "..v3"}) {
    fs::create_directory(mount + "/" + version);
    put(mount + "/" + version + "/app.yaml", version);
  }
  fs::create_directory_symlink("..v1", mount + "/..data");
  fs::create_symlink("..data/app.yaml", scene.file);
  for (const char* version : {"..v2", "..v3"}) {
    scene.look();
    fs::create_directory_symlink(version, mount + "/..data_tmp");
    fs::rename(mount + "/..data_tmp", mount + "/..data");
    CHECK(scene.noticed());
  }
}

TEST_CASE("file_watch: a folder that is replaced is noticed, and what happens in the new one") {
  Scene scene;
  scene.look();
  fs::rename(scene.root + "/conf", scene.root + "/old");
  CHECK(scene.noticed());
  scene.look();
  fs::create_directory(scene.root + "/conf");
  CHECK(scene.noticed());
  scene.look();
  put(scene.file, "new");
  CHECK(scene.noticed());
}

TEST_CASE("file_watch: files beside those that are watched tell nothing") {
  Scene scene;
  scene.look();
  put(scene.root + "/conf/access.log", "a line");
  Bell bell(scene.loop, FileWatch::kWaitMsMax + 50);
  REQUIRE(run_until(scene.loop, [&] { return bell.rang; }));
  CHECK(scene.told == 0);
}

TEST_CASE("file_watch: a file that is being written is looked at when it is closed") {
  Scene scene;
  scene.look();
  std::ofstream file(scene.file, std::ios::app);
  file << "half of it" << std::flush;
  Bell bell(scene.loop, FileWatch::kWaitMsMax + 50);
  REQUIRE(run_until(scene.loop, [&] { return bell.rang; }));
  CHECK(scene.told == 0);
  file << "the rest";
  file.close();
  CHECK(scene.noticed());
}

TEST_CASE(
    "file_watch: a turn reads a bounded piece of what has happened, and the next ones the rest") {
  Scene scene;
  scene.look();
  for (int i = 0; i < 1'000; ++i) put(scene.root + "/conf/other" + std::to_string(i), "x");
  put(scene.file, "new");
  const int all = unread_events();
  REQUIRE(all > 32 * 1024);
  scene.loop.run_once();
  CHECK(unread_events() < all);
  CHECK(unread_events() >= all - 16 * 1024);
  CHECK(scene.noticed());
  CHECK(unread_events() == 0);
}

TEST_CASE("file_watch: many events are told once, and events without end not later than promised") {
  Scene scene;
  scene.look();
  const std::uint64_t begun = scene.loop.now_ns();
  while (scene.told == 0) {
    put(scene.file, "again");
    scene.loop.run_once();
    REQUIRE(scene.loop.now_ns() < begun + 3'000'000'000);
  }
  CHECK(scene.loop.now_ns() - begun >= FileWatch::kQuietMs * 1'000'000);
}

TEST_CASE("file_watch: places name the folder of each link on the way, and of the file") {
  Scene scene;
  fs::create_directory(scene.root + "/real");
  put(scene.root + "/real/x", "");
  fs::create_directory_symlink(scene.root + "/real", scene.root + "/link");
  fs::create_symlink("link/x", scene.root + "/name");
  const std::vector<Watched> places = places_of(scene.root + "/name");
  REQUIRE(places.size() == 3);
  CHECK(places[0] == Watched{scene.root, "name"});
  CHECK(places[1] == Watched{scene.root, "link"});
  CHECK(places[2] == Watched{scene.root + "/real", "x"});
}

TEST_CASE("file_watch: links in a circle have an end") {
  Scene scene;
  fs::create_symlink("b", scene.root + "/a");
  fs::create_symlink("a", scene.root + "/b");
  CHECK(places_of(scene.root + "/a").size() <= 41);
}
