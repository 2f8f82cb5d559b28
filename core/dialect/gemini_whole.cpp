#include "core/dialect/gemini_whole.h"

#include "core/dialect/escape.h"

namespace aip::dialect {

GeminiWhole::GeminiWhole(const AnswerOptions& options)
    : WholeAnswer(gemini_name(options)), shows_reasoning_(options.shows_reasoning) {}

std::string_view GeminiWhole::content_type() const noexcept {
  return "application/json; charset=utf-8";
}

void GeminiWhole::take(const aip_event& event) {
  if (event.choice >= kChoicesMax) return;
  while (event.choice >= candidates_.size()) candidates_.emplace_back(shows_reasoning_);
  GeminiCandidate& candidate = candidates_[event.choice];
  candidate.begun = true;
  candidate.take(event, name());
}

std::size_t GeminiWhole::held_beside() const noexcept {
  std::size_t bytes = 0;
  for (const GeminiCandidate& candidate : candidates_) bytes += candidate.held_beside();
  return bytes;
}

void GeminiWhole::write(std::string& out) {
  out.append("{\"candidates\":[");
  append_finished(candidates_, out);
  out.push_back(']');
  if (usage().known()) {
    out.append(",\"usageMetadata\":");
    append_usage_metadata(usage(), out);
  }
  out.append(",\"modelVersion\":");
  append_string(name().model, out);
  out.append(",\"responseId\":");
  append_string(name().id, out);
  append_provider_blocks(out);
  out.push_back('}');
}

std::uint32_t GeminiWhole::finish() const noexcept {
  return finish_of(candidates_);
}

}  // namespace aip::dialect
