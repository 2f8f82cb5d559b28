// elf.h - what a shared object says about itself, read from its bytes without running any of it.
//
// Only what the loader needs: is this an object of our kind, its note, its manifest, what it
// exports, and whether it could ever be unmapped. Every offset and size in the file is a stranger's
// word: each is checked against the file before it is followed.
// Threads: none.   Lifetime: views point into the file's bytes.
// Errors: GatewayPlugin, with words that tell an operator what to do.
// Tests: tests/unit/plugin/elf_test.cpp (every cut, many bit flips), tests/abi
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"

namespace aip::plugin {

struct ElfFacts {
  Bytes note;                        // .note.aiproxy; empty: none
  Bytes manifest;                    // .aiproxy.manifest; empty: none
  std::vector<std::string> exports;  // defined dynamic symbols
  // Reasons why it would stay mapped after its last use; empty: none known.
  std::string pinned_by;
};

[[nodiscard]] Result<ElfFacts> read_elf(Bytes file);

}  // namespace aip::plugin
