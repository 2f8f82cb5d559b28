// meaning.h - what only the whole configuration can show: names that lead nowhere, claims that
// collide, doors that stand open.
//
// It runs over a configuration with faults as well, so that all are told at once: a value that was
// refused stands at its default or is empty, and what is empty is not judged again.
// Tests: tests/unit/config/bad_config_test.cpp
#pragma once

#include <span>

#include "core/config/config.h"
#include "core/config/environment.h"
#include "core/config/manifest.h"
#include "core/config/yaml.h"

namespace aip::config {

// `root` gives the places of errors; a Null where there is no file.
void check_meaning(const Config& config, std::span<const Manifest> manifests, const Node& root,
                   const Environment& environment, Diagnostics& out);

}  // namespace aip::config
