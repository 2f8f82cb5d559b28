// Any bytes as a plugin file: refused with words, or read within their bounds.
#include "core/plugin/elf.h"

#include "core/base/check.h"
#include "tests/fuzz/fuzz.h"

using namespace aip;

namespace {

bool inside(Bytes part, Bytes file) {
  return part.empty() ||
         (part.data() >= file.data() && part.data() + part.size() <= file.data() + file.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const test::Fenced fenced({reinterpret_cast<const char*>(data), size});
  const Result<plugin::ElfFacts> facts = plugin::read_elf(fenced.view());
  if (facts) {
    AIP_CHECK(inside(facts->note, fenced.view()));
    AIP_CHECK(inside(facts->manifest, fenced.view()));
  } else {
    AIP_CHECK(!facts.error().detail.empty());
  }
  return 0;
}
