// provider.h - one provider's section: judged by its plugin's schema, its secrets taken out.
//
// What the plugin gets as `section` holds no secret: those of the manifest's credential kinds
// become Credentials, and every other value that its schema marks `writeOnly` is left out. The
// core's own keys are left out too, but for base_url. Tests:
// tests/unit/config/{manifest,load}_test.cpp
#pragma once

#include <string>

#include "core/config/config.h"
#include "core/config/manifest.h"
#include "core/config/shape.h"

namespace aip::config {

struct SectionPlace {
  std::string path;  // "providers.openai"
  Mark key;
};

// Faults are told to `out`; the Provider is then of no use. `proxy_url` is the whole file's.
[[nodiscard]] Provider read_provider(const std::string& name, const Manifest& manifest,
                                     const Node& section, const SectionPlace& place,
                                     const ShapeRules& rules, Diagnostics& out);

// Would this plugin work without any configuration?
[[nodiscard]] bool accepts_empty_section(const Manifest& manifest);

}  // namespace aip::config
