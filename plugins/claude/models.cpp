#include "models.h"

#include <aiproxy/json.hpp>

#include <array>

namespace aip::claude {
namespace {

constexpr std::uint8_t kNoEffort = 0;
constexpr std::uint8_t kLowToHigh = bit(Effort::Low) | bit(Effort::Medium) | bit(Effort::High);
constexpr std::uint8_t kLowToHighAndMax = kLowToHigh | bit(Effort::Max);
constexpr std::uint8_t kAllEfforts = kLowToHighAndMax | bit(Effort::XHigh);

struct Row {
  std::string_view prefix;
  Traits traits;
};

// The last two rows catch Claude models that are younger than this table, which are taken to be
// like the newest one in it, and models of other makers behind an endpoint of this shape.
constexpr std::array<Row, 17> kTable{{
    {"claude-3-opus", {4096, 4096, Thinking::None, kNoEffort, Sampling::Both, false, true}},
    {"claude-3-haiku", {4096, 4096, Thinking::None, kNoEffort, Sampling::Both, false, true}},
    {"claude-3-sonnet", {4096, 4096, Thinking::None, kNoEffort, Sampling::Both, false, true}},
    {"claude-3-5-", {8192, 8192, Thinking::None, kNoEffort, Sampling::Both, false, true}},
    {"claude-3-7-", {64000, 16384, Thinking::Budget, kNoEffort, Sampling::Both, false, true}},
    {"claude-haiku-4-5", {64000, 16384, Thinking::Budget, kNoEffort, Sampling::One, true, true}},
    {"claude-sonnet-4-5", {64000, 16384, Thinking::Budget, kNoEffort, Sampling::One, true, true}},
    {"claude-sonnet-4-6",
     {64000, 16384, Thinking::BudgetOrAdaptive, kLowToHighAndMax, Sampling::One, true, false}},
    {"claude-sonnet-4-2", {64000, 16384, Thinking::Budget, kNoEffort, Sampling::Both, false, true}},
    {"claude-sonnet-4-0", {64000, 16384, Thinking::Budget, kNoEffort, Sampling::Both, false, true}},
    {"claude-opus-4-1", {32000, 16384, Thinking::Budget, kNoEffort, Sampling::One, false, true}},
    {"claude-opus-4-5", {64000, 16384, Thinking::Budget, kLowToHigh, Sampling::One, true, true}},
    {"claude-opus-4-6",
     {128000, 16384, Thinking::BudgetOrAdaptive, kLowToHighAndMax, Sampling::One, true, false}},
    {"claude-opus-4-2", {32000, 16384, Thinking::Budget, kNoEffort, Sampling::Both, false, true}},
    {"claude-opus-4-0", {32000, 16384, Thinking::Budget, kNoEffort, Sampling::Both, false, true}},
    {"claude-", {128000, 16384, Thinking::Adaptive, kAllEfforts, Sampling::Fixed, true, false}},
    {"", {4096, 4096, Thinking::Budget, kNoEffort, Sampling::Both, false, true}},
}};

Traits row_for(std::string_view model) {
  // "anthropic/claude-..." and "eu.anthropic.claude-..." name the same models.
  if (const std::size_t at = model.find("claude-"); at != std::string_view::npos) {
    model.remove_prefix(at);
  }
  for (const Row& row : kTable) {
    if (model.substr(0, row.prefix.size()) == row.prefix) return row.traits;
  }
  return kTable.back().traits;
}

void override_thinking(json::Value value, Traits& traits) {
  if (value.equals("none")) traits.thinking = Thinking::None;
  if (value.equals("budget")) traits.thinking = Thinking::Budget;
  if (value.equals("both")) traits.thinking = Thinking::BudgetOrAdaptive;
  if (value.equals("adaptive")) traits.thinking = Thinking::Adaptive;
}

void override_sampling(json::Value value, Traits& traits) {
  if (value.equals("both")) traits.sampling = Sampling::Both;
  if (value.equals("one")) traits.sampling = Sampling::One;
  if (value.equals("fixed")) traits.sampling = Sampling::Fixed;
}

void override_efforts(json::Value value, Traits& traits) {
  if (!value.is_array()) return;
  traits.efforts = kNoEffort;
  for (const json::Value item : value.items()) {
    for (std::uint8_t i = 0; i < kEfforts; ++i) {
      const auto effort = static_cast<Effort>(i);
      if (item.equals(name_of(effort))) traits.efforts |= bit(effort);
    }
  }
}

}  // namespace

std::string_view name_of(Effort e) noexcept {
  switch (e) {
    case Effort::Low:
      return "low";
    case Effort::Medium:
      return "medium";
    case Effort::High:
      return "high";
    case Effort::XHigh:
      return "xhigh";
    case Effort::Max:
      return "max";
  }
  return "high";
}

Traits traits_of(std::string_view model, std::string_view capability) {
  Traits traits = row_for(model);
  if (capability.empty()) return traits;
  for (const json::Value::Member& m : json::Value(capability).members()) {
    const json::Value value = m.value();
    if (m.named("max_output_tokens") && value.integer() > 0) {
      traits.max_output_tokens = *value.integer();
    }
    if (m.named("default_max_tokens") && value.integer() > 0) {
      traits.default_max_tokens = *value.integer();
    }
    if (m.named("thinking")) override_thinking(value, traits);
    if (m.named("efforts")) override_efforts(value, traits);
    if (m.named("sampling")) override_sampling(value, traits);
    if (m.named("structured_output") && value.is_bool()) {
      traits.structured_output = value.is_true();
    }
    if (m.named("prefill") && value.is_bool()) traits.prefill = value.is_true();
  }
  return traits;
}

}  // namespace aip::claude
