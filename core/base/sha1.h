// sha1.h - SHA-1 (FIPS 180-4), for the WebSocket handshake alone (RFC 6455 4.2.2).
//
// It proves nothing about who answers; the handshake asks for it so that a server that does not
// speak WebSocket cannot be made to look as if it did. For everything else: sha256.h.
// Threads: any.   Tests: tests/unit/base/base64_test.cpp
#pragma once

#include <array>
#include <cstdint>

#include "core/base/bytes.h"

namespace aip {

[[nodiscard]] std::array<std::uint8_t, 20> sha1(Bytes bytes) noexcept;

}  // namespace aip
