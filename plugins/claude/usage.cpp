#include "usage.h"

namespace aip::claude {
namespace {

void take(json::Value value, std::optional<std::uint64_t>& count) {
  if (const std::optional<std::int64_t> n = value.integer(); n && *n >= 0) {
    count = static_cast<std::uint64_t>(*n);
  }
}

}  // namespace

void TokenCounts::learn(json::Value usage) {
  for (const json::Value::Member& m : usage.members()) {
    const json::Value value = m.value();
    if (m.named("input_tokens")) take(value, input_);
    if (m.named("output_tokens")) take(value, output_);
    if (m.named("cache_read_input_tokens")) take(value, read_);
    if (m.named("cache_creation_input_tokens")) take(value, written_);
    if (m.named("cache_creation")) take(value["ephemeral_1h_input_tokens"], written_1h_);
    if (m.named("output_tokens_details")) take(value["thinking_tokens"], thinking_);
    if (m.named("server_tool_use")) take(value["web_search_requests"], searches_);
  }
}

sdk::Usage TokenCounts::as_usage() const noexcept {
  sdk::Usage usage;
  usage.set(AIP_USAGE_INPUT, input_.value_or(0) + read_.value_or(0) + written_.value_or(0));
  usage.set(AIP_USAGE_OUTPUT, output_.value_or(0));
  if (read_) usage.set(AIP_USAGE_CACHE_READ, *read_);
  if (written_) usage.set(AIP_USAGE_CACHE_WRITE, *written_);
  if (written_1h_) usage.set(AIP_USAGE_CACHE_WRITE_1H, *written_1h_);
  if (thinking_) usage.set(AIP_USAGE_REASONING, *thinking_);
  if (searches_) usage.set(AIP_USAGE_WEB_SEARCHES, *searches_);
  return usage;
}

}  // namespace aip::claude
