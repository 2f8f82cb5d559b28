#include "core/dialect/openai_json.h"

#include <aiproxy/json.hpp>

#include <charconv>

#include "core/dialect/escape.h"

namespace aip::dialect {
namespace {

struct Detail {
  std::string_view name;
  std::uint32_t kind;
  bool always;  // OpenAI shows it even where it is 0
};
constexpr std::array<Detail, 4> kPromptDetails{{
    {"cached_tokens", AIP_USAGE_CACHE_READ, true},
    {"cache_write_tokens", AIP_USAGE_CACHE_WRITE, false},
    {"cache_write_1h_tokens", AIP_USAGE_CACHE_WRITE_1H, false},
    {"audio_tokens", AIP_USAGE_AUDIO_INPUT, false},
}};
constexpr std::array<Detail, 4> kCompletionDetails{{
    {"reasoning_tokens", AIP_USAGE_REASONING, true},
    {"audio_tokens", AIP_USAGE_AUDIO_OUTPUT, false},
    {"accepted_prediction_tokens", AIP_USAGE_ACCEPTED_PREDICTION, false},
    {"rejected_prediction_tokens", AIP_USAGE_REJECTED_PREDICTION, false},
}};

}  // namespace

void append_number(std::uint64_t number, std::string& out) {
  std::array<char, 20> digits{};
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), number);
  out.append(digits.data(), end);
}

void UsageCounts::set(const aip_event& usage) noexcept {
  for (std::uint32_t i = 0; i < usage.usage_count; ++i) {
    const aip_usage& u = usage.usage[i];
    if (u.kind == 0 || u.kind >= counts_.size()) continue;  // of a newer interface
    counts_[u.kind] = u.count;
    known_ = true;
  }
}

void append_count(std::string_view name, std::uint64_t count, std::string& out) {
  out.append("\"").append(name).append("\":");
  append_number(count, out);
}

void UsageCounts::append_json(std::string& out) const {
  const auto member = [&out](std::string_view name, std::uint64_t count) {
    append_count(name, count, out);
  };
  const auto details = [&](std::string_view name, const std::array<Detail, 4>& list) {
    out.append(",\"").append(name).append("\":{");
    bool first = true;
    for (const Detail& d : list) {
      if (!d.always && of(d.kind) == 0) continue;
      if (!first) out.push_back(',');
      first = false;
      member(d.name, of(d.kind));
    }
    out.push_back('}');
  };
  const std::uint64_t input = of(AIP_USAGE_INPUT);
  const std::uint64_t output = of(AIP_USAGE_OUTPUT);
  out.push_back('{');
  member("prompt_tokens", input);
  out.push_back(',');
  member("completion_tokens", output);
  out.push_back(',');
  member("total_tokens", input + output);
  details("prompt_tokens_details", kPromptDetails);
  details("completion_tokens_details", kCompletionDetails);
  if (const std::uint64_t searches = of(AIP_USAGE_WEB_SEARCHES)) {
    out.append(",\"server_tool_use\":{");
    member("web_search_requests", searches);
    out.push_back('}');
  }
  out.push_back('}');
}

void UsageCounts::append_responses_json(std::string& out) const {
  const auto member = [&out](std::string_view name, std::uint64_t count) {
    append_count(name, count, out);
  };
  const std::uint64_t input = of(AIP_USAGE_INPUT);
  const std::uint64_t output = of(AIP_USAGE_OUTPUT);
  out.push_back('{');
  member("input_tokens", input);
  out.append(",\"input_tokens_details\":{");
  member("cached_tokens", of(AIP_USAGE_CACHE_READ));
  if (const std::uint64_t written = of(AIP_USAGE_CACHE_WRITE)) {
    out.push_back(',');
    member("cache_write_tokens", written);
  }
  out.append("},");
  member("output_tokens", output);
  out.append(",\"output_tokens_details\":{");
  member("reasoning_tokens", of(AIP_USAGE_REASONING));
  out.append("},");
  member("total_tokens", input + output);
  out.push_back('}');
}

void ProviderBlocks::set(const aip_event& provider) {
  std::string& json = blocks_[std::string(view_of(provider.name))];
  json.clear();
  append_line(view_of(provider.json), json);
}

void ProviderBlocks::append_members(std::string& out) const {
  for (const auto& [name, json] : blocks_) {
    out.push_back(',');
    append_string(name, out);
    out.append(":").append(json);
  }
}

std::string_view finish_reason(std::uint32_t finish) noexcept {
  switch (finish) {
    case AIP_FINISH_LENGTH:
      return "length";
    case AIP_FINISH_TOOLS:
      return "tool_calls";
    case AIP_FINISH_FILTER:
      return "content_filter";
    default:
      return "stop";
  }
}

AnswerName::AnswerName(const AnswerOptions& options)
    : id(options.id), model(options.model), created_s(options.created_s) {}

void AnswerName::learn(const aip_event& start) {
  if (start.id.len != 0) id = view_of(start.id);
  if (start.name.len != 0) model = view_of(start.name);
  if (start.number != 0) created_s = start.number;
}

void AnswerName::append_json(std::string_view object, std::string& out) const {
  out.append("\"id\":");
  append_string(id, out);
  out.append(",\"object\":\"").append(object).append("\",\"created\":");
  append_number(created_s, out);
  out.append(",\"model\":");
  append_string(model, out);
}

void AnswerName::append_tool_id(const aip_event& tool, std::string& out) const {
  if (tool.id.len != 0) return append_escaped(view_of(tool.id), out);
  out.append("call_");
  append_escaped(id, out);
  out.push_back('_');
  append_number(tool.choice, out);
  out.push_back('_');
  append_number(tool.block, out);
}

void append_image(std::string_view json, std::uint32_t index, std::string& out) {
  const json::Value image(json);
  out.append(R"({"type":"image_url","image_url":{"url":")");
  if (const json::Value url = image["url"]) {
    out.append(url.escaped());
  } else {
    out.append("data:").append(image["mime_type"].escaped());
    out.append(";base64,").append(image["data"].escaped());
  }
  out.append("\"},\"index\":");
  append_number(index, out);
  out.push_back('}');
}

}  // namespace aip::dialect
