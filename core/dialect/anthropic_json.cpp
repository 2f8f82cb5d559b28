#include "core/dialect/anthropic_json.h"

#include <algorithm>
#include <array>

#include "core/dialect/escape.h"

namespace aip::dialect {
namespace {

// Anthropic's own words are kept where they mean what the event says.
struct Word {
  std::uint32_t finish;
  std::string_view reason;
};
constexpr std::array<Word, 8> kWords{{
    {AIP_FINISH_STOP, "end_turn"},
    {AIP_FINISH_STOP, "compaction"},
    {AIP_FINISH_LENGTH, "max_tokens"},
    {AIP_FINISH_LENGTH, "model_context_window_exceeded"},
    {AIP_FINISH_TOOLS, "tool_use"},
    {AIP_FINISH_FILTER, "refusal"},
    {AIP_FINISH_STOP_SEQUENCE, "stop_sequence"},
    {AIP_FINISH_PAUSE, "pause_turn"},
}};

std::string_view word_of(std::uint32_t finish, std::string_view own) noexcept {
  std::string_view usual = "end_turn";
  for (auto word = kWords.rbegin(); word != kWords.rend(); ++word) {
    if (word->finish != finish) continue;
    if (word->reason == own) return own;
    usual = word->reason;
  }
  return usual;
}

std::uint64_t minus(std::uint64_t a, std::uint64_t b) noexcept {
  return a > b ? a - b : 0;
}

}  // namespace

void AnthropicEnd::learn(const aip_event& event) {
  finish = event.finish;
  reason = view_of(event.name);
  append_text(event, stop_sequence);
}

void AnthropicEnd::append_json(const AnthropicBlocks& blocks, std::string& out) const {
  std::uint32_t told = finish;
  // Some services say "stop" behind a call, or "tool calls" where there is none.
  if (told == AIP_FINISH_STOP && blocks.has_tools()) told = AIP_FINISH_TOOLS;
  if (told == AIP_FINISH_TOOLS && !blocks.has_tools()) told = AIP_FINISH_STOP;
  if (told == AIP_FINISH_STOP && blocks.refused()) told = AIP_FINISH_FILTER;
  out.append("\"stop_reason\":\"").append(word_of(told, reason)).append("\",\"stop_sequence\":");
  if (told == AIP_FINISH_STOP_SEQUENCE) {
    out.append(1, '"').append(stop_sequence).append(1, '"');
  } else {
    out.append("null");
  }
}

void append_message_id(std::string_view id, std::string& out) {
  constexpr std::string_view kOwn = "msg_", kOpenAi = "chatcmpl-";
  if (id.starts_with(kOpenAi)) id.remove_prefix(kOpenAi.size());
  out.append("\"id\":\"");
  if (!id.starts_with(kOwn)) out.append(kOwn);
  append_escaped(id, out);
  out.push_back('"');
}

void append_anthropic_usage(const UsageCounts& usage, std::string& out) {
  const std::uint64_t read = usage.of(AIP_USAGE_CACHE_READ);
  const std::uint64_t written = usage.of(AIP_USAGE_CACHE_WRITE);
  const std::uint64_t hour = std::min(usage.of(AIP_USAGE_CACHE_WRITE_1H), written);
  const auto member = [&out](std::string_view name, std::uint64_t count) {
    append_count(name, count, out);
  };
  out.push_back('{');
  member("input_tokens", minus(usage.of(AIP_USAGE_INPUT), read + written));
  out.push_back(',');
  member("cache_creation_input_tokens", written);
  out.push_back(',');
  member("cache_read_input_tokens", read);
  if (written != 0) {
    out.append(",\"cache_creation\":{");
    member("ephemeral_5m_input_tokens", written - hour);
    out.push_back(',');
    member("ephemeral_1h_input_tokens", hour);
    out.push_back('}');
  }
  out.push_back(',');
  member("output_tokens", usage.of(AIP_USAGE_OUTPUT));
  if (const std::uint64_t thinking = usage.of(AIP_USAGE_REASONING)) {
    out.append(",\"output_tokens_details\":{");
    member("thinking_tokens", thinking);
    out.push_back('}');
  }
  if (const std::uint64_t searches = usage.of(AIP_USAGE_WEB_SEARCHES)) {
    out.append(",\"server_tool_use\":{");
    member("web_search_requests", searches);
    out.push_back('}');
  }
  out.push_back('}');
}

}  // namespace aip::dialect
