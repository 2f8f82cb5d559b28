// base64.h - bytes as text in the standard alphabet, padded (RFC 4648 4).
//
// Threads: any.   Tests: tests/unit/base/base64_test.cpp
#pragma once

#include <string>

#include "core/base/bytes.h"

namespace aip {

[[nodiscard]] std::string base64(Bytes bytes);

}  // namespace aip
