#include "core/dialect/whole_answer.h"

#include "core/base/limits.h"
#include "core/dialect/escape.h"

namespace aip::dialect {

std::string_view WholeAnswer::content_type() const noexcept {
  return "application/json";
}

void WholeAnswer::event(const aip_event& event, std::string&) {
  if (too_large_ || (raw_ && event.type != AIP_EV_FINISH)) return;
  gathered_ += event.text.len + event.json.len + event.name.len + event.id.len;
  if (gathered_ + held_beside() > limits::kWholeAnswerBytesMax) {
    too_large_ = true;
    provider_blocks_.clear();
    return give_up();
  }
  switch (event.type) {
    case AIP_EV_START:
      if (!said_) name_.learn(event);
      said_ = true;
      return;
    case AIP_EV_PROVIDER:
      provider_blocks_[std::string(view_of(event.name))] = std::string(view_of(event.json));
      return;
    case AIP_EV_USAGE:
      return usage_.set(event);
    case AIP_EV_PING:
      return;
    default:
      said_ = true;
      return take(event);
  }
}

void WholeAnswer::raw(Bytes bytes, std::string& out) {
  raw_ = true;
  out.append(bytes);
}

void WholeAnswer::end(std::string& out) {
  if (!raw_ && !too_large_) write(out);
}

void WholeAnswer::append_provider_blocks(std::string& out) const {
  for (const auto& [name, json] : provider_blocks_) {
    out.push_back(',');
    append_string(name, out);
    out.append(":").append(json);
  }
}

}  // namespace aip::dialect
