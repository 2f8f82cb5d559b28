// owner.h - which provider owns what a plugin claims (routes, model names): SPEC 4.
//
// The provider named like its plugin, else the one with `routes: true`, else the only one. A
// provider that nobody wrote down (automatic) gives way to a written one with `routes: true`.
// Two that are left are a configuration error.
// Tests: tests/unit/config/manifest_test.cpp
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "core/config/config.h"

namespace aip::config {

struct Ownership {
  std::optional<std::uint32_t> owner;     // a place in Config::providers
  std::vector<std::uint32_t> contenders;  // two or more, when nobody is the owner
};

[[nodiscard]] Ownership owner_of(const Config& config, std::string_view plugin);

}  // namespace aip::config
