// descriptors.h - how many file descriptors this process has, for tests that look for leaks.
#pragma once

#include <cstddef>
#include <filesystem>
#include <iterator>

namespace aip::test {

[[nodiscard]] inline std::size_t open_descriptors() {
  const std::filesystem::directory_iterator open("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(open), end(open)));
}

}  // namespace aip::test
