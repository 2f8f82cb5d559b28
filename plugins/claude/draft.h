// draft.h - the Messages body while it is written: one JSON text, and the rules that span blocks.
//
// Turns:  a block names the role that it belongs to; a turn opens when the role changes. So turns
//         alternate whatever the messages did, and a message without blocks leaves no trace.
// Marks:  cache_control is put behind a block that stands already. Anthropic takes four marks, the
//         longer lifetime first; prune_marks() keeps that.
// End:    a last assistant text must not end in white space; close() cuts it.
//
// The text is written once and in order (tools, system, messages: the order in which the service
// builds its cache prefix). Corrections afterwards are short splices, and rare.
// Tests: tests/unit/claude/request_test.cpp
#pragma once

#include <aiproxy/json.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "questions.h"

namespace aip::claude {

inline constexpr std::size_t kCacheMarksMax = 4;

enum class Role : std::uint8_t { User, Assistant };

class Draft {
 public:
  explicit Draft(Questions& questions) : questions_(questions), json_(out_) {}
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;

  [[nodiscard]] Questions& questions() noexcept { return questions_; }
  [[nodiscard]] json::Writer& json() noexcept { return json_; }
  void reserve(std::size_t bytes) { out_.reserve(bytes); }

  // ---- blocks ----
  // Opens a list that blocks are written into: tools, system, or a tool result's content.
  void begin_list(std::string_view key);
  void end_list();
  // A text block in the open list or turn. `escaped` is not blank.
  void text(std::string_view escaped);
  // Marks the block or tool that was written last in the list or turn that is open. Nothing
  // happens without one, or if `cache_control` is no object.
  void mark(json::Value cache_control, const std::string& pointer);
  // Somebody wrote a block (or tool) with json(): it takes marks, or (thinking) it does not.
  void block_done() noexcept;
  void unmarkable_block_done() noexcept;

  // ---- turns ----
  void begin_messages();
  // The next block belongs to this role.
  void turn(Role role);
  void end_messages();
  // Blocks so far, to see whether somebody wrote one.
  [[nodiscard]] std::size_t blocks() const noexcept { return blocks_; }

  // The body, finished. `marks_max`: how many marks may stay.
  [[nodiscard]] std::string close(std::size_t marks_max);

 private:
  struct Mark {
    std::size_t at, length;  // of `,"cache_control":{...}` in out_
    std::string pointer;
  };
  void end_turn();
  void cut_trailing_blanks();
  void prune_marks(std::size_t marks_max);

  Questions& questions_;
  std::string out_;
  json::Writer json_;
  std::vector<Mark> marks_;
  bool short_mark_seen_ = false;
  bool markable_ = false;
  bool turn_open_ = false;
  Role role_ = Role::User;
  std::size_t blocks_ = 0;
  std::size_t text_at_ = 0, text_length_ = 0;  // the last block's text, if it is one
};

}  // namespace aip::claude
