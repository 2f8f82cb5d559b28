#include "core/base/json.h"

#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>
#include <simdjson.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace aip::json {
namespace {

constexpr std::size_t kFastBytesMax = 128 * 1024;

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

// Takes every event and keeps nothing; a container beyond the depth ends the reading.
struct DepthGuard : rapidjson::BaseReaderHandler<rapidjson::UTF8<>, DepthGuard> {
  explicit DepthGuard(std::size_t max) : left(max) {}
  bool StartObject() { return open(); }
  bool EndObject(rapidjson::SizeType) { return close(); }
  bool StartArray() { return open(); }
  bool EndArray(rapidjson::SizeType) { return close(); }

  std::size_t left;

 private:
  bool open() {
    if (left == 0) return false;
    --left;
    return true;
  }
  bool close() {
    ++left;
    return true;
  }
};

rapidjson::ParseResult read_carefully(Bytes text, std::size_t depth_max) {
  // Without recursion; and numbers stay text, because converting them crashes (CVE-2024-38517).
  constexpr unsigned kFlags =
      rapidjson::kParseIterativeFlag | rapidjson::kParseNumbersAsStringsFlag;
  rapidjson::MemoryStream stream(text.data(), text.size());
  rapidjson::Reader reader;
  DepthGuard guard(depth_max);
  return reader.Parse<kFlags>(stream, guard);
}

constexpr std::pair<rapidjson::ParseErrorCode, std::string_view> kWords[] = {
    {rapidjson::kParseErrorDocumentEmpty, "it is empty"},
    {rapidjson::kParseErrorTermination, "it is nested too deeply"},
    {rapidjson::kParseErrorStringMissQuotationMark, "a string is not closed"},
    {rapidjson::kParseErrorStringEscapeInvalid,
     "a string holds a bad escape or a raw control character"},
    {rapidjson::kParseErrorStringUnicodeEscapeInvalidHex,
     "a string holds a bad escape or a raw control character"},
    {rapidjson::kParseErrorNumberMissFraction, "a number is malformed"},
    {rapidjson::kParseErrorNumberMissExponent, "a number is malformed"},
    {rapidjson::kParseErrorNumberTooBig, "a number is out of range"},
    {rapidjson::kParseErrorValueInvalid, "a value is malformed or missing"},
};

std::string_view in_words(rapidjson::ParseErrorCode code) {
  for (const auto& [known, words] : kWords) {
    if (known == code) return words;
  }
  return "its structure is broken";
}

// The four hex digits at `at` as a number; -1 if they are none.
std::int32_t hex4(Bytes text, std::size_t at) noexcept {
  std::int32_t value = 0;
  if (at + 4 > text.size()) return -1;
  for (const char c : text.substr(at, 4)) {
    const std::size_t digit = Bytes("0123456789abcdefABCDEF").find(c);
    if (digit == Bytes::npos) return -1;
    value = value * 16 + static_cast<std::int32_t>(digit < 16 ? digit : digit - 6);
  }
  return value;
}

// The text with \ufffd in the place of each \ud800 ... \udfff that has no partner.
std::string without_lone_surrogates(Bytes bytes) {
  std::string text(bytes);
  std::size_t at = 0;
  while ((at = text.find('\\', at)) != std::string::npos) {
    const bool is_unicode = at + 1 < text.size() && text[at + 1] == 'u';
    const std::int32_t code = is_unicode ? hex4(text, at + 2) : -1;
    if (code < 0xD800 || code > 0xDFFF) {
      at += 2;
      continue;
    }
    const bool escape_follows = Bytes(text).substr(at + 6, 2) == "\\u";
    const std::int32_t second = code < 0xDC00 && escape_follows ? hex4(text, at + 8) : -1;
    if (second >= 0xDC00 && second <= 0xDFFF) {
      at += 12;
      continue;
    }
    text.replace(at + 2, 4, "fffd");
    at += 6;
  }
  return text;
}

// What is wrong with the text, in words; empty: nothing.
std::string_view judge_carefully(Bytes text, std::size_t depth_max) {
  // RapidJSON takes a NUL for the text's end, and it would check UTF-8 only where it copies.
  if (text.find('\0') != Bytes::npos) return "it holds a NUL byte";
  rapidjson::ParseResult result = read_carefully(text, depth_max);
  // RFC 8259 8.2 allows an escaped surrogate without its partner, and a stream that is cut between
  // the two halves of an emoji has one in each of two chunks.
  if (result.Code() == rapidjson::kParseErrorStringUnicodeSurrogateInvalid) {
    result = read_carefully(without_lone_surrogates(text), depth_max);
  }
  if (result.IsError()) return in_words(result.Code());
  const bool utf8 = simdjson::validate_utf8(text.data(), text.size());
  return utf8 ? std::string_view() : "it is not valid UTF-8";
}

}  // namespace

Status check(Bytes text, std::size_t depth_max) {
  if (text.size() <= kFastBytesMax && accepts_quickly(text, depth_max)) return {};
  const std::string_view wrong = judge_carefully(text, depth_max);
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
