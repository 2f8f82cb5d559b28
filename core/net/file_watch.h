// file_watch.h - tells when files may have changed, whichever way somebody changes files.
//
// Editors rename over the old file, Kubernetes flips a link to another folder, `cp` writes in
// place, mv replaces the folder itself. So what is watched is folders, never files: the one that
// each name stands in, and those of all links on the way to it. An event is only a hint: it says
// that it is worth looking, and whoever looks compares content. A folder that is not there yet is
// waited for in the nearest one above it that is.
//
// A file that is written is looked at when it is closed, not at every write: what is half written
// is not worth it, and a log that grows beside the configuration tells nothing. What the kernel
// tells is read in bounded pieces, one a turn of the loop (libuv's own watch reads on until there
// is nothing left, which a busy writer can put off for ever).
//
// The owner is told kQuietMs after the last event, at most kWaitMsMax after the first one, and
// every kPollMs in any case: network file systems send no events, and the watched may be full. It
// then looks, and calls watch() again, because links may lead elsewhere now.
// Threads: the loop's.   Tests: tests/unit/net/file_watch_test.cpp
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/net/loop.h"

namespace aip::net {

// A name in a folder; "*.so" stands for all that end so and do not begin with a dot.
struct Watched {
  std::string folder, name;
  friend bool operator==(const Watched&, const Watched&) = default;
};

// Where a change of what `path` leads to can be seen: the file's own place, and each link's.
[[nodiscard]] std::vector<Watched> places_of(const std::string& path);

class FileWatch final : private Wakeable {
 public:
  static constexpr std::uint64_t kQuietMs = 100;
  static constexpr std::uint64_t kWaitMsMax = 500;
  static constexpr std::uint64_t kPollMs = 5'000;

  class Owner {
   public:
    virtual void on_files_changed() noexcept = 0;

   protected:
    ~Owner() = default;
  };

  FileWatch(Loop& loop, Owner& owner);
  ~FileWatch() override;
  FileWatch(const FileWatch&) = delete;
  FileWatch& operator=(const FileWatch&) = delete;

  // In the place of what was watched before.
  void watch(const std::vector<Watched>& places);

 private:
  struct Folder;
  struct Inotify;

  void advance() noexcept override;
  void read_events() noexcept;
  void on_event(int number, std::string_view name) noexcept;

  Loop& loop_;
  Owner& owner_;
  Alarm alarm_;
  bool event_ = false;
  std::uint64_t first_event_ns_ = 0;  // 0: none since the owner was told
  std::unique_ptr<Inotify> inotify_;
  std::vector<Folder> folders_;
};

}  // namespace aip::net
