// utf8.h - is this text UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing above 10FFFF)?
//
// Threads: any.   Tests: tests/unit/plugin/checks_test.cpp
#pragma once

#include <cstddef>

#include "core/base/bytes.h"

namespace aip {

// Bytes of the sequence at the front of a non-empty text; 0 if it is none.
[[nodiscard]] std::size_t utf8_sequence_length(Bytes text) noexcept;
[[nodiscard]] bool valid_utf8(Bytes text) noexcept;

}  // namespace aip
