// changes.h - what differs between two configurations, in words for the operator.
//
// "provider deepseek: added", "key team-a: removed", "plugin mock: replaced (version 1.0 -> 1.1)".
// A secret is never told, only that it changed. What this process cannot change while it runs is
// told as "needs a restart: admin.address".
// Threads: none.   Tests: tests/unit/main/changes_test.cpp
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "core/main/draft.h"

namespace aip::main {

struct Told {
  const config::Config& config;
  std::span<const PluginChoice> plugins;
  const std::map<std::string, Seen::File>& files;  // for certificates that changed in place
};

[[nodiscard]] std::vector<std::string> changes_between(const Told& before, const Told& after);

}  // namespace aip::main
