// websocket_handshake.h - the upgrade to WebSocket as the client sees it (RFC 6455 4.1). No I/O.
//
// The client sends a key of 16 random bytes; only who speaks WebSocket knows the answer to it.
// No extension is ever offered: compression under a stranger's control costs memory and buys little
// for a stream of small texts.
// Threads: none.   Tests: tests/unit/http/websocket_handshake_test.cpp
#pragma once

#include <string>
#include <string_view>

#include "core/base/random.h"
#include "core/base/result.h"
#include "core/http/message.h"

namespace aip::http {

[[nodiscard]] std::string websocket_key(Random& random);
// What Sec-WebSocket-Accept must say to that key.
[[nodiscard]] std::string websocket_accept(std::string_view key);

// The fields of an upgrade: those of `fields` that do not belong to the handshake, then ours.
// Sec-WebSocket-Protocol is the caller's and stays.
[[nodiscard]] Headers websocket_fields(const Headers& fields, std::string_view key);

// Is this 101 the answer to our key? Errors: ProviderProtocol, in words of ours.
[[nodiscard]] Status check_websocket_answer(const ResponseHead& answer, std::string_view key,
                                            std::string_view asked_protocols);

}  // namespace aip::http
