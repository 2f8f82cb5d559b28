#include "core/net/file_watch.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "core/base/units.h"
#include "core/net/uv_handle.h"

namespace aip::net {
namespace {

constexpr int kLinksMax = 40;  // as the kernel's own

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

struct FileWatch::Folder {
  FileWatch* watch = nullptr;
  std::string path;
  std::vector<std::string> names;
  Handle<uv_fs_event_t> handle;
};

FileWatch::FileWatch(Loop& loop, Owner& owner) : loop_(loop), owner_(owner), alarm_(loop, *this) {
  alarm_.set(loop_.now_ns() + kPollMs * kMs);
}

FileWatch::~FileWatch() = default;

void FileWatch::watch(const std::vector<Watched>& places) {
  // The new ones first, so that nothing is missed in between.
  std::vector<std::unique_ptr<Folder>> folders;
  for (const Watched& asked : places) {
    const Watched place = nearest(asked);
    const auto same = std::find_if(folders.begin(), folders.end(), [&](const auto& folder) {
      return folder->path == place.folder;
    });
    if (same != folders.end()) {
      (*same)->names.push_back(place.name);
      continue;
    }
    auto folder = std::make_unique<Folder>();
    folder->watch = this;
    folder->path = place.folder;
    folder->names = {place.name, name_of(place.folder)};  // its own name: it was moved or removed
    folder->handle.reset(std::make_unique<uv_fs_event_t>().release());
    must(uv_fs_event_init(loop_.uv(), folder->handle.get()));
    folder->handle->data = folder.get();
    // A folder that cannot be watched is looked at by the poll alone.
    (void)uv_fs_event_start(
        folder->handle.get(),
        [](uv_fs_event_t* handle, const char* name, int, int) noexcept {
          if (handle->data == nullptr) return;
          const auto& told = *static_cast<Folder*>(handle->data);
          told.watch->on_event(told, name != nullptr ? name : "");
        },
        folder->path.c_str(), 0);
    folders.push_back(std::move(folder));
  }
  folders_ = std::move(folders);
}

void FileWatch::on_event(const Folder& folder, std::string_view name) noexcept {
  const bool wanted =
      name.empty() || std::any_of(folder.names.begin(), folder.names.end(),
                                  [name](const std::string& one) { return matches(one, name); });
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
