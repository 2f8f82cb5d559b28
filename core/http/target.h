// target.h - rule R3 about request targets: origin-form, plain RFC 3986 bytes, and nothing that two
// readers could resolve to two places.
#pragma once

#include "core/base/bytes.h"
#include "core/http/fault.h"

namespace aip::http {

// "/path?query". Refused: '#', a leading "//", dot segments (raw or encoded), and %00 %0a %0d, and
// in the path %2f %5c. The query may hold encoded slashes: URLs travel there.
Fault judge_target(Bytes target) noexcept;

// Does a segment of the path say "." or "..", with dots raw or as %2e?
[[nodiscard]] bool has_dot_segment(Bytes path) noexcept;

}  // namespace aip::http
