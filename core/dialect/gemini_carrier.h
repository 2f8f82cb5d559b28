// gemini_carrier.h - another provider's signed reasoning, in the clothes of a thoughtSignature.
//
// Gemini's clients keep the signature of a part and send it back with that part; thoughts they may
// show and forget. A provider that signs its reasoning (Anthropic) wants text and signature back
// together, so both travel inside the signature:
//
//   base64("aiproxy:thinking:" + [blocks of `thinking_blocks` as canonical chat writes them])
//
// A signature without that mark is Google's own and means nothing to anybody else.
// Errors: what a client sends is not trusted; anything but a list of well-formed blocks is nothing.
// Tests: tests/unit/dialect/gemini_carrier_test.cpp
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace aip::dialect {

// `blocks`: JSON objects with commas between them.
void append_carrier(std::string_view blocks, std::string& out);
// The blocks, as they were given; nothing if the signature is not ours.
[[nodiscard]] std::optional<std::string> read_carrier(std::string_view signature);

// Both alphabets are taken, with or without padding.
[[nodiscard]] std::optional<std::string> decode_base64(std::string_view text);

}  // namespace aip::dialect
