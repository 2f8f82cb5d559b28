#include "core/base/json.h"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <vector>

#include "core/base/json_text.h"

namespace aip::json {
namespace {

constexpr std::size_t kFastBytesMax = 128 * 1024;
constexpr std::size_t kDepthCap = 4096;

constexpr std::string_view kEmpty = "it is empty";
constexpr std::string_view kUtf8 = "it is not valid UTF-8";
constexpr std::string_view kDeep = "it is nested too deeply";
constexpr std::string_view kOpenString = "a string is not closed";
constexpr std::string_view kRawControl = "a string holds a raw control character";
constexpr std::string_view kBadEscape = "a string holds a bad escape";
constexpr std::string_view kBadNumber = "a number is malformed";
constexpr std::string_view kBadWord = "a word is neither true, false nor null";
constexpr std::string_view kBroken = "its structure is broken";

// One pass over the text without recursion; what is open is a bit each: object or array.
// Grammar: RFC 8259. A step answers with what is wrong in words, empty if nothing is.
class Checker {
 public:
  Checker(Bytes text, std::size_t depth_max) noexcept
      : text_(text), depth_max_(std::min(depth_max, kDepthCap)) {}

  std::string_view run() {
    skip_space();
    if (at_ == text_.size()) return kEmpty;
    while (true) {
      if (const std::string_view wrong = value(); !wrong.empty()) return wrong;
      if (opened_) continue;
      if (const std::string_view wrong = close(); !wrong.empty()) return wrong;
      if (depth_ == 0) break;
    }
    skip_space();
    return at_ == text_.size() ? std::string_view() : kBroken;
  }

 private:
  [[nodiscard]] char peek() const noexcept { return at_ < text_.size() ? text_[at_] : '\0'; }
  void skip_space() noexcept {
    while (at_ < text_.size() && detail::is_space(text_[at_])) ++at_;
  }

  // A scalar, an empty container, or the beginning of a container (opened_), its first key
  // included.
  std::string_view value() {
    skip_space();
    opened_ = false;
    const char c = peek();
    if (c == '{' || c == '[') return container(c == '{');
    if (c == '"') return string();
    if (c == '-' || (c >= '0' && c <= '9')) return number();
    return word();
  }

  std::string_view container(bool is_object) {
    if (depth_ == depth_max_) return kDeep;
    ++at_;
    skip_space();
    if (peek() == (is_object ? '}' : ']')) {
      ++at_;
      return {};
    }
    open_[depth_ / 64] &= ~(1ULL << (depth_ % 64));
    open_[depth_ / 64] |= static_cast<std::uint64_t>(is_object) << (depth_ % 64);
    ++depth_;
    opened_ = true;
    return is_object ? key() : std::string_view();
  }

  // What may stand behind a value: the ends of containers, then a comma and the next key.
  std::string_view close() {
    while (depth_ > 0) {
      const bool in_object = (open_[(depth_ - 1) / 64] >> ((depth_ - 1) % 64) & 1) != 0;
      skip_space();
      const char c = peek();
      if (c == ',') {
        ++at_;
        return in_object ? key() : std::string_view();
      }
      if (c != (in_object ? '}' : ']')) return kBroken;
      ++at_;
      --depth_;
    }
    return {};
  }

  std::string_view key() {
    skip_space();
    if (peek() != '"') return kBroken;
    if (const std::string_view wrong = string(); !wrong.empty()) return wrong;
    skip_space();
    if (peek() != ':') return kBroken;
    ++at_;
    return {};
  }

  // An escaped surrogate without its partner is allowed (RFC 8259 8.2): a stream that is cut
  // between the two halves of an emoji has one in each of two chunks.
  std::string_view string() noexcept {
    ++at_;
    while (true) {
      at_ = find_special(text_, at_);
      if (at_ == text_.size()) return kOpenString;
      if (text_[at_] == '"') break;
      if (text_[at_] != '\\') return kRawControl;
      const std::size_t size = escape_size(text_.substr(at_, 6));
      if (size == 0) return kBadEscape;
      at_ += size;
    }
    ++at_;
    return {};
  }

  bool digits() noexcept {
    const std::size_t begin = at_;
    while (peek() >= '0' && peek() <= '9') ++at_;
    return at_ != begin;
  }
  std::string_view number() noexcept {
    if (peek() == '-') ++at_;
    if (peek() == '0') {
      ++at_;
    } else if (!digits()) {
      return kBadNumber;
    }
    if (peek() == '.') {
      ++at_;
      if (!digits()) return kBadNumber;
    }
    if (peek() == 'e' || peek() == 'E') {
      ++at_;
      if (peek() == '+' || peek() == '-') ++at_;
      if (!digits()) return kBadNumber;
    }
    return peek() >= '0' && peek() <= '9' ? kBadNumber : std::string_view();
  }

  std::string_view word() noexcept {
    for (const Bytes known : {Bytes("true"), Bytes("false"), Bytes("null")}) {
      if (text_.substr(at_, known.size()) != known) continue;
      at_ += known.size();
      return {};
    }
    const char c = peek();
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ? kBadWord : kBroken;
  }

  const Bytes text_;
  const std::size_t depth_max_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
  bool opened_ = false;
  std::array<std::uint64_t, kDepthCap / 64> open_;  // a bit a level, set when it is opened
};

struct Fast {
  simdjson::dom::parser parser;
  std::string padded;
  std::size_t depth = 0;
};

// False: not valid, or not known to be.
bool accepts_quickly(Bytes text, std::size_t depth_max) {
  thread_local Fast fast;
  if (fast.depth != depth_max) {
    if (fast.parser.allocate(kFastBytesMax, depth_max) != simdjson::SUCCESS) return false;
    fast.depth = depth_max;
  }
  // simdjson reads up to 64 bytes behind the text, so it gets a padded copy.
  fast.padded.reserve(kFastBytesMax + simdjson::SIMDJSON_PADDING);
  fast.padded.assign(text);
  return fast.parser.parse(fast.padded.data(), text.size(), false).error() == simdjson::SUCCESS;
}

}  // namespace

Status check(Bytes text, std::size_t depth_max) {
  if (text.size() <= kFastBytesMax && accepts_quickly(text, depth_max)) return {};
  std::string_view wrong = Checker(text, depth_max).run();
  if (wrong.empty() && !simdjson::validate_utf8(text.data(), text.size())) wrong = kUtf8;
  if (wrong.empty()) return {};
  return Error{ErrorCode::CallerBadJson, "The text is not valid JSON: " + std::string(wrong) + "."};
}

std::optional<std::string> duplicate_member(const Value& object) {
  std::vector<std::string> names;
  for (const Value::Member& member : object.members()) names.push_back(member.key());
  std::sort(names.begin(), names.end());
  const auto twice = std::adjacent_find(names.begin(), names.end());
  if (twice == names.end()) return std::nullopt;
  return *twice;
}

}  // namespace aip::json
