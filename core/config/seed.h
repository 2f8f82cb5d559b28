// seed.h - the seed's configuration file (c.yaml), turned into the native shape.
//
//   port, https_info             -> listen[0], open, any Host, with a loud warning (meaning.h)
//   proxy_url                    -> proxy_url
//   openai, google_gemini, ...   -> providers.<plugin>, for the plugin whose manifest names the
//                                   section (seed.section)
//   arkose, hars_path            -> into the section of the plugin that lists them (seed.keys)
// What no installed plugin wants gives a warning; unknown keys inside a section too, since the seed
// ignores them. Places stay those of the file, and paths in messages read as the file does.
// Tests: tests/unit/config/seed_test.cpp
#pragma once

#include <span>

#include "core/config/manifest.h"
#include "core/config/yaml.h"

namespace aip::config {

// Does the file have a key that only the seed's shape knows?
[[nodiscard]] bool is_seed_shape(const Node& root) noexcept;

// Keys of both shapes in one file are an error.
[[nodiscard]] Node seed_to_native(Node root, std::span<const Manifest> manifests, Diagnostics& out);

}  // namespace aip::config
