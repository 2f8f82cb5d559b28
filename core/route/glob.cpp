#include <cstring>

#include "core/route/route.h"

namespace aip::route {
namespace {

// The first place of `needle`; glibc's memmem is linear whatever the two hold.
const char* search(std::string_view text, std::string_view needle) {
  return static_cast<const char*>(::memmem(text.data(), text.size(), needle.data(), needle.size()));
}

}  // namespace

// What stands between two stars is taken at its first place: a later one could only leave less
// room. So every byte is looked at once, and no pattern can make this slow.
bool glob_matches(std::string_view glob, std::string_view text) noexcept {
  const std::size_t first_star = glob.find('*');
  if (first_star == std::string_view::npos) return glob == text;
  const std::string_view head = glob.substr(0, first_star);
  const std::string_view tail = glob.substr(glob.rfind('*') + 1);
  if (text.size() < head.size() + tail.size()) return false;
  if (!text.starts_with(head) || !text.ends_with(tail)) return false;
  text = text.substr(head.size(), text.size() - head.size() - tail.size());
  glob = glob.substr(first_star, glob.size() - head.size() - tail.size());
  while (!glob.empty()) {
    glob.remove_prefix(1);  // the star
    const std::string_view part = glob.substr(0, glob.find('*'));
    glob.remove_prefix(part.size());
    if (part.empty()) continue;
    const char* at = search(text, part);
    if (at == nullptr) return false;
    text.remove_prefix(static_cast<std::size_t>(at - text.data()) + part.size());
  }
  return true;
}

}  // namespace aip::route
