#include "core/plugin/arena.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <cstring>

using aip::plugin::Arena;

TEST_CASE("arena: pieces are aligned, apart from each other and writable") {
  Arena arena(1024 * 1024);
  char* before = nullptr;
  for (std::size_t n = 0; n < 300; ++n) {
    char* piece = static_cast<char*>(arena.allocate(n));
    REQUIRE(piece != nullptr);
    CHECK(reinterpret_cast<std::uintptr_t>(piece) % alignof(std::max_align_t) == 0);
    CHECK(piece != before);
    if (n > 0) std::memset(piece, 0x5a, n);
    before = piece;
  }
}

TEST_CASE("arena: the limit holds: one below, at and one above") {
  constexpr std::size_t kMost = 8192;
  CHECK(Arena(kMost).allocate(kMost - 1) != nullptr);
  CHECK(Arena(kMost).allocate(kMost) != nullptr);
  CHECK(Arena(kMost).allocate(kMost + 1) == nullptr);
  CHECK(Arena(kMost).allocate(SIZE_MAX) == nullptr);
  Arena arena(kMost);
  std::size_t pieces = 0;
  while (arena.allocate(16) != nullptr) ++pieces;
  CHECK(pieces == kMost / 16);
  CHECK(arena.used() == kMost);
  arena.clear();
  CHECK(arena.allocate(kMost) != nullptr);
}
