// thinking.h - the open block of reasoning of one choice, until its signature closes it.
//
// A provider that signs its reasoning takes it back only as it was: text and signature together.
// So a finished block goes to the client as one value of `thinking_blocks`, in the form in which
// canonical chat brings it back:
//   {"type":"thinking","thinking":"...","signature":"..."}   or {"type":"redacted_thinking","data"}
// Reasoning without a signature needs no block; the client has its text already.
// Memory: the text of one block, at most kThinkingBytesMax; a longer block is not offered for
// replay, because half of it would be refused.
#pragma once

#include <aiproxy/abi.h>

#include <cstddef>
#include <string>

namespace aip::dialect {

inline constexpr std::size_t kThinkingBytesMax = 1024 * 1024;

class Thinking {
 public:
  void add(const aip_event& reasoning);
  // Another kind of block begins, or the reasoning ended without a signature.
  void drop() noexcept;
  // True: a JSON object was appended to `out`.
  bool close(const aip_event& signature, std::string& out);
  [[nodiscard]] bool open() const noexcept { return open_; }

 private:
  std::string text_;  // escaped
  bool open_ = false;
  bool too_long_ = false;
};

}  // namespace aip::dialect
