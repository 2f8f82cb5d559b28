#include "core/plugin/elf.h"

#include <doctest/doctest.h>
#include <elf.h>

#include <cstring>
#include <memory>

#include "core/base/random.h"
#include "tests/abi/files.h"

using aip::plugin::read_elf;

namespace {

// Reads exactly these bytes from a block of exactly that size, so that a sanitizer sees any step
// past the end.
bool readable(std::string_view bytes) {
  const auto exact = std::make_unique<char[]>(bytes.size());
  if (!bytes.empty()) std::memcpy(exact.get(), bytes.data(), bytes.size());
  const auto facts = read_elf({exact.get(), bytes.size()});
  if (!facts) CHECK_FALSE(facts.error().detail.empty());
  return facts.ok();
}

Elf64_Ehdr header_of(std::string_view file) {
  Elf64_Ehdr header;
  std::memcpy(&header, file.data(), sizeof header);
  return header;
}

}  // namespace

TEST_CASE("elf: a good plugin is read: note, manifest, one export") {
  const std::string good = aip::test::good_plugin();
  const auto facts = read_elf(good);
  REQUIRE(facts.ok());
  CHECK(facts->note.size() == 36);
  CHECK(facts->manifest.find("\"echo-c\"") != aip::Bytes::npos);
  CHECK(facts->exports.size() == 1);
}

TEST_CASE("elf: a file cut anywhere is refused with words and never read past its end") {
  const std::string good = aip::test::good_plugin();
  int accepted = 0;
  for (std::size_t size = 0; size < good.size(); size += size < 512 ? 1 : 7) {
    if (readable(std::string_view(good).substr(0, size))) ++accepted;
  }
  CHECK(accepted == 0);
}

TEST_CASE("elf: every byte of the header and of the section table may lie") {
  const std::string good = aip::test::good_plugin();
  const Elf64_Ehdr header = header_of(good);
  const auto try_at = [&](std::size_t at) {
    std::string broken = good;
    for (const int value : {0, 1, 0x7f, 0x80, 0xff}) {
      broken[at] = static_cast<char>(value);
      readable(broken);
    }
  };
  for (std::size_t at = 0; at < sizeof header; ++at) try_at(at);
  for (std::size_t at = header.e_shoff; at < good.size(); ++at) try_at(at);
}

TEST_CASE("elf: random damage is survived") {
  const std::string good = aip::test::good_plugin();
  const Elf64_Ehdr header = header_of(good);
  aip::SeededRandom random(20241124);
  for (int round = 0; round < 3000; ++round) {
    std::string broken = good;
    for (std::uint32_t n = 1 + random.below(8); n > 0; --n) {
      // Half of the damage where the numbers are that are followed.
      const bool table = random.below(2) == 0;
      const std::size_t begin = table ? header.e_shoff : 0;
      const std::size_t at =
          begin + random.below(static_cast<std::uint32_t>(broken.size() - begin));
      broken[at] = static_cast<char>(random.below(256));
    }
    readable(broken);
  }
}

TEST_CASE("elf: thread-local storage, unique symbols and nodelete are told as what pins a file") {
  // The test program itself: an ELF file with thread-local storage and no note.
  const std::string self = aip::test::read_file("/proc/self/exe");
  const auto facts = read_elf(self);
  REQUIRE(facts.ok());
  CHECK(facts->pinned_by != "");
  CHECK(facts->note.empty());
}
