#include "cumulative.h"

namespace aip::bing {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";

std::string_view without_half(std::string_view text) noexcept {
  if (text.ends_with(kReplacement)) text.remove_suffix(kReplacement.size());
  return text;
}

}  // namespace

std::string Cumulative::update(std::string_view id, std::string_view text) {
  std::string out = leave_message(id);
  latest_ = text;
  if (shape_ == Shape::Whole) return out;
  const std::string_view whole = without_half(text);
  if (whole.size() <= told_.size() || !whole.starts_with(told_)) return out;
  if (told_.empty() && anything_) return out + paragraph(whole);
  const std::string piece(whole.substr(told_.size()));
  told_ = whole;
  return out + tell(piece);
}

std::string Cumulative::finish(std::string_view id, std::string_view text) {
  std::string out = leave_message(id);
  latest_ = text;
  if (told_.empty()) return text.empty() ? out : out + paragraph(text);
  if (text.starts_with(told_)) {
    const std::string piece(text.substr(told_.size()));
    told_ = text;
    return out + tell(piece);
  }
  if (told_.starts_with(text)) {
    shrunk_ = true;
    return out;
  }
  return out + paragraph(text);
}

// Another message begins: what the one before it still owes is told.
std::string Cumulative::leave_message(std::string_view id) {
  if (id == id_) return {};
  std::string out;
  if (!id_.empty() && !latest_.empty()) {
    const std::string last = latest_;
    const std::string old = id_;
    out = finish(old, last);
  }
  id_ = id;
  told_.clear();
  latest_.clear();
  return out;
}

std::string Cumulative::paragraph(std::string_view text) {
  told_ = text;
  return tell(anything_ ? "\n\n" + std::string(text) : std::string(text));
}

std::string Cumulative::tell(std::string piece) {
  anything_ = anything_ || !piece.empty();
  return piece;
}

}  // namespace aip::bing
