#include "core/net/file_watch.h"

#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "core/base/units.h"
#include "core/net/uv_handle.h"

namespace aip::net {
namespace {

constexpr int kLinksMax = 40;  // as the kernel's own
// Without IN_MODIFY: see the essay.
constexpr std::uint32_t kEvents = IN_ATTRIB | IN_CLOSE_WRITE | IN_CREATE | IN_DELETE |
                                  IN_DELETE_SELF | IN_MOVE_SELF | IN_MOVED_FROM | IN_MOVED_TO;

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string name_of(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

// Where a link leads; empty if it is none.
std::string link_target(const std::string& path) {
  std::array<char, 4096> target{};
  const ssize_t n = ::readlink(path.c_str(), target.data(), target.size());
  return n > 0 ? std::string(target.data(), static_cast<std::size_t>(n)) : std::string();
}

bool is_folder(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

// The folder, or the nearest one above it that is there, with the name below that leads to it.
Watched nearest(Watched place) {
  while (!is_folder(place.folder) && place.folder != "/" && place.folder != ".") {
    place.name = name_of(place.folder);
    place.folder = folder_of(place.folder);
  }
  return place;
}

bool matches(const std::string& wanted, std::string_view name) {
  if (!wanted.starts_with('*')) return wanted == name;
  return name.ends_with(std::string_view(wanted).substr(1)) && !name.starts_with('.');
}

}  // namespace

// Name by name along the path; at a link, on from where it leads.
std::vector<Watched> places_of(const std::string& path) {
  std::vector<Watched> out;
  std::string done = path.starts_with('/') ? "/" : "";
  std::string rest = path;
  int links = 0;
  while (!rest.empty()) {
    const std::size_t end = rest.find('/');
    const std::string name = rest.substr(0, end);
    rest = end == std::string::npos ? std::string() : rest.substr(end + 1);
    if (name.empty() || name == ".") continue;
    const std::string here = done.empty() || done == "/" ? done + name : done + "/" + name;
    const std::string target = link_target(here);
    if (target.empty()) {
      if (rest.empty()) out.push_back({folder_of(here), name});
      done = here;
      continue;
    }
    out.push_back({folder_of(here), name});
    if (++links > kLinksMax) return out;
    rest = rest.empty() ? target : target + "/" + rest;
    if (target.starts_with('/')) done = "/";
  }
  return out;
}

// A folder, by its number in the kernel, and the names in it that matter.
struct FileWatch::Folder {
  int number = -1;
  std::vector<std::string> names;
};

// What tells of changes. A kernel that gives none (too many are open) leaves the poll alone.
struct FileWatch::Inotify {
  Inotify(Loop& loop, FileWatch& watch) : fd(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {
    if (fd < 0) return;
    poll.reset(std::make_unique<uv_poll_t>().release());
    must(uv_poll_init(loop.uv(), poll.get(), fd));
    poll->data = &watch;
    must(uv_poll_start(poll.get(), UV_READABLE, [](uv_poll_t* handle, int, int) noexcept {
      static_cast<FileWatch*>(handle->data)->read_events();
    }));
  }
  ~Inotify() {
    poll.reset();  // stops watching at once, so the descriptor may be closed
    if (fd >= 0) ::close(fd);
  }
  Inotify(const Inotify&) = delete;
  Inotify& operator=(const Inotify&) = delete;

  const int fd;
  Handle<uv_poll_t> poll;
};

FileWatch::FileWatch(Loop& loop, Owner& owner)
    : loop_(loop),
      owner_(owner),
      alarm_(loop, *this),
      inotify_(std::make_unique<Inotify>(loop, *this)) {
  alarm_.set(loop_.now_ns() + kPollMs * kMs);
}

FileWatch::~FileWatch() = default;

void FileWatch::watch(const std::vector<Watched>& places) {
  // A folder that was watched keeps its number, so nothing is missed in between.
  std::vector<Folder> folders;
  const auto with_number = [](std::vector<Folder>& in, int number) {
    return std::find_if(in.begin(), in.end(), [&](const Folder& f) { return f.number == number; });
  };
  for (const Watched& asked : places) {
    Watched place = nearest(asked);
    const int number =
        ::inotify_add_watch(inotify_->fd, place.folder.c_str(), kEvents | IN_ONLYDIR);
    if (number < 0) continue;  // looked at by the poll alone
    const auto same = with_number(folders, number);
    if (same == folders.end()) {
      folders.push_back({number, {std::move(place.name)}});
    } else {
      same->names.push_back(std::move(place.name));
    }
  }
  for (const Folder& old : folders_) {
    if (with_number(folders, old.number) == folders.end()) {
      (void)::inotify_rm_watch(inotify_->fd, old.number);  // it may have gone with its folder
    }
  }
  folders_ = std::move(folders);
}

// One read a turn: who changes files as fast as they are read here holds up nothing else.
void FileWatch::read_events() noexcept {
  alignas(inotify_event) std::array<char, 16 * 1024> buffer;
  const ssize_t n = ::read(inotify_->fd, buffer.data(), buffer.size());
  for (std::size_t at = 0; n > 0 && at < static_cast<std::size_t>(n);) {
    inotify_event event;
    std::memcpy(&event, buffer.data() + at, sizeof event);
    at += sizeof event;
    on_event(event.wd, event.len > 0 ? buffer.data() + at : "");
    at += event.len;
  }
}

// Without a name it tells of the folder itself; without a folder, of events that were lost.
void FileWatch::on_event(int number, std::string_view name) noexcept {
  const bool wanted =
      number < 0 || std::any_of(folders_.begin(), folders_.end(), [&](const Folder& folder) {
        const auto meant = [name](const std::string& one) { return matches(one, name); };
        return folder.number == number &&
               (name.empty() || std::any_of(folder.names.begin(), folder.names.end(), meant));
      });
  if (!wanted) return;
  event_ = true;
  loop_.wake(*this);
}

void FileWatch::advance() noexcept {
  const std::uint64_t now = loop_.now_ns();
  const bool fired = alarm_.take_fired();
  if (event_ && !fired) {
    event_ = false;
    if (first_event_ns_ == 0) first_event_ns_ = now;
    alarm_.set(std::min(now + kQuietMs * kMs, first_event_ns_ + kWaitMsMax * kMs));
    return;
  }
  if (!fired) return;
  event_ = false;
  first_event_ns_ = 0;
  alarm_.set(now + kPollMs * kMs);
  owner_.on_files_changed();
}

}  // namespace aip::net
