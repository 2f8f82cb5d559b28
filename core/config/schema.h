// schema.h - the JSON Schema of the configuration: the core's keys and the plugins' sections.
//
// The core's schema is the one description of its keys: it is what files are judged by, what
// `aiproxy schema` prints for editors, and what the reference (docs/config.md) is checked against.
// A provider's section is the plugin's schema plus the keys that every section has
// ("definitions/provider"); where both name a key, the core's description counts.
// Tests: tests/unit/config/{check,example}_test.cpp
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "core/config/config.h"
#include "core/config/manifest.h"

namespace aip::config {

// Draft 7, without the plugins' sections.
[[nodiscard]] std::string_view core_schema() noexcept;

// The schema of one provider's section: a whole schema text of its own.
[[nodiscard]] std::string section_schema(const Manifest& manifest);

// The whole file, as an editor wants it.
[[nodiscard]] std::string schema_json(std::span<const Manifest> manifests);

}  // namespace aip::config
