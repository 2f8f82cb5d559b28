// decoders.h - cuts a body into events: SSE, lines of JSON, records with a delimiter.
//
// SSE grammar (WHATWG HTML 9.2):  event = *(field EOL) EOL ; EOL = CR / LF / CRLF, split anywhere.
// One BOM at the start is dropped. What stands at the end of the body without an empty line is an
// event too (flag last): Coze and some others leave the line out. Fields other than event and
// data are skipped. A comment line between two events is an event of its own (name ":"), told at
// once, because it shows that the upstream lives; so is an empty line that ends no data. So the raw
// bytes of all events add up to the stream, and forwarding them changes nothing.
//
// All are pulled: next() takes from the front of `input` and returns an event or nothing. The work
// is linear in the input, however it is cut and however long its lines are.
// Memory: at most `event_bytes_max` is kept, twice if an event has several data lines; an event
// that lies whole in one input is not copied (its data is, when it has several lines).
// Errors: ProviderTooLarge, final; an event may have exactly event_bytes_max bytes, line ends
// included.   Lifetime: views point into `input` or the decoder, and die at the next call.
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
  Bytes name{};  // SSE: the event field; ":" for what has no data; else empty
  Bytes data{};
  Bytes raw{};        // the bytes as they came, from the first line to the empty one
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
// Lines of JSON: LF or CR LF; empty lines are skipped.
[[nodiscard]] std::unique_ptr<Decoder> make_ndjson_decoder(std::size_t event_bytes_max);
// Records that end with one byte, such as SignalR's 0x1e; empty records are skipped.
[[nodiscard]] std::unique_ptr<Decoder> make_delimiter_decoder(char delimiter,
                                                              std::size_t event_bytes_max);

}  // namespace aip::http
