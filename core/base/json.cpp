#include "core/base/json.h"

#include <simdjson.h>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

namespace aip::json {
namespace {

constexpr std::size_t kParserKeepBytes = 1024 * 1024;

struct Scratch {
  std::unique_ptr<simdjson::dom::parser> parser;
  std::string padded;
  std::size_t depth = 0;
};

constexpr std::pair<simdjson::error_code, std::string_view> kWords[] = {
    {simdjson::DEPTH_ERROR, "it is nested too deeply"},
    {simdjson::UTF8_ERROR, "it is not valid UTF-8"},
    {simdjson::EMPTY, "it is empty"},
    {simdjson::UNCLOSED_STRING, "a string is not closed"},
    {simdjson::UNESCAPED_CHARS, "a string holds a raw control character"},
    {simdjson::STRING_ERROR, "a string holds a bad escape"},
    {simdjson::NUMBER_ERROR, "a number is malformed or out of range"},
    {simdjson::T_ATOM_ERROR, "a word is neither true, false nor null"},
    {simdjson::F_ATOM_ERROR, "a word is neither true, false nor null"},
    {simdjson::N_ATOM_ERROR, "a word is neither true, false nor null"},
    {simdjson::CAPACITY, "it is too large"},
};

std::string_view in_words(simdjson::error_code code) {
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

// Writes \ufffd over each \ud800 ... \udfff that has no partner. True: there was one.
bool mask_lone_surrogates(std::string& text) {
  bool found = false;
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
    found = true;
    at += 6;
  }
  return found;
}

simdjson::error_code judge(Scratch& scratch) {
  return scratch.parser->parse(scratch.padded.data(), scratch.padded.size(), false).error();
}

}  // namespace

Status check(Bytes text, std::size_t depth_max) {
  thread_local Scratch scratch;
  if (!scratch.parser || scratch.depth != depth_max) {
    scratch.parser = std::make_unique<simdjson::dom::parser>();
    scratch.depth = depth_max;
  }
  const std::size_t need = std::max<std::size_t>(text.size(), 256);
  if (scratch.parser->capacity() < need || scratch.parser->max_depth() != depth_max) {
    if (scratch.parser->allocate(need, depth_max) != simdjson::SUCCESS) {
      return Error{ErrorCode::CallerBadJson, "The text is not valid JSON: it is too large."};
    }
  }
  // simdjson reads up to 64 bytes behind the text, so it gets a padded copy.
  scratch.padded.reserve(text.size() + simdjson::SIMDJSON_PADDING);
  scratch.padded.assign(text);
  simdjson::error_code code = judge(scratch);
  // simdjson takes an escaped surrogate without its partner for an error. RFC 8259 8.2 allows it,
  // and a stream that is cut between the two halves of an emoji has one in each of two chunks.
  if (code == simdjson::STRING_ERROR && mask_lone_surrogates(scratch.padded)) {
    code = judge(scratch);
  }
  if (scratch.parser->capacity() > kParserKeepBytes) {
    scratch.parser.reset();
    std::string().swap(scratch.padded);
  }
  if (code == simdjson::SUCCESS) return {};
  return Error{ErrorCode::CallerBadJson,
               "The text is not valid JSON: " + std::string(in_words(code)) + "."};
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
