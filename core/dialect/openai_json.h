// openai_json.h - the small values that answers have in common, and those of OpenAI's dialects.
#pragma once

#include <aiproxy/abi.h>

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "core/dialect/dialect.h"

namespace aip::dialect {

// A choice or a tool beyond these is left out: no request can have asked for it.
inline constexpr std::uint32_t kChoicesMax = 128;
inline constexpr std::size_t kToolsMax = 1024;

// The last count of each usage kind.
class UsageCounts {
 public:
  void set(const aip_event& usage) noexcept;
  [[nodiscard]] bool known() const noexcept { return known_; }
  [[nodiscard]] std::uint64_t of(std::uint32_t kind) const noexcept { return counts_[kind]; }
  // {"prompt_tokens":...}
  void append_json(std::string& out) const;
  // {"input_tokens":...}, as Responses counts
  void append_responses_json(std::string& out) const;

 private:
  std::array<std::uint64_t, AIP_USAGE_WEB_SEARCHES + 1> counts_{};
  bool known_ = false;
};

// The providers' own blocks (SPEC 4): the last one of each name.
class ProviderBlocks {
 public:
  void set(const aip_event& provider);
  void clear() noexcept { blocks_.clear(); }
  [[nodiscard]] bool empty() const noexcept { return blocks_.empty(); }
  // ,"name":{...} of each, on one line, behind an object's other members
  void append_members(std::string& out) const;

 private:
  std::map<std::string, std::string> blocks_;
};

// "stop", "length", "tool_calls", "content_filter"
[[nodiscard]] std::string_view finish_reason(std::uint32_t finish) noexcept;

void append_number(std::uint64_t number, std::string& out);
// "name":count
void append_count(std::string_view name, std::uint64_t count, std::string& out);

// What the answer is called: the provider's words where it gave some.
struct AnswerName {
  std::string id, model;
  std::uint64_t created_s = 0;
  explicit AnswerName(const AnswerOptions& options);
  void learn(const aip_event& start);
  // "id":...,"object":...,"created":...,"model":...
  void append_json(std::string_view object, std::string& out) const;
  // The id of a tool call that came without one: unique within the answer.
  void append_tool_id(const aip_event& tool, std::string& out) const;
};

// The first finish of the choices that have begun; 0 while one of them has none.
template <class Choices>
[[nodiscard]] std::uint32_t finish_of(const Choices& choices) noexcept {
  std::uint32_t first = 0;
  for (const auto& choice : choices) {
    if (choice.begun && choice.finish == 0) return 0;
    if (first == 0) first = choice.finish;
  }
  return first;
}

// An image as clients know it: {"type":"image_url","image_url":{"url":...},"index":n}
void append_image(std::string_view json, std::uint32_t index, std::string& out);

}  // namespace aip::dialect
