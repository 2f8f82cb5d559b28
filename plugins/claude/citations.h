// citations.h - Anthropic's citations as OpenAI's annotations.
//
// Anthropic hangs citations on a text block, and sends them before its text; OpenAI points into the
// whole answer by character. So citations wait until their block ends, and then all get its range.
//   web and search results, with a URL  -> {"type":"url_citation","url_citation":{...}}
//   places in documents                 -> {"type":"file_citation","file_citation":{...}}
// Tests: tests/unit/claude/response_test.cpp
#pragma once

#include <aiproxy/json.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aip::claude {

// Characters (code points) of a JSON string's inside.
[[nodiscard]] std::uint64_t characters_of(std::string_view escaped) noexcept;

class Citations {
 public:
  // Text of the answer, in order.
  void text(std::string_view escaped) noexcept { at_ += characters_of(escaped); }
  void begin_block() noexcept { begin_ = at_; }
  void add(json::Value citation) { waiting_.emplace_back(citation.raw()); }
  // The annotations of the block that ends here; none are left.
  [[nodiscard]] std::vector<std::string> end_block();

 private:
  std::uint64_t at_ = 0, begin_ = 0;
  std::vector<std::string> waiting_;
};

}  // namespace aip::claude
