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
  // What an LF is right behind a CR that ended a piece. It belongs to the raw bytes of whatever is
  // open; if that is a new event it stands in front of the first line. But behind a comment in the
  // middle of an event, whose bytes are gone already, it would be an empty line there.
  enum class LfAfterCr : std::uint8_t { IsALine, IsKept, IsDropped };

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
  Event take_comment(Bytes& input, const Line& line);
  Event take_event(Bytes& input, const Line& line);
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
  std::size_t told_from_ = kNone;  // kept_ from here on was handed out by the last call
  std::size_t bom_bytes_ = 0;      // matched so far; kBom.size() when that question is settled
  LfAfterCr lf_ = LfAfterCr::IsALine;
  std::size_t lead_ = 0;  // an LF that stands in front of the first line: 0 or 1
  bool too_large_ = false;

  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
};

Result<std::optional<Event>> SseDecoder::next(Bytes& input) {
  forget_told();
  if (bom_bytes_ < kBom.size()) skip_bom(input);
  if (lf_ != LfAfterCr::IsALine && !input.empty()) skip_lf(input);
  while (!too_large_) {
    const std::optional<Line> line = take_line(input);
    if (!line) break;
    const Bytes text = line->text.of(raw(input));
    if (text.empty()) return std::optional<Event>(take_event(input, *line));
    if (text.front() == ':') return std::optional<Event>(take_comment(input, *line));
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
  const LfAfterCr lf = std::exchange(lf_, LfAfterCr::IsALine);
  if (input.front() != '\n') return;
  if (lf == LfAfterCr::IsKept && kept_.empty()) {
    lead_ = line_start_ = 1;
    return;
  }
  input.remove_prefix(1);
  if (lf == LfAfterCr::IsDropped) return;
  kept_.push_back('\n');
  ++line_start_;
}

void SseDecoder::forget_told() noexcept {
  if (told_from_ == kNone) return;
  kept_.resize(std::exchange(told_from_, kNone));
  if (kept_.empty()) empty_out(kept_);
  if (data_lines_ == 0) empty_out(joined_);
}

// The next complete line. Only bytes that were never looked at are searched for its end.
std::optional<SseDecoder::Line> SseDecoder::take_line(Bytes& input) {
  const Bytes unread = kept_.empty() ? input.substr(line_start_) : input;
  const std::size_t at = chars::find_line_end(unread);
  if (at == unread.size()) return std::nullopt;
  std::size_t n = at + 1;
  if (unread[at] == '\r') {
    if (n == unread.size()) {
      lf_ = LfAfterCr::IsKept;
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

// A comment is told at once, even inside an event; it is taken out of that event's raw bytes.
Event SseDecoder::take_comment(Bytes& input, const Line& line) {
  const std::size_t from = line.text.at == lead_ ? 0 : line.text.at;
  const Event comment{.name = ":",
                      .data = line.text.of(raw(input)).substr(1),
                      .raw = raw(input).substr(from, line.end - from)};
  if (kept_.empty()) {
    kept_.assign(input.substr(0, from));
    input.remove_prefix(line.end);
  } else {
    told_from_ = from;
  }
  line_start_ = from;
  if (from == 0) lead_ = 0;
  if (from > 0 && lf_ == LfAfterCr::IsKept) lf_ = LfAfterCr::IsDropped;
  return comment;
}

// An empty line: the event, or, if it has no data field, a sign of life like a comment.
Event SseDecoder::take_event(Bytes& input, const Line& line) {
  const Bytes bytes = raw(input).substr(0, line.end);
  const Event done = data_lines_ > 0 ? event(bytes) : Event{.name = ":", .raw = bytes};
  if (kept_.empty()) input.remove_prefix(line.end);
  told_from_ = 0;
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
  const Span tail{line_start_, kept_.size() - line_start_};
  if (kept_.size() > line_start_) {
    if (kept_[line_start_] == ':') {
      kept_.resize(line_start_);
    } else {
      note_field(kept_, tail);
    }
  }
  std::optional<Event> open;
  if (data_lines_ > 0) {
    open = event(kept_);
    open->last = true;
  }
  told_from_ = 0;
  begin_event();
  return open;
}

}  // namespace

std::unique_ptr<Decoder> make_sse_decoder(std::size_t event_bytes_max) {
  return std::make_unique<SseDecoder>(event_bytes_max);
}

}  // namespace aip::http
