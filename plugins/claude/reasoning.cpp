#include "reasoning.h"

#include <algorithm>
#include <array>

#include "blank.h"

namespace aip::claude {
namespace {

using Mode = Reasoning::Mode;

// OpenAI's words, what they come to as a budget, and as one of Anthropic's levels.
struct EffortWord {
  std::string_view word;
  std::int64_t budget;
  Effort effort;
};
constexpr std::array<EffortWord, 6> kEffortWords{{
    {"minimal", 1024, Effort::Low},
    {"low", 2048, Effort::Low},
    {"medium", 4096, Effort::Medium},
    {"high", 8192, Effort::High},
    {"xhigh", 16384, Effort::XHigh},
    {"max", 32768, Effort::Max},
}};
constexpr std::int64_t kUsualBudget = 4096;

const EffortWord* find_effort(json::Value value) {
  for (const EffortWord& word : kEffortWords) {
    if (value.equals(word.word)) return &word;
  }
  return nullptr;
}

bool has_adaptive(const Traits& traits) noexcept {
  return traits.thinking == Thinking::Adaptive || traits.thinking == Thinking::BudgetOrAdaptive;
}

// The level itself, or the next weaker one that the model has.
Effort nearest(Effort wanted, std::uint8_t efforts) {
  for (int i = static_cast<int>(wanted); i >= 0; --i) {
    if ((efforts & bit(static_cast<Effort>(i))) != 0) return static_cast<Effort>(i);
  }
  return wanted;
}

// An integer however it is written: 1e3 and 1000.0 are what a client's JSON library made of 1000.
std::optional<std::int64_t> whole_number(json::Value value) {
  if (const std::optional<std::int64_t> n = value.integer()) return n;
  const double n = value.number();
  if (!value.is_number() || n < -1e15 || n > 1e15) return std::nullopt;
  const auto i = static_cast<std::int64_t>(n);
  return static_cast<double>(i) >= n && static_cast<double>(i) <= n ? std::optional<std::int64_t>(i)
                                                                    : std::nullopt;
}

struct Limit {
  std::int64_t value = 0;
  bool clients = false;  // asked for, not a default
};

MaybeFailure read_limit(const Chat& chat, std::int64_t usual, Limit& limit) {
  limit.value = usual;
  const bool newer = !chat.max_completion_tokens.is_null_or_none();
  const json::Value asked = newer ? chat.max_completion_tokens : chat.max_tokens;
  if (asked.is_null_or_none()) return std::nullopt;
  const std::optional<std::int64_t> n = whole_number(asked);
  if (!n || *n < 1) {
    return invalid(newer ? "/max_completion_tokens" : "/max_tokens",
                   "The limit of tokens must be a whole number of at least 1.");
  }
  limit = {*n, true};
  return std::nullopt;
}

// The client's own `thinking`, made to fit the model.
MaybeFailure follow_thinking(json::Value thinking, const Traits& traits, Questions& questions,
                             Reasoning& plan) {
  const json::Value type = thinking["type"];
  plan.display = thinking["display"].escaped();
  if (type.equals("disabled")) {
    plan.mode = traits.thinking == Thinking::None ? Mode::Absent : Mode::Disabled;
    plan.display = {};
    return std::nullopt;
  }
  if (!type.equals("enabled") && !type.equals("adaptive")) {
    return invalid("/thinking/type", "The type of thinking must be enabled, adaptive or disabled.");
  }
  if (traits.thinking == Thinking::None) {
    if (questions.may_drop("/thinking")) return std::nullopt;
    return unsupported("/thinking", "This model does not think.");
  }
  const bool wants_budget = type.equals("enabled");
  plan.budget = whole_number(thinking["budget_tokens"]).value_or(kUsualBudget);
  plan.mode = wants_budget ? Mode::Budget : Mode::Adaptive;
  if (wants_budget && traits.thinking == Thinking::Adaptive) plan.mode = Mode::Adaptive;
  if (!wants_budget && traits.thinking == Thinking::Budget) plan.mode = Mode::Budget;
  if ((plan.mode == Mode::Budget) != wants_budget) questions.coerced("/thinking");
  return std::nullopt;
}

MaybeFailure follow_effort(const Chat& chat, const Traits& traits, Questions& questions,
                           Reasoning& plan) {
  const json::Value asked = chat.reasoning_effort;
  if (asked.is_null_or_none()) return std::nullopt;
  const bool thinking_is_told = !chat.thinking.is_null_or_none();
  if (asked.equals("none")) {
    if (!thinking_is_told && traits.thinking != Thinking::None) plan.mode = Mode::Disabled;
    return std::nullopt;
  }
  const EffortWord* word = find_effort(asked);
  if (word == nullptr) {
    return invalid("/reasoning_effort",
                   "The effort must be none, minimal, low, medium, high, xhigh or max.");
  }
  if (traits.efforts != 0) {
    const Effort effort = nearest(word->effort, traits.efforts);
    plan.effort = name_of(effort);
    if (effort != word->effort) questions.coerced("/reasoning_effort");
    if (!thinking_is_told && has_adaptive(traits)) plan.mode = Mode::Adaptive;
    return std::nullopt;
  }
  if (thinking_is_told) return std::nullopt;
  if (traits.thinking == Thinking::None) {
    if (questions.may_drop("/reasoning_effort")) return std::nullopt;
    return unsupported("/reasoning_effort", "This model does not think.");
  }
  plan.mode = has_adaptive(traits) ? Mode::Adaptive : Mode::Budget;
  plan.budget = word->budget;
  return std::nullopt;
}

void stop_thinking(const Chat& chat, Questions& questions, Reasoning& plan) {
  plan.mode = Mode::Absent;
  plan.display = {};
  questions.coerced(chat.thinking.is_null_or_none() ? "/reasoning_effort" : "/thinking");
}

// 1024 <= budget < max_tokens. What the client limited stays limited; a default grows.
void fit_budget(const Chat& chat, const Traits& traits, const Limit& limit, Questions& questions,
                Reasoning& plan) {
  const std::int64_t asked = plan.budget;
  plan.budget = std::max(asked, kBudgetMin);
  if (!limit.clients) {
    plan.max_tokens = std::min(plan.budget + limit.value, traits.max_output_tokens);
  }
  plan.budget = std::min(plan.budget, plan.max_tokens - 1);
  if (plan.budget < kBudgetMin) {
    stop_thinking(chat, questions, plan);
  } else if (plan.budget != asked) {
    questions.coerced(chat.thinking.is_null_or_none() ? "/reasoning_effort"
                                                      : "/thinking/budget_tokens");
  }
}

MaybeFailure check_number(json::Value value, const char* pointer) {
  if (value.is_null_or_none() || value.is_number()) return std::nullopt;
  return invalid(pointer, "This must be a number.");
}

void write_temperature(const Chat& chat, Draft& draft) {
  if (chat.temperature.number() > 1) {
    draft.json().key("temperature").number(1);
    draft.questions().coerced("/temperature");
  } else {
    draft.json().member_raw("temperature", chat.temperature.raw());
  }
}

MaybeFailure write_stop(json::Value stop, Draft& draft) {
  if (stop.is_null_or_none()) return std::nullopt;
  if (!stop.is_string() && !stop.is_array()) {
    return invalid("/stop", "Stop must be a string or a list of strings.");
  }
  std::vector<std::string_view> kept;
  bool all = true;
  const auto take = [&](json::Value value) {
    all = all && !is_blank(value.escaped());
    if (!is_blank(value.escaped())) kept.push_back(value.escaped());
  };
  if (stop.is_string()) take(stop);
  for (const json::Value value : stop.items()) {
    if (!value.is_string()) return invalid("/stop", "Stop must be a list of strings.");
    take(value);
  }
  if (!all) draft.questions().coerced("/stop");
  if (kept.empty()) return std::nullopt;
  draft.json().key("stop_sequences").array();
  for (const std::string_view escaped : kept) draft.json().escaped(escaped);
  draft.json().end_array();
  return std::nullopt;
}

}  // namespace

Outcome<Reasoning> plan_reasoning(const Chat& chat, const Traits& traits, Situation situation,
                                  Questions& questions) {
  Reasoning plan;
  Limit limit;
  if (MaybeFailure f = read_limit(chat, situation.default_max_tokens, limit)) return std::move(*f);
  plan.max_tokens = limit.value;
  if (!chat.thinking.is_null_or_none()) {
    if (MaybeFailure f = follow_thinking(chat.thinking, traits, questions, plan)) {
      return std::move(*f);
    }
  }
  if (MaybeFailure f = follow_effort(chat, traits, questions, plan)) return std::move(*f);
  const bool stuck = plan.mode == Mode::Budget && situation.open_loop_without_thinking;
  if (plan.thinks() && (situation.tool_forced || stuck)) stop_thinking(chat, questions, plan);
  if (plan.mode == Mode::Budget) fit_budget(chat, traits, limit, questions, plan);
  return plan;
}

void write_thinking_member(const Reasoning& plan, Draft& draft) {
  if (plan.mode == Mode::Absent) return;
  json::Writer& json = draft.json();
  json.key("thinking").object();
  switch (plan.mode) {
    case Mode::Absent:
    case Mode::Disabled:
      json.member("type", "disabled");
      break;
    case Mode::Budget:
      json.member("type", "enabled").key("budget_tokens").number(plan.budget);
      break;
    case Mode::Adaptive:
      json.member("type", "adaptive");
      break;
  }
  if (!plan.display.empty()) json.key("display").escaped(plan.display);
  json.end_object();
}

MaybeFailure write_sampling(const Chat& chat, const Traits& traits, const Reasoning& plan,
                            Draft& draft) {
  if (MaybeFailure f = check_number(chat.temperature, "/temperature")) return f;
  if (MaybeFailure f = check_number(chat.top_p, "/top_p")) return f;
  if (MaybeFailure f = check_number(chat.top_k, "/top_k")) return f;
  const bool fixed = traits.sampling == Sampling::Fixed;
  const auto leave_out = [&draft](const char* pointer) { draft.questions().coerced(pointer); };

  const bool warm = chat.temperature.is_number();
  if (warm && (plan.thinks() || fixed)) {
    if (chat.temperature.number() < 1 || chat.temperature.number() > 1) leave_out("/temperature");
  } else if (warm) {
    write_temperature(chat, draft);
  }
  if (chat.top_p.is_number()) {
    const double p = chat.top_p.number();
    const bool clash = warm && !plan.thinks() && traits.sampling == Sampling::One;
    if (fixed || clash || (plan.thinks() && p < 0.95)) {
      if (p < 1) leave_out("/top_p");  // 1 is the default: nothing is lost
    } else {
      draft.json().member_raw("top_p", chat.top_p.raw());
    }
  }
  if (chat.top_k.is_number()) {
    if (fixed || plan.thinks()) {
      leave_out("/top_k");
    } else {
      draft.json().member_raw("top_k", chat.top_k.raw());
    }
  }
  return write_stop(chat.stop, draft);
}

}  // namespace aip::claude
