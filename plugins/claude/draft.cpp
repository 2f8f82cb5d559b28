#include "draft.h"

#include "blank.h"

namespace aip::claude {

void Draft::begin_list(std::string_view key) {
  json_.key(key).array();
  markable_ = false;
}

void Draft::end_list() {
  json_.end_array();
  markable_ = false;
}

void Draft::text(std::string_view escaped) {
  json_.object().member("type", "text").key("text").escaped(escaped);
  const std::size_t at = out_.size() - 1 - escaped.size();
  json_.end_object();
  block_done();
  text_at_ = at;
  text_length_ = escaped.size();
}

void Draft::block_done() noexcept {
  ++blocks_;
  markable_ = true;
  text_length_ = 0;
}

void Draft::unmarkable_block_done() noexcept {
  block_done();
  markable_ = false;
}

void Draft::mark(json::Value cache_control, const std::string& pointer) {
  if (!cache_control.is_object() || !markable_) return;
  markable_ = false;  // one mark a block
  std::string_view value = cache_control.raw();
  if (cache_control["ttl"].equals("1h")) {
    if (short_mark_seen_) {
      value = R"({"type":"ephemeral"})";
      questions_.coerced(pointer + "/cache_control/ttl");
    }
  } else {
    short_mark_seen_ = true;
  }
  out_.pop_back();  // the block's closing brace, which comes back behind the mark
  const std::size_t at = out_.size();
  out_.append(R"(,"cache_control":)").append(value);
  marks_.push_back({at, out_.size() - at, pointer});
  out_.append(1, '}');
}

void Draft::begin_messages() {
  json_.key("messages").array();
}

void Draft::turn(Role role) {
  if (turn_open_ && role_ == role) return;
  end_turn();
  json_.object().member("role", role == Role::User ? "user" : "assistant");
  json_.key("content").array();
  turn_open_ = true;
  role_ = role;
  markable_ = false;
  text_length_ = 0;
}

void Draft::end_turn() {
  if (!turn_open_) return;
  json_.end_array().end_object();
  turn_open_ = false;
}

void Draft::end_messages() {
  const bool prefill = turn_open_ && role_ == Role::Assistant;
  end_turn();
  json_.end_array();
  if (prefill && text_length_ != 0) cut_trailing_blanks();
}

void Draft::cut_trailing_blanks() {
  const std::string_view text = std::string_view(out_).substr(text_at_, text_length_);
  const std::size_t keep = length_without_trailing_blanks(text);
  const std::size_t cut = text_length_ - keep;
  out_.erase(text_at_ + keep, cut);
  for (Mark& mark : marks_) {
    if (mark.at > text_at_) mark.at -= cut;
  }
}

// The first mark is shared by conversations (tools, system), the last ones grow with this one: the
// marks between them are given up.
void Draft::prune_marks(std::size_t marks_max) {
  while (marks_.size() > marks_max) {
    const std::size_t victim = marks_max > 1 ? 1 : 0;
    const Mark gone = marks_[victim];
    out_.erase(gone.at, gone.length);
    for (std::size_t i = victim + 1; i < marks_.size(); ++i) marks_[i].at -= gone.length;
    marks_.erase(marks_.begin() + static_cast<std::ptrdiff_t>(victim));
    questions_.coerced(gone.pointer + "/cache_control");
  }
}

std::string Draft::close(std::size_t marks_max) {
  prune_marks(marks_max);
  return std::move(out_);
}

}  // namespace aip::claude
