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
  const simdjson::error_code code =
      scratch.parser->parse(scratch.padded.data(), text.size(), false).error();
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
