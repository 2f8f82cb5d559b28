#include "core/dialect/gemini_whole.h"

#include "core/base/limits.h"
#include "core/dialect/escape.h"

namespace aip::dialect {

GeminiWhole::GeminiWhole(const AnswerOptions& options)
    : shows_reasoning_(options.shows_reasoning), name_(gemini_name(options)) {}

std::string_view GeminiWhole::content_type() const noexcept {
  return "application/json; charset=utf-8";
}

void GeminiWhole::event(const aip_event& event, std::string&) {
  if (too_large_ || (raw_ && event.type != AIP_EV_FINISH)) return;
  gathered_ += event.text.len + event.json.len + event.name.len + event.id.len;
  if (gathered_ > limits::kWholeAnswerBytesMax) {
    too_large_ = true;
    candidates_.clear();
    blocks_.clear();
    return;
  }
  switch (event.type) {
    case AIP_EV_START:
      if (!started_) name_.learn(event);
      started_ = true;
      return;
    case AIP_EV_PROVIDER:
      blocks_[std::string(view_of(event.name))] = std::string(view_of(event.json));
      return;
    case AIP_EV_USAGE:
      return usage_.set(event);
    case AIP_EV_PING:
      return;
    default:
      return choice_event(event);
  }
}

void GeminiWhole::choice_event(const aip_event& event) {
  if (event.choice >= kChoicesMax) return;
  started_ = true;  // a name that comes now comes too late
  while (event.choice >= candidates_.size()) candidates_.emplace_back(shows_reasoning_);
  GeminiCandidate& candidate = candidates_[event.choice];
  candidate.begun = true;
  candidate.take(event, name_);
}

void GeminiWhole::end(std::string& out) {
  if (raw_ || too_large_) return;
  out.append("{\"candidates\":[");
  bool first = true;
  for (std::size_t i = 0; i < candidates_.size(); ++i) {
    if (!candidates_[i].begun) continue;
    if (!first) out.push_back(',');
    first = false;
    const auto index = static_cast<std::uint32_t>(i);
    candidates_[i].append_json(index, GeminiCandidate::Ending::Finished, out);
  }
  out.push_back(']');
  if (usage_.known()) {
    out.append(",\"usageMetadata\":");
    append_usage_metadata(usage_, out);
  }
  out.append(",\"modelVersion\":");
  append_string(name_.model, out);
  out.append(",\"responseId\":");
  append_string(name_.id, out);
  for (const auto& [name, json] : blocks_) {
    out.push_back(',');
    append_string(name, out);
    out.append(":").append(json);
  }
  out.push_back('}');
}

void GeminiWhole::raw(Bytes bytes, std::string& out) {
  raw_ = true;
  out.append(bytes);
}

// Nothing of a whole answer is sent before its end, so a failure is a status.
void GeminiWhole::fail(const ErrorReply&, std::string&) {}
void GeminiWhole::keep_alive(std::string&) {}

std::uint32_t GeminiWhole::finish() const noexcept {
  return finish_of(candidates_);
}

}  // namespace aip::dialect
