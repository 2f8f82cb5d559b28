// quarantine.h - the plugin files that crashed the gateway too often to be run again.
//
// A value: the supervisor makes it (crash_book.h), a gateway process asks for it whenever it looks
// for plugins, and does not load what stands in it. A file is known by its SHA-256, so that a
// mended one under the same name is free at once.
// Tests: tests/unit/main/crash_book_test.cpp
#pragma once

#include <string>
#include <vector>

#include "core/plugin/instance.h"

namespace aip::main {

struct QuarantinedPlugin {
  std::string plugin;
  std::string sha256;  // empty: not known, so every file of that name is meant
  std::string reason;  // "3 crashes within 5 minutes, the last one SIGSEGV in begin"
};

using Quarantine = std::vector<QuarantinedPlugin>;

// nullptr: the file may be loaded.
[[nodiscard]] inline const QuarantinedPlugin* find_quarantined(const Quarantine& quarantine,
                                                               const plugin::FileInfo& file) {
  for (const QuarantinedPlugin& entry : quarantine) {
    if (entry.plugin != file.name) continue;
    if (entry.sha256.empty() || entry.sha256 == file.sha256) return &entry;
  }
  return nullptr;
}

}  // namespace aip::main
