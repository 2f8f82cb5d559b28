// The SSE half of decoders.h.
//
// The bytes of the open event, its raw bytes, lie at the front of the input (kept_ is empty) or,
// when they came in pieces, in kept_. Fields are remembered as offsets into the raw bytes, so that
// moving them from one place to the other changes nothing.
#include <utility>

#include "core/http/chars.h"
#include "core/http/decoders.h"

namespace aip::http {
namespace {

constexpr Bytes kBom = "\xef\xbb\xbf";
constexpr std::size_t kKeepCapacity = 64 * 1024;

void empty_out(std::string& text) noexcept {
  if (text.capacity() > kKeepCapacity) {
    std::string().swap(text);
  } else {
    text.clear();
  }
}

class SseDecoder final : public Decoder {
 public:
  explicit SseDecoder(std::size_t event_bytes_max) : event_bytes_max_(event_bytes_max) {}

  Result<std::optional<Event>> next(Bytes& input) override;
  std::optional<Event> finish() override;

 private:
  struct Span {
    std::size_t at = 0, size = 0;
    [[nodiscard]] Bytes of(Bytes raw) const noexcept { return raw.substr(at, size); }
  };
  // A line of the raw bytes; the next one starts at `end`.
  struct Line {
    Span text;
    std::size_t end = 0;
  };
  [[nodiscard]] Bytes raw(Bytes input) const noexcept { return kept_.empty() ? input : kept_; }
  void skip_bom(Bytes& input);
  void skip_lf(Bytes& input);
  void forget_told() noexcept;
  std::optional<Line> take_line(Bytes& input);
  Event take(Bytes& input, const Line& line);
  void keep(Bytes& input);
  void note_field(Bytes raw, Span line);
  void note_data(Bytes raw, Span value);
  Event event(Bytes raw) const noexcept;
  void begin_event() noexcept;

  const std::size_t event_bytes_max_;

  std::string kept_;
  std::string joined_;          // the data, when it has more than one line
  std::size_t line_start_ = 0;  // in the raw bytes
  std::size_t data_lines_ = 0;
  Span data_, name_;
  bool told_ = false;          // the last call handed out kept_ or joined_
  std::size_t bom_bytes_ = 0;  // matched so far; kBom.size() when that question is settled
  // An LF right behind a CR that ended a piece is no line: it belongs to the raw bytes of whatever
  // is open; if that is a new event it stands in front of the first line.
  bool lf_may_follow_ = false;
  std::size_t lead_ = 0;  // an LF that stands in front of the first line: 0 or 1
  bool too_large_ = false;
};

Result<std::optional<Event>> SseDecoder::next(Bytes& input) {
  forget_told();
  if (bom_bytes_ < kBom.size()) skip_bom(input);
  if (lf_may_follow_ && !input.empty()) skip_lf(input);
  while (!too_large_) {
    const std::optional<Line> line = take_line(input);
    if (!line) break;
    const Bytes text = line->text.of(raw(input));
    // A comment inside an event stays in that event's raw bytes and is not told.
    const bool comment = text.starts_with(':') && line_start_ == lead_;
    if (text.empty() || comment) return std::optional<Event>(take(input, *line));
    note_field(raw(input), line->text);
    line_start_ = line->end;
  }
  if (!too_large_) keep(input);
  if (too_large_) {
    return Error{ErrorCode::ProviderTooLarge,
                 "an event of more than " + std::to_string(event_bytes_max_) + " bytes"};
  }
  return std::optional<Event>();
}

// What looked like a BOM and is none is the beginning of a line.
void SseDecoder::skip_bom(Bytes& input) {
  while (bom_bytes_ < kBom.size() && !input.empty()) {
    if (input.front() != kBom[bom_bytes_]) {
      kept_.assign(kBom.substr(0, bom_bytes_));
      bom_bytes_ = kBom.size();
      return;
    }
    input.remove_prefix(1);
    ++bom_bytes_;
  }
}

void SseDecoder::skip_lf(Bytes& input) {
  lf_may_follow_ = false;
  if (input.front() != '\n') return;
  if (kept_.empty()) {
    lead_ = 1;
  } else {
    kept_.push_back('\n');
    input.remove_prefix(1);
  }
  ++line_start_;
}

void SseDecoder::forget_told() noexcept {
  if (!std::exchange(told_, false)) return;
  empty_out(kept_);
  empty_out(joined_);
}

// The next complete line. Only bytes that were never looked at are searched for its end.
std::optional<SseDecoder::Line> SseDecoder::take_line(Bytes& input) {
  const Bytes unread = kept_.empty() ? input.substr(line_start_) : input;
  const std::size_t at = chars::find_line_end(unread);
  if (at == unread.size()) return std::nullopt;
  std::size_t n = at + 1;
  if (unread[at] == '\r') {
    if (n == unread.size()) {
      lf_may_follow_ = true;
    } else if (unread[n] == '\n') {
      ++n;
    }
  }
  Line line{{line_start_, at}, line_start_ + n};
  if (!kept_.empty()) {
    line.text.size = kept_.size() + at - line_start_;
    line.end = kept_.size() + n;
  }
  // Without an LF behind a CR, so that the verdict does not depend on how the two were cut.
  too_large_ = line.text.at + line.text.size + 1 - lead_ > event_bytes_max_;
  if (too_large_) return std::nullopt;
  if (!kept_.empty()) {
    kept_.append(input.substr(0, n));
    input.remove_prefix(n);
  }
  return line;
}

// What was read ends here: a comment, an event, or an empty line that is a sign of life.
Event SseDecoder::take(Bytes& input, const Line& line) {
  const Bytes bytes = raw(input).substr(0, line.end);
  const Bytes text = line.text.of(bytes);
  Event done{.name = ":", .raw = bytes};
  if (text.starts_with(':')) {
    done.data = text.substr(1);
  } else if (data_lines_ > 0) {
    done = event(bytes);
  }
  if (kept_.empty()) input.remove_prefix(line.end);
  told_ = true;
  begin_event();
  return done;
}

// No line ends in the input: what there is becomes part of the kept bytes.
void SseDecoder::keep(Bytes& input) {
  if (kept_.size() + input.size() - lead_ > event_bytes_max_) {
    too_large_ = true;
    return;
  }
  kept_.append(input);
  input.remove_prefix(input.size());
}

void SseDecoder::note_field(Bytes raw, Span line) {
  const auto value_behind = [raw, line](std::size_t name_size) -> std::optional<Span> {
    if (line.size == name_size) return Span{line.at + line.size, 0};
    if (raw[line.at + name_size] != ':') return std::nullopt;
    std::size_t skip = name_size + 1;
    if (line.size > skip && raw[line.at + skip] == ' ') ++skip;
    return Span{line.at + skip, line.size - skip};
  };
  const Bytes text = line.of(raw);
  constexpr Bytes kData = "data";
  constexpr Bytes kEvent = "event";
  if (text.starts_with(kData)) {
    if (const std::optional<Span> value = value_behind(kData.size())) note_data(raw, *value);
  } else if (text.starts_with(kEvent)) {
    if (const std::optional<Span> value = value_behind(kEvent.size())) name_ = *value;
  }
}

void SseDecoder::note_data(Bytes raw, Span value) {
  if (data_lines_ == 0) {
    data_ = value;
  } else {
    if (data_lines_ == 1) joined_.assign(data_.of(raw));
    joined_.push_back('\n');
    joined_.append(value.of(raw));
  }
  ++data_lines_;
}

Event SseDecoder::event(Bytes raw) const noexcept {
  return Event{
      .name = name_.of(raw), .data = data_lines_ > 1 ? Bytes(joined_) : data_.of(raw), .raw = raw};
}

void SseDecoder::begin_event() noexcept {
  line_start_ = lead_ = 0;
  data_lines_ = 0;
  data_ = name_ = {};
}

std::optional<Event> SseDecoder::finish() {
  forget_told();
  if (too_large_) return std::nullopt;
  if (kept_.size() > line_start_) note_field(kept_, {line_start_, kept_.size() - line_start_});
  std::optional<Event> open;
  if (data_lines_ > 0) {
    open = event(kept_);
    open->last = true;
  }
  told_ = true;
  begin_event();
  return open;
}

}  // namespace

std::unique_ptr<Decoder> make_sse_decoder(std::size_t event_bytes_max) {
  return std::make_unique<SseDecoder>(event_bytes_max);
}

}  // namespace aip::http
