#include "core/dialect/thinking.h"

#include "core/dialect/escape.h"

namespace aip::dialect {

void Thinking::add(const aip_event& reasoning) {
  open_ = true;
  if (too_long_ || text_.size() + reasoning.text.len > kThinkingBytesMax) {
    too_long_ = true;
    return;
  }
  append_text(reasoning, text_);
}

void Thinking::drop() noexcept {
  if (!open_) return;
  std::string().swap(text_);
  open_ = false;
  too_long_ = false;
}

bool Thinking::close(const aip_event& signature, std::string& out) {
  if ((signature.flags & AIP_EVF_REDACTED) != 0) {
    out.append(R"({"type":"redacted_thinking","data":")");
    append_text(signature, out);
    out.append("\"}");
    return true;
  }
  const bool whole = !too_long_;
  if (whole) {
    out.append(R"({"type":"thinking","thinking":")").append(text_).append(R"(","signature":")");
    append_text(signature, out);
    out.append("\"}");
  }
  drop();
  return whole;
}

}  // namespace aip::dialect
