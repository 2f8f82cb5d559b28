#include "core/http/decoders.h"

#include <algorithm>
#include <cstring>

namespace aip::http {
namespace {

Error too_large(std::size_t most) {
  return {ErrorCode::ProviderTooLarge, "an event of more than " + std::to_string(most) + " bytes"};
}

// Keeps the bytes of an event that is not complete yet, at most `bytes_max`.
class Pending {
 public:
  explicit Pending(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  // What the last event lent is let go when the next one is asked for.
  void begin() {
    if (lent_) kept_.clear();
    if (lent_ && kept_.capacity() > kKeepBytes) std::string().swap(kept_);
    lent_ = false;
  }
  [[nodiscard]] bool fits(std::size_t more) const noexcept {
    return kept_.size() + more <= bytes_max_;
  }
  void keep(Bytes bytes) { kept_.append(bytes); }
  // The event's bytes: `rest` alone if nothing was kept, so that it is not copied.
  Bytes complete(Bytes rest) {
    if (kept_.empty()) return rest;
    kept_.append(rest);
    lent_ = true;
    return kept_;
  }
  [[nodiscard]] Bytes kept() const noexcept { return kept_; }
  [[nodiscard]] std::size_t bytes_max() const noexcept { return bytes_max_; }

 private:
  static constexpr std::size_t kKeepBytes = 16 * 1024;
  const std::size_t bytes_max_;
  std::string kept_;
  bool lent_ = false;
};

class SseDecoder final : public Decoder {
 public:
  explicit SseDecoder(std::size_t bytes_max) : pending_(bytes_max) {}

  Result<std::optional<Event>> next(Bytes& input) override {
    pending_.begin();
    for (;;) {
      const std::size_t end = find_block_end(input);
      const std::size_t size = end == Bytes::npos ? input.size() : end;
      if (!pending_.fits(size)) return too_large(pending_.bytes_max());
      if (end == Bytes::npos) {
        pending_.keep(input);
        input = {};
        return std::optional<Event>();
      }
      const Bytes raw = pending_.complete(input.substr(0, end));
      input.remove_prefix(end);
      if (std::optional<Event> event = parse_block(raw)) return event;
      pending_.begin();  // a block without a field, as between two empty lines
    }
  }

  std::optional<Event> finish() override {
    pending_.begin();
    std::optional<Event> event = parse_block(pending_.complete({}));
    if (!event || event->name == ":") return std::nullopt;
    event->last = true;
    return event;
  }

 private:
  // The place behind the empty line that ends the block, or npos. What was scanned is remembered in
  // two flags, so that no byte is looked at twice however the input is cut.
  std::size_t find_block_end(Bytes input) {
    std::size_t at = 0;
    while (at < input.size()) {
      if (after_cr_) {
        // The LF of a CR LF whose CR came before: part of the same line's end.
        after_cr_ = false;
        if (input[at] == '\n') {
          ++at;
          continue;
        }
      }
      const std::size_t eol = find_eol(input, at);
      if (eol == Bytes::npos) {
        line_empty_ = false;
        return Bytes::npos;
      }
      const bool blank = line_empty_ && eol == at;
      line_empty_ = true;
      after_cr_ = input[eol] == '\r';
      at = eol + 1;
      if (!blank) continue;
      if (after_cr_ && at < input.size() && input[at] == '\n') {
        after_cr_ = false;
        ++at;
      }
      return at;
    }
    return Bytes::npos;
  }

  static std::size_t find_eol(Bytes input, std::size_t from) noexcept {
    const char* begin = input.data() + from;
    const std::size_t left = input.size() - from;
    const auto* lf = static_cast<const char*>(std::memchr(begin, '\n', left));
    const std::size_t until = lf != nullptr ? static_cast<std::size_t>(lf - begin) : left;
    const auto* cr = static_cast<const char*>(std::memchr(begin, '\r', until));
    if (cr != nullptr) return from + static_cast<std::size_t>(cr - begin);
    return lf != nullptr ? from + until : Bytes::npos;
  }

  std::optional<Event> parse_block(Bytes raw) {
    Event event;
    event.raw = raw;
    Bytes text = raw;
    if (at_start_ && text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    bool any = false;
    bool has_data = false;
    joined_.clear();
    while (!text.empty()) {
      const std::size_t eol = std::min(find_eol(text, 0), text.size());
      const Bytes line = text.substr(0, eol);
      text.remove_prefix(std::min(eol + 1, text.size()));
      if (line.empty()) continue;
      any = true;
      take_line(line, event, has_data);
    }
    if (any) at_start_ = false;
    if (!any) return std::nullopt;
    if (!has_data) event.name = ":";
    return event;
  }

  void take_line(Bytes line, Event& event, bool& has_data) {
    const std::size_t colon = std::min(line.find(':'), line.size());
    const Bytes name = line.substr(0, colon);
    Bytes value = line.substr(std::min(colon + 1, line.size()));
    if (value.starts_with(' ')) value.remove_prefix(1);
    if (name == "data") {
      if (!has_data) {
        event.data = value;
      } else {
        // The second and further lines join with LF; only then is the data copied.
        if (joined_.empty()) joined_.assign(event.data);
        joined_.append(1, '\n').append(value);
        event.data = joined_;
      }
      has_data = true;
    } else if (name == "event") {
      event.name = value;
    } else if (name.empty() && !has_data) {
      event.data = value;  // a comment's text, should the block be nothing else
    }
  }

  Pending pending_;
  std::string joined_;
  bool line_empty_ = true;
  bool after_cr_ = false;
  bool at_start_ = true;
};

// Records that end with one byte; NDJSON is the same with LF, without the CR before it.
class DelimiterDecoder final : public Decoder {
 public:
  DelimiterDecoder(char delimiter, std::size_t bytes_max)
      : delimiter_(delimiter), pending_(bytes_max) {}

  Result<std::optional<Event>> next(Bytes& input) override {
    for (;;) {
      pending_.begin();
      const std::size_t end = input.find(delimiter_);
      const std::size_t size = std::min(end, input.size());
      if (!pending_.fits(size)) return too_large(pending_.bytes_max());
      if (end == Bytes::npos) {
        pending_.keep(input);
        input = {};
        return std::optional<Event>();
      }
      Event event;
      event.data = trimmed(pending_.complete(input.substr(0, end)));
      input.remove_prefix(end + 1);
      if (!event.data.empty()) return std::optional<Event>(event);
    }
  }

  std::optional<Event> finish() override {
    pending_.begin();
    Event event;
    event.data = trimmed(pending_.complete({}));
    event.last = true;
    if (event.data.empty()) return std::nullopt;
    return event;
  }

 private:
  [[nodiscard]] Bytes trimmed(Bytes record) const noexcept {
    if (delimiter_ == '\n' && record.ends_with('\r')) record.remove_suffix(1);
    return record;
  }

  const char delimiter_;
  Pending pending_;
};

}  // namespace

std::unique_ptr<Decoder> make_sse_decoder(std::size_t event_bytes_max) {
  return std::make_unique<SseDecoder>(event_bytes_max);
}

std::unique_ptr<Decoder> make_ndjson_decoder(std::size_t event_bytes_max) {
  return std::make_unique<DelimiterDecoder>('\n', event_bytes_max);
}

std::unique_ptr<Decoder> make_delimiter_decoder(char delimiter, std::size_t event_bytes_max) {
  return std::make_unique<DelimiterDecoder>(delimiter, event_bytes_max);
}

}  // namespace aip::http
