// sha256.h - SHA-256 (FIPS 180-4), for names of files and for virtual keys at rest.
//
// OpenSSL's, behind two functions, so that floors below core/tls need not know it.   Threads: any.
// Tests: tests/unit/base/sha256_test.cpp
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "core/base/bytes.h"

namespace aip {

[[nodiscard]] std::array<std::uint8_t, 32> sha256(Bytes bytes) noexcept;
// In lower-case hex.
[[nodiscard]] std::string sha256_hex(Bytes bytes);

}  // namespace aip
