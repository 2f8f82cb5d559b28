#include <string>

#include "core/base/check.h"
#include "core/http/decoders.h"
#include "tests/fuzz/fuzz.h"

using namespace aip;

namespace {

// The events, with their sizes so that no byte of one can pass for a separator; and all raw bytes.
struct Seen {
  std::string events;
  std::string raw;
  bool failed = false;
};

Seen decode(http::Decoder& decoder, const test::Pieces& pieces) {
  Seen seen;
  const auto note = [&seen](const http::Event& event) {
    seen.events += std::to_string(event.name.size()) + ":" + std::string(event.name) +
                   std::to_string(event.data.size()) + ":" + std::string(event.data) +
                   (event.last ? "last;" : ";");
    seen.raw.append(event.raw);
  };
  for (const Bytes piece : pieces) {
    const test::Fenced fenced(piece);
    Bytes input = fenced.view();
    while (true) {
      const Result<std::optional<http::Event>> next = decoder.next(input);
      if (!next) {
        seen.failed = true;
        return seen;
      }
      if (!*next) break;
      note(**next);
    }
    AIP_CHECK(input.empty());
  }
  if (const std::optional<http::Event> open = decoder.finish()) note(*open);
  return seen;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kEventBytesMax = 200;
  if (size == 0) return 0;
  const test::Pieces whole{fuzz::whole(data, size)};
  const test::Pieces pieces = fuzz::cut_as_told(data, size);

  const Seen one = decode(*http::make_sse_decoder(kEventBytesMax), whole);
  const Seen many = decode(*http::make_sse_decoder(kEventBytesMax), pieces);
  AIP_CHECK(one.failed == many.failed && one.events == many.events);
  // Forwarding the raw bytes forwards the stream, up to where nothing is told.
  const Bytes text =
      whole.front().starts_with("\xef\xbb\xbf") ? whole.front().substr(3) : whole.front();
  AIP_CHECK(text.starts_with(one.raw) && text.starts_with(many.raw));

  const Seen line = decode(*http::make_ndjson_decoder(kEventBytesMax), whole);
  const Seen lines = decode(*http::make_ndjson_decoder(kEventBytesMax), pieces);
  AIP_CHECK(line.failed == lines.failed && line.events == lines.events && line.raw == lines.raw);
  return 0;
}
