// anthropic_parts.h - one block of Anthropic's content as a content part of canonical chat.
//
//   text                 text; its citations (of an earlier answer) are left out, disclosed
//   image                image_url: base64 as a data URL, url as it is; by file id as it is
//   document             as it is: canonical chat has Anthropic's form
//   search_result        text: title, source and words; disclosed
//   anything else        as it is; the target refuses what it does not know
// Tests: tests/unit/dialect/anthropic_request_test.cpp
#pragma once

#include <aiproxy/json.hpp>

#include <string>
#include <string_view>
#include <vector>

#include "core/dialect/dialect.h"

namespace aip::dialect {

// Where we are in the client's body, for errors ("messages.3.content.1") and for pointers.
[[nodiscard]] std::string below(const std::string& place, std::string_view member);
[[nodiscard]] std::string below(const std::string& place, std::size_t index);
// A request that is not what Anthropic documents.
[[nodiscard]] Error bad_field(const std::string& place, std::string_view words);
[[nodiscard]] std::string pointer_of(const std::string& place);

// The parts of one message, as JSON values.
class Parts {
 public:
  explicit Parts(std::vector<Lack>& lacks) : lacks_(lacks) {}
  // Reads a block that is no tool's; `place` is the block's own.
  [[nodiscard]] Status add(json::Value block, const std::string& place);
  // `"content": ...`: a string where all there is is one plain text, which every service takes;
  // else the list; `nothing` where there is no part.
  void write(json::Writer& w, std::string_view nothing) const;
  [[nodiscard]] bool empty() const noexcept { return count_ == 0; }

 private:
  void text(json::Value block, const std::string& place);
  [[nodiscard]] Status image(json::Value block, const std::string& place);
  void search_result(json::Value block, const std::string& place);
  void disclose(const std::string& place, std::string_view what);

  std::vector<Lack>& lacks_;
  std::string list_;        // with commas between
  std::string_view plain_;  // the inside of the only text, if it has no mark
  std::size_t count_ = 0;
};

// ,"cache_control":{...} if the block or tool has a mark. null is none.
void write_mark(json::Value from, json::Writer& w);

}  // namespace aip::dialect
