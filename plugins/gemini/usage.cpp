#include "usage.h"

namespace aip::gemini {
namespace {

using Count = std::optional<std::uint64_t>;

void take(json::Value value, Count& count) {
  if (const std::optional<std::int64_t> n = value.integer(); n && *n >= 0) {
    count = static_cast<std::uint64_t>(*n);
  }
}

void take_audio(json::Value details, Count& count) {
  for (const json::Value detail : details.items()) {
    if (detail["modality"].equals("AUDIO")) take(detail["tokenCount"], count);
  }
}

}  // namespace

void TokenCounts::learn(json::Value usage) {
  for (const json::Value::Member& m : usage.members()) {
    const json::Value value = m.value();
    if (m.named("promptTokenCount")) take(value, prompt_);
    if (m.named("toolUsePromptTokenCount")) take(value, tools_);
    if (m.named("candidatesTokenCount")) take(value, candidates_);
    if (m.named("thoughtsTokenCount")) take(value, thoughts_);
    if (m.named("cachedContentTokenCount")) take(value, cached_);
    if (m.named("promptTokensDetails")) take_audio(value, audio_in_);
    if (m.named("candidatesTokensDetails")) take_audio(value, audio_out_);
  }
}

sdk::Usage TokenCounts::as_usage() const noexcept {
  sdk::Usage usage;
  usage.set(AIP_USAGE_INPUT, prompt_.value_or(0) + tools_.value_or(0));
  usage.set(AIP_USAGE_OUTPUT, candidates_.value_or(0) + thoughts_.value_or(0));
  if (cached_) usage.set(AIP_USAGE_CACHE_READ, *cached_);
  if (thoughts_) usage.set(AIP_USAGE_REASONING, *thoughts_);
  if (audio_in_) usage.set(AIP_USAGE_AUDIO_INPUT, *audio_in_);
  if (audio_out_) usage.set(AIP_USAGE_AUDIO_OUTPUT, *audio_out_);
  if (searches_) usage.set(AIP_USAGE_WEB_SEARCHES, *searches_);
  return usage;
}

}  // namespace aip::gemini
