#include "models.h"

#include <aiproxy/json.hpp>

#include <array>

namespace aip::gemini {
namespace {

constexpr std::uint8_t kNoLevel = 0;
constexpr std::uint8_t kLowAndHigh = bit(Level::Low) | bit(Level::High);
constexpr std::uint8_t kLowToHigh = kLowAndHigh | bit(Level::Medium);
constexpr std::uint8_t kAllLevels = kLowToHigh | bit(Level::Minimal);

constexpr Traits kOld{Thinking::None, 0, 0, true, kNoLevel, false, false, false, false};
constexpr Traits kPro25{Thinking::Budget, 128, 32768, false, kNoLevel, true, false, false, false};
constexpr Traits kFlash25{Thinking::Budget, 1, 24576, true, kNoLevel, true, false, false, false};
constexpr Traits kLite25{Thinking::Budget, 512, 24576, true, kNoLevel, true, false, false, false};
constexpr Traits kImage25{Thinking::None, 0, 0, true, kNoLevel, true, false, false, false};
constexpr Traits gen3(std::uint8_t levels) {
  return {Thinking::Level, 0, 0, false, levels, true, true, true, true};
}

struct Row {
  std::string_view prefix;
  Traits traits;
};

// The row "gemini-" catches models that are younger than this table: like the newest, and with the
// levels that all of those have. The last row is for models of other makers.
constexpr std::array<Row, 14> kTable{{
    {"gemini-1", kOld},
    {"gemini-pro", kOld},
    {"gemini-2.0", kOld},
    {"gemini-2.5-pro", kPro25},
    {"gemini-2.5-flash-lite", kLite25},
    {"gemini-2.5-flash-image", kImage25},
    {"gemini-2.5-", kFlash25},
    {"gemini-3-pro", gen3(kLowAndHigh)},
    {"gemini-3.1-pro", gen3(kLowToHigh)},
    {"gemini-3", gen3(kAllLevels)},
    {"gemini-flash-latest", gen3(kAllLevels)},
    {"gemini-embedding", kOld},
    {"gemini-", gen3(kLowAndHigh)},
    {"", kOld},
}};

Traits row_for(std::string_view model) {
  // "google/gemini-..." and "models/gemini-..." name the same models.
  if (const std::size_t at = model.find("gemini-"); at != std::string_view::npos) {
    model.remove_prefix(at);
  }
  for (const Row& row : kTable) {
    if (model.substr(0, row.prefix.size()) == row.prefix) return row.traits;
  }
  return kOld;
}

struct Flag {
  std::string_view name;
  bool Traits::*field;
};
constexpr std::array<Flag, 5> kFlags{{
    {"can_stop_thinking", &Traits::can_stop_thinking},
    {"json_schema", &Traits::json_schema},
    {"json_with_tools", &Traits::json_with_tools},
    {"mixed_tools", &Traits::mixed_tools},
    {"signatures", &Traits::signatures},
}};

void override_thinking(json::Value value, Traits& traits) {
  if (value.equals("none")) traits.thinking = Thinking::None;
  if (value.equals("budget")) traits.thinking = Thinking::Budget;
  if (value.equals("level")) traits.thinking = Thinking::Level;
}

void override_levels(json::Value value, Traits& traits) {
  if (!value.is_array()) return;
  traits.levels = kNoLevel;
  for (const json::Value item : value.items()) {
    for (std::uint8_t i = 0; i < kLevels; ++i) {
      if (item.equals(name_of(static_cast<Level>(i)))) traits.levels |= bit(static_cast<Level>(i));
    }
  }
}

}  // namespace

std::string_view name_of(Level level) noexcept {
  switch (level) {
    case Level::Minimal:
      return "minimal";
    case Level::Low:
      return "low";
    case Level::Medium:
      return "medium";
    case Level::High:
      return "high";
  }
  return "high";
}

Traits traits_of(std::string_view model, std::string_view capability) {
  Traits traits = row_for(model);
  if (capability.empty()) return traits;
  for (const json::Value::Member& m : json::Value(capability).members()) {
    const json::Value value = m.value();
    if (m.named("thinking")) override_thinking(value, traits);
    if (m.named("levels")) override_levels(value, traits);
    if (m.named("budget_min")) traits.budget_min = value.integer().value_or(traits.budget_min);
    if (m.named("budget_max")) traits.budget_max = value.integer().value_or(traits.budget_max);
    for (const Flag& flag : kFlags) {
      if (m.named(flag.name) && value.is_bool()) traits.*flag.field = value.is_true();
    }
  }
  return traits;
}

}  // namespace aip::gemini
