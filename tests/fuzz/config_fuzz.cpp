// Any bytes as a configuration: taken or refused, never worse, and no canary in what is told.
#include <cstdint>
#include <cstdlib>

#include "core/config/yaml.h"
#include "tests/unit/config/support.h"

using namespace aip::config;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::vector<PluginClaims> claims = test::claims();
  test::World world;
  world.variables = {{"A", "fuzzcanary-1"}, {"B", ""}};
  world.files = {{"s", "fuzzcanary-2"},
                 {"f", std::string(reinterpret_cast<const char*>(data), size)}};
  const bool has_canary = world.files["f"].find("fuzzcanary") != std::string::npos;
  const Loaded loaded = load("f", claims, world);
  if ((loaded.config == nullptr) != !loaded.errors.empty()) std::abort();
  if (has_canary) return 0;
  // What a reference held may stand in the configuration, but in no error.
  if (test::all_texts(loaded.errors).find("fuzzcanary") != std::string::npos) std::abort();
  if (loaded.config) (void)redacted_json(*loaded.config);
  return 0;
}
