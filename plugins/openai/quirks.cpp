#include "quirks.h"

#include <algorithm>
#include <array>

namespace aip::openai {
namespace {

constexpr std::array<std::string_view, 4> kReasoningPrefixes{"o1", "o3", "o4", "gpt-5"};

void read_flag(json::Value value, bool& flag) noexcept {
  if (value.is_bool()) flag = value.is_true();
}

}  // namespace

void lay_over(json::Value entry, Quirks& quirks) {
  for (const json::Value::Member& m : entry.members()) {
    const json::Value value = m.value();
    if (m.named("drop")) {
      for (const json::Value name : value.items()) quirks.drop.push_back(name.str());
    }
    if (m.named("max_tokens") && value.is_string()) quirks.max_tokens = value.str();
    if (m.named("system_role") && value.is_string()) quirks.system_role = value.str();
    if (m.named("no_stream_options")) read_flag(value, quirks.no_stream_options);
    if (m.named("no_finish_reason")) read_flag(value, quirks.no_finish_reason);
    if (m.named("reasoning_content")) read_flag(value, quirks.reasoning_content);
    if (m.named("cache_control")) read_flag(value, quirks.cache_control);
    if (m.named("reasoning_effort")) read_flag(value, quirks.reasoning_effort);
  }
}

bool is_reasoning_model(std::string_view model) noexcept {
  return std::any_of(
      kReasoningPrefixes.begin(), kReasoningPrefixes.end(),
      [model](std::string_view prefix) { return model.substr(0, prefix.size()) == prefix; });
}

Quirks usual_quirks(std::string_view model) {
  Quirks quirks;
  if (is_reasoning_model(model)) {
    quirks.max_tokens = "max_completion_tokens";
    quirks.reasoning_effort = true;
  }
  return quirks;
}

}  // namespace aip::openai
