// What every plugin of this build exports, by our reader and by binutils as a second witness.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>

#include "core/plugin/elf.h"
#include "tests/abi/files.h"

namespace {

std::string output_of(const std::string& command) {
  struct Close {
    void operator()(FILE* f) const { ::pclose(f); }
  };
  const std::unique_ptr<FILE, Close> pipe(::popen(command.c_str(), "r"));
  std::string out;
  std::array<char, 4096> piece;
  while (pipe && std::fgets(piece.data(), piece.size(), pipe.get()) != nullptr) out += piece.data();
  return out;
}

std::vector<std::string> plugins_of_this_build() {
  std::vector<std::string> out;
  for (const char* folder : {"/plugins", "/examples"}) {
    for (const auto& file : std::filesystem::directory_iterator(aip::test::build_dir() + folder)) {
      if (file.path().extension() == ".so") out.push_back(file.path().string());
    }
  }
  return out;
}

}  // namespace

TEST_CASE("symbols: every plugin exports its entry alone and has nothing that pins it") {
  const std::vector<std::string> plugins = plugins_of_this_build();
  REQUIRE(plugins.size() >= 2);
  for (const std::string& path : plugins) {
    CAPTURE(path);
    const std::string bytes = aip::test::read_file(path);
    const auto facts = aip::plugin::read_elf(bytes);
    REQUIRE(facts.ok());
    CHECK(facts->exports == std::vector<std::string>{"aip_plugin_entry_v0"});
    CHECK(facts->pinned_by == "");

    const std::string exported = output_of("nm -D --defined-only '" + path + "'");
    CHECK(std::count(exported.begin(), exported.end(), '\n') == 1);
    CHECK(exported.find(" T aip_plugin_entry_v0\n") != std::string::npos);
    CHECK(output_of("readelf -sW '" + path + "' | grep UNIQUE").empty());
    CHECK(output_of("readelf -dW '" + path + "' | grep -E 'RPATH|RUNPATH|TEXTREL'").empty());
  }
}
