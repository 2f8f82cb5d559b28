#include "generation.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace aip::gemini {
namespace {

// OpenAI's words, what they come to as a budget (Google's own table), and as a level.
struct EffortWord {
  std::string_view word;
  std::int64_t budget;
  Level level;
};
constexpr std::array<EffortWord, 6> kEffortWords{{
    {"minimal", 1024, Level::Minimal},
    {"low", 1024, Level::Low},
    {"medium", 8192, Level::Medium},
    {"high", 24576, Level::High},
    {"xhigh", 32768, Level::High},
    {"max", 32768, Level::High},
}};

struct Plan {
  enum class Mode : std::uint8_t { Absent, Off, Budget, Level, Shown };
  Mode mode = Mode::Absent;
  std::int64_t budget = 0;
  Level level = Level::High;
};

// The level itself, or the next stronger one that the model has, or its strongest.
Level nearest(Level wanted, std::uint8_t levels) {
  for (int i = static_cast<int>(wanted); i < kLevels; ++i) {
    if ((levels & bit(static_cast<Level>(i))) != 0) return static_cast<Level>(i);
  }
  for (int i = static_cast<int>(wanted); i >= 0; --i) {
    if ((levels & bit(static_cast<Level>(i))) != 0) return static_cast<Level>(i);
  }
  return wanted;
}

std::string_view level_of_budget(std::int64_t budget) noexcept {
  if (budget <= 1024) return "low";
  return budget <= 8192 ? "medium" : "high";
}

// Thinking off, or as little of it as the model allows.
Plan least(const Traits& traits, const std::string& pointer, Questions& questions) {
  Plan plan;
  if (traits.thinking == Thinking::None) return plan;
  if (traits.thinking == Thinking::Budget && traits.can_stop_thinking) {
    plan.mode = Plan::Mode::Off;
    return plan;
  }
  questions.coerced(pointer);
  plan.mode = traits.thinking == Thinking::Budget ? Plan::Mode::Budget : Plan::Mode::Level;
  plan.budget = traits.budget_min;
  plan.level = nearest(Level::Minimal, traits.levels);
  return plan;
}

Outcome<Plan> strong_as(std::int64_t budget, Level level, const Traits& traits,
                        const std::string& pointer, Questions& questions) {
  Plan plan;
  switch (traits.thinking) {
    case Thinking::None:
      if (questions.may_drop(pointer)) return plan;
      return unsupported(pointer, "This model does not think.");
    case Thinking::Budget:
      plan.mode = Plan::Mode::Budget;
      plan.budget = std::clamp(budget, traits.budget_min, traits.budget_max);
      if (plan.budget != budget) questions.coerced(pointer);
      return plan;
    case Thinking::Level:
      plan.mode = Plan::Mode::Level;
      plan.level = nearest(level, traits.levels);
      if (plan.level != level) questions.coerced(pointer);
      return plan;
  }
  return plan;
}

Outcome<Plan> plan_thinking(const Chat& chat, const Traits& traits, Questions& questions) {
  const json::Value type = chat.thinking["type"];
  if (type.equals("disabled")) return least(traits, "/thinking", questions);
  if (type.equals("adaptive") && traits.thinking != Thinking::None &&
      chat.reasoning_effort.is_null_or_none()) {
    Plan plan;
    plan.mode = Plan::Mode::Shown;
    return plan;
  }
  if (type.equals("enabled")) {
    const std::int64_t budget = chat.thinking["budget_tokens"].integer().value_or(8192);
    Level level = Level::High;
    for (const EffortWord& word : kEffortWords) {
      if (word.word == level_of_budget(budget)) level = word.level;
    }
    return strong_as(budget, level, traits, "/thinking", questions);
  }
  const json::Value effort = chat.reasoning_effort;
  if (effort.is_null_or_none()) return Plan{};
  if (effort.equals("none")) return least(traits, "/reasoning_effort", questions);
  for (const EffortWord& word : kEffortWords) {
    if (!effort.equals(word.word)) continue;
    const std::int64_t budget = std::min(word.budget, std::max<std::int64_t>(traits.budget_max, 1));
    return strong_as(traits.thinking == Thinking::Budget ? budget : word.budget, word.level, traits,
                     "/reasoning_effort", questions);
  }
  return invalid("/reasoning_effort",
                 "The effort must be none, minimal, low, medium, high, xhigh or max.");
}

// Members are written into generationConfig when the first of them comes.
class Config {
 public:
  explicit Config(Draft& draft) noexcept : draft_(draft) {}
  json::Writer& json() {
    if (!open_) draft_.json().key("generationConfig").object();
    open_ = true;
    return draft_.json();
  }
  void pass(std::string_view name, json::Value value) {
    if (!value.is_null_or_none()) json().member_raw(name, value.raw());
  }
  void close() {
    if (open_) draft_.json().end_object();
  }

 private:
  Draft& draft_;
  bool open_ = false;
};

MaybeFailure write_stops(json::Value stop, Config& config, Questions& questions) {
  std::vector<json::Value> stops;
  if (stop.is_string()) stops.push_back(stop);
  for (const json::Value one : stop.items()) stops.push_back(one);
  stops.erase(std::remove_if(stops.begin(), stops.end(),
                             [](json::Value one) { return one.escaped().empty(); }),
              stops.end());
  if (stops.empty()) return std::nullopt;
  if (stops.size() > kStopsMax) {
    if (!questions.may_drop("/stop")) {
      return unsupported("/stop", "Gemini takes five stop sequences at most.");
    }
    stops.resize(kStopsMax);
  }
  config.json().key("stopSequences").array();
  for (const json::Value one : stops) config.json().raw(one.raw());
  config.json().end_array();
  return std::nullopt;
}

// Gemini's seed has 32 bits; OpenAI's any number of them.
void write_seed(json::Value seed, Config& config, Questions& questions) {
  const std::optional<std::int64_t> number = seed.integer();
  if (!number) return;
  const auto small = static_cast<std::int32_t>(static_cast<std::uint32_t>(*number) & 0x7FFFFFFFU);
  if (small != *number) questions.coerced("/seed");
  config.json().key("seed").number(small);
}

void write_logprobs(const Chat& chat, Config& config) {
  if (!chat.logprobs.is_true()) return;
  config.json().key("responseLogprobs").boolean(true);
  config.pass("logprobs", chat.top_logprobs);
}

MaybeFailure write_modalities(const Chat& chat, Config& config, Questions& questions) {
  if (chat.modalities.size() == 0) return std::nullopt;
  std::vector<std::string_view> out;
  std::size_t index = 0;
  for (const json::Value one : chat.modalities.items()) {
    const std::string pointer = "/modalities/" + std::to_string(index++);
    if (one.equals("text")) {
      out.emplace_back("TEXT");
    } else if (one.equals("image")) {
      out.emplace_back("IMAGE");
    } else if (one.equals("audio")) {
      out.emplace_back("AUDIO");
    } else if (!questions.may_drop(pointer)) {
      return unsupported(pointer, "Gemini answers in text, images and audio.");
    }
  }
  // Text alone is what it gives anyway; text beside audio is OpenAI's transcript.
  const bool speaks = std::find(out.begin(), out.end(), "AUDIO") != out.end();
  if (speaks) out.assign(1, "AUDIO");
  if (out.size() == 1 && out.front() == "TEXT") return std::nullopt;
  config.json().key("responseModalities").array();
  for (const std::string_view name : out) config.json().string(name);
  config.json().end_array();
  const json::Value voice = chat.audio["voice"];
  if (!speaks || !voice.is_string()) return std::nullopt;
  json::Writer& json = config.json();
  json.key("speechConfig").object().key("voiceConfig").object();
  json.key("prebuiltVoiceConfig").object().member_raw("voiceName", voice.raw());
  json.end_object().end_object().end_object();
  if (chat.audio["format"]) questions.coerced("/audio/format");
  return std::nullopt;
}

MaybeFailure write_thinking(const Chat& chat, const Traits& traits, Config& config,
                            Questions& questions) {
  if (chat.thinking_config.is_object()) {
    config.json().member_raw("thinkingConfig", chat.thinking_config.raw());
    return std::nullopt;
  }
  Outcome<Plan> planned = plan_thinking(chat, traits, questions);
  if (auto* failure = std::get_if<sdk::Failure>(&planned)) return std::move(*failure);
  const Plan& plan = std::get<Plan>(planned);
  if (plan.mode == Plan::Mode::Absent) return std::nullopt;
  json::Writer& json = config.json();
  json.key("thinkingConfig").object();
  switch (plan.mode) {
    case Plan::Mode::Absent:
    case Plan::Mode::Shown:
      break;
    case Plan::Mode::Off:
      json.key("thinkingBudget").number(0);
      break;
    case Plan::Mode::Budget:
      json.key("thinkingBudget").number(plan.budget);
      break;
    case Plan::Mode::Level:
      json.member("thinkingLevel", name_of(plan.level));
      break;
  }
  if (plan.mode != Plan::Mode::Off) json.key("includeThoughts").boolean(true);
  json.end_object();
  return std::nullopt;
}

MaybeFailure write_limit(const Chat& chat, Config& config) {
  const bool newer = !chat.max_completion_tokens.is_null_or_none();
  const json::Value asked = newer ? chat.max_completion_tokens : chat.max_tokens;
  if (asked.is_null_or_none()) return std::nullopt;
  if (!asked.is_number() || asked.number() < 1) {
    return invalid(newer ? "/max_completion_tokens" : "/max_tokens",
                   "The limit of tokens must be a whole number of at least 1.");
  }
  config.pass("maxOutputTokens", asked);
  return std::nullopt;
}

}  // namespace

MaybeFailure write_generation(const Chat& chat, const Traits& traits, const ToolPlan& tools,
                              Schemas schemas, Draft& draft) {
  Config config(draft);
  Questions& questions = draft.questions();
  if (MaybeFailure failure = write_limit(chat, config)) return failure;
  config.pass("temperature", chat.temperature);
  config.pass("topP", chat.top_p);
  config.pass("topK", chat.top_k);
  if (chat.n.number() > 1) config.pass("candidateCount", chat.n);
  if (MaybeFailure failure = write_stops(chat.stop, config, questions)) return failure;
  write_seed(chat.seed, config, questions);
  config.pass("presencePenalty", chat.presence_penalty);
  config.pass("frequencyPenalty", chat.frequency_penalty);
  write_logprobs(chat, config);
  if (tools.json) {
    static_cast<void>(config.json());
    write_format(tools, schemas, draft);
  }
  if (MaybeFailure failure = write_modalities(chat, config, questions)) return failure;
  config.pass("mediaResolution", chat.media_resolution);
  config.pass("imageConfig", chat.image_config);
  if (MaybeFailure failure = write_thinking(chat, traits, config, questions)) return failure;
  config.close();
  return std::nullopt;
}

}  // namespace aip::gemini
