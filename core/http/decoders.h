// decoders.h - cuts a body into events: SSE, lines of JSON, records with a delimiter.
//
// SSE grammar (WHATWG HTML 9.2):  event = *(field EOL) EOL ; EOL = CR / LF / CRLF, split anywhere.
// One BOM at the start is dropped; a comment line is an event of its own here (name ":"), because
// it shows that the upstream lives. Data lines join with LF. What stands at the end of the body
// without an empty line is an event too (flag last): Coze and some others leave the line out.
//
// All are pulled: next() takes from the front of `input` and returns an event or nothing.
// Memory: at most `event_bytes_max` is kept; an event that lies whole in one input is not copied.
// Errors: ProviderTooLarge, final.   Lifetime: views die at the next call.
// Tests: tests/unit/http/decoders_test.cpp, tests/fuzz/sse_fuzz.cpp
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "core/base/bytes.h"
#include "core/base/limits.h"
#include "core/base/result.h"

namespace aip::http {

struct Event {
  Bytes name;  // SSE: the event field; ":" for a comment; else empty
  Bytes data;
  Bytes raw;          // SSE: the event's bytes as they came, from its first line to its empty line
  bool last = false;  // the body ended without the terminator
};

class Decoder {
 public:
  virtual ~Decoder() = default;
  // One event, nothing (all input taken), or an error.
  virtual Result<std::optional<Event>> next(Bytes& input) = 0;
  // The body ended: the event that was still open, if any.
  virtual std::optional<Event> finish() = 0;
};

[[nodiscard]] std::unique_ptr<Decoder> make_sse_decoder(std::size_t event_bytes_max);
[[nodiscard]] std::unique_ptr<Decoder> make_ndjson_decoder(std::size_t event_bytes_max);
[[nodiscard]] std::unique_ptr<Decoder> make_delimiter_decoder(char delimiter,
                                                              std::size_t event_bytes_max);

}  // namespace aip::http
