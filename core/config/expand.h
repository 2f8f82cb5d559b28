// expand.h - replaces ${VAR}, ${VAR:-default}, ${file:PATH} and $$ in every value of a tree.
//
// Values only, never keys, and after parsing: what a variable holds is always one text and cannot
// change the file's structure. A value is not expanded twice. PATH is relative to the folder of the
// configuration; line ends at the file's end are dropped. As in a shell, the default also stands in
// for an empty variable. The replaced text is remembered as Node::written, so that errors show the
// reference and never what it held.
// Tests: tests/unit/config/expand_test.cpp
#pragma once

#include "core/config/diagnostic.h"
#include "core/config/environment.h"
#include "core/config/yaml.h"

namespace aip::config {

inline constexpr std::size_t kSecretFileBytesMax = 64 * 1024;
// All expanded values together: a small file must not become a large configuration.
inline constexpr std::size_t kExpandedBytesMax = 4 * 1024 * 1024;

void expand(Node& root, const Environment& environment, const std::string& folder,
            Diagnostics& out);

}  // namespace aip::config
