// The half of decoders.h for records that end with one byte: lines of JSON, and SignalR's frames.
#include <cstring>

#include "core/http/decoders.h"

namespace aip::http {
namespace {

enum class LineEnd : std::uint8_t { Exact, MayHaveCr };

class RecordDecoder final : public Decoder {
 public:
  RecordDecoder(char delimiter, LineEnd line_end, std::size_t record_bytes_max)
      : delimiter_(delimiter), line_end_(line_end), record_bytes_max_(record_bytes_max) {}

  Result<std::optional<Event>> next(Bytes& input) override;
  std::optional<Event> finish() override;

 private:
  [[nodiscard]] Bytes content(Bytes record) const noexcept {
    if (line_end_ == LineEnd::MayHaveCr && record.ends_with('\r')) record.remove_suffix(1);
    return record;
  }
  void forget_told() noexcept {
    if (!told_) return;
    told_ = false;
    std::string().swap(kept_);
  }
  Result<std::optional<Event>> too_large() {
    failed_ = true;
    return Error{ErrorCode::ProviderTooLarge,
                 "a record of more than " + std::to_string(record_bytes_max_) + " bytes"};
  }

  const char delimiter_;
  const LineEnd line_end_;
  const std::size_t record_bytes_max_;
  std::string kept_;   // the beginning of a record whose end has not come
  bool told_ = false;  // kept_ was handed out by the last call
  bool failed_ = false;
};

Result<std::optional<Event>> RecordDecoder::next(Bytes& input) {
  forget_told();
  if (failed_) return too_large();
  while (!input.empty()) {
    const void* found = std::memchr(input.data(), delimiter_, input.size());
    const std::size_t n =
        found == nullptr ? input.size()
                         : static_cast<std::size_t>(static_cast<const char*>(found) - input.data());
    if (kept_.size() + n > record_bytes_max_) return too_large();
    if (found == nullptr) {
      kept_.append(input);
      input.remove_prefix(n);
      break;
    }
    Bytes raw = input.substr(0, n + 1);
    if (!kept_.empty()) {
      kept_.append(raw);
      raw = kept_;
    }
    input.remove_prefix(n + 1);
    const Bytes data = content(raw.substr(0, raw.size() - 1));
    if (data.empty()) {
      kept_.clear();
      continue;
    }
    told_ = !kept_.empty();
    return std::optional<Event>(Event{.data = data, .raw = raw});
  }
  return std::optional<Event>();
}

std::optional<Event> RecordDecoder::finish() {
  forget_told();
  if (failed_) return std::nullopt;
  told_ = true;
  const Bytes data = content(kept_);
  if (data.empty()) return std::nullopt;
  return Event{.data = data, .raw = kept_, .last = true};
}

}  // namespace

std::unique_ptr<Decoder> make_ndjson_decoder(std::size_t event_bytes_max) {
  return std::make_unique<RecordDecoder>('\n', LineEnd::MayHaveCr, event_bytes_max);
}

std::unique_ptr<Decoder> make_delimiter_decoder(char delimiter, std::size_t event_bytes_max) {
  return std::make_unique<RecordDecoder>(delimiter, LineEnd::Exact, event_bytes_max);
}

}  // namespace aip::http
