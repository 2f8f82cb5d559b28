#include <aiproxy/note.h>
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

#include "core/base/json.h"
#include "core/base/limits.h"
#include "core/base/sha256.h"
#include "core/config/manifest.h"
#include "core/plugin/elf.h"
#include "core/plugin/fd.h"
#include "core/plugin/plugin_file.h"
#include "core/plugin/refuse.h"

namespace aip::plugin {
namespace {

constexpr std::string_view kEntry = "aip_plugin_entry_v0";
constexpr std::string_view kAnyEntry = "aip_plugin_entry_v";
constexpr std::size_t kNameBytesMax = 64;

Result<Fd> open_file(const std::string& path) {
  // NONBLOCK, so that a named pipe in the folder cannot hang the gateway.
  Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (fd.valid()) return fd;
  if (errno == ELOOP) return refuse("it is a symbolic link: put the file itself into the folder");
  return refuse(std::string("it cannot be opened: ") + std::strerror(errno));
}

Status check_owner(const struct stat& info) {
  if (!S_ISREG(info.st_mode)) return refuse("it is not a regular file");
  if ((info.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return refuse("others than its owner may write to it: chmod go-w");
  }
  if (info.st_uid != 0 && info.st_uid != ::geteuid()) {
    return refuse("it belongs to user " + std::to_string(info.st_uid) +
                  ", who is neither root nor the gateway's user: chown it");
  }
  if (static_cast<std::uint64_t>(info.st_size) > limits::kPluginFileBytesMax) {
    return refuse("it is larger than " + std::to_string(limits::kPluginFileBytesMax) + " bytes");
  }
  return {};
}

// `size` is what the file system says; room for it at once spares the copies of a growing string.
Result<std::string> read_all(const Fd& fd, std::size_t size) {
  std::string bytes;
  bytes.reserve(size);
  char piece[64 * 1024];
  for (;;) {
    const ssize_t got = ::read(fd.get(), piece, sizeof piece);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return refuse(std::string("it cannot be read: ") + std::strerror(errno));
    if (got == 0) return bytes;
    bytes.append(piece, static_cast<std::size_t>(got));
    if (bytes.size() > limits::kPluginFileBytesMax) return refuse("it grew while it was read");
  }
}

std::string version_text(std::uint32_t major, std::uint32_t minor) {
  return std::to_string(major) + "." + std::to_string(minor);
}

Status read_note(Bytes bytes, FileInfo& info) {
  if (bytes.empty()) {
    return refuse("it has no aiproxy note: it is a shared object, but not a plugin");
  }
  aip_note note;
  if (bytes.size() < sizeof note) return refuse("its aiproxy note is malformed");
  std::memcpy(&note, bytes.data(), sizeof note);
  if (note.name_size != sizeof note.name || std::memcmp(note.name, "aiproxy", 8) != 0 ||
      note.desc_size < 16 || note.type != 1 || note.magic != AIP_MAGIC) {
    return refuse("its aiproxy note is malformed");
  }
  info.abi_major = note.abi_major;
  info.abi_minor = note.abi_minor;
  info.min_host_minor = note.min_host_minor;
  // Version 0 is not frozen, so both numbers must agree (abi.h).
  if (note.abi_major != AIP_ABI_MAJOR || note.abi_minor != AIP_ABI_MINOR) {
    return refuse("it is built for plugin interface " +
                  version_text(note.abi_major, note.abi_minor) + "; this gateway speaks " +
                  version_text(AIP_ABI_MAJOR, AIP_ABI_MINOR) + ": rebuild it");
  }
  if (note.min_host_minor > AIP_ABI_MINOR) {
    return refuse("it needs a gateway of at least interface " +
                  version_text(note.abi_major, note.min_host_minor) + "; this one speaks " +
                  version_text(AIP_ABI_MAJOR, AIP_ABI_MINOR));
  }
  return {};
}

Status check_exports(const std::vector<std::string>& exports) {
  if (std::find(exports.begin(), exports.end(), kEntry) != exports.end()) return {};
  for (const std::string& name : exports) {
    if (name.starts_with(kAnyEntry)) {
      return refuse("its entry is " + name + "; this gateway looks for " + std::string(kEntry));
    }
  }
  return refuse("it does not export " + std::string(kEntry) + "()");
}

// The name becomes part of file names, log lines and metrics.
bool good_name(std::string_view name) noexcept {
  const auto good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  };
  return !name.empty() && name.size() <= kNameBytesMax &&
         std::all_of(name.begin(), name.end(), good);
}

Status read_manifest(Bytes text, FileInfo& info) {
  if (text.empty()) return refuse("it has no manifest (ELF section .aiproxy.manifest)");
  // Some tools end a section's text with a NUL.
  if (text.back() == '\0') text.remove_suffix(1);
  Result<config::Manifest> manifest = config::parse_manifest(text);
  if (!manifest) return refuse("its " + manifest.error().detail);
  if (const auto twice = json::duplicate_member(json::Value(text))) {
    return refuse("its manifest has the member \"" + *twice + "\" twice");
  }
  info.name = std::move(manifest->name);
  info.version = std::move(manifest->version);
  if (!good_name(info.name)) {
    return refuse("its manifest needs a \"name\" of lower-case letters, digits, '-' and '_'");
  }
  if (info.version.empty()) return refuse("its manifest needs a \"version\"");
  info.manifest = std::string(text);
  return {};
}

}  // namespace

Result<PluginFile> read_plugin_file(const std::string& path) {
  Result<Fd> fd = open_file(path);
  if (!fd) return std::move(fd).error();
  struct stat stat_of_file {};
  if (::fstat(fd->get(), &stat_of_file) != 0) return refuse("it cannot be examined");
  if (Status owner = check_owner(stat_of_file); !owner) return std::move(owner).error();
  Result<std::string> bytes = read_all(*fd, static_cast<std::size_t>(stat_of_file.st_size));
  if (!bytes) return std::move(bytes).error();

  PluginFile file;
  file.bytes = std::move(*bytes);
  file.info.path = path;
  Result<ElfFacts> facts = read_elf(file.bytes);
  if (!facts) return std::move(facts).error();
  if (Status note = read_note(facts->note, file.info); !note) return std::move(note).error();
  if (Status entry = check_exports(facts->exports); !entry) return std::move(entry).error();
  if (Status text = read_manifest(facts->manifest, file.info); !text) {
    return std::move(text).error();
  }
  file.info.sha256 = sha256_hex(file.bytes);
  file.pinned_by = std::move(facts->pinned_by);
  return file;
}

Result<FileInfo> inspect(const std::string& path) {
  Result<PluginFile> file = read_plugin_file(path);
  if (!file) return std::move(file).error();
  return std::move(file->info);
}

namespace {

struct CloseDir {
  void operator()(DIR* dir) const noexcept { ::closedir(dir); }
};

// Names of the *.so files; a leading dot marks a file that is still being written.
Result<std::vector<std::string>> plugin_names(const std::string& folder) {
  const std::unique_ptr<DIR, CloseDir> dir(::opendir(folder.c_str()));
  if (!dir) return refuse(std::string("the folder cannot be read: ") + std::strerror(errno));
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(dir.get())) {
    const std::string_view name = entry->d_name;
    if (name.ends_with(".so") && !name.starts_with('.')) names.emplace_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

Scan scan(const std::vector<std::string>& folders) {
  Scan out;
  for (const std::string& folder : folders) {
    Result<std::vector<std::string>> names = plugin_names(folder);
    if (!names) {
      out.refused.push_back({folder, names.error().detail});
      continue;
    }
    for (const std::string& name : *names) {
      const std::string path = folder + "/" + name;
      Result<FileInfo> info = inspect(path);
      if (!info) {
        out.refused.push_back({path, info.error().detail});
        continue;
      }
      const auto same = std::find_if(out.plugins.begin(), out.plugins.end(),
                                     [&](const FileInfo& p) { return p.name == info->name; });
      if (same == out.plugins.end()) {
        out.plugins.push_back(std::move(*info));
      } else {
        out.refused.push_back(
            {path, "the plugin \"" + info->name + "\" is " + same->path + " already"});
      }
    }
  }
  return out;
}

}  // namespace aip::plugin
