#include "facts.h"

#include <algorithm>
#include <array>

namespace aip::openai {
namespace {

using json::Value;

struct Reason {
  std::string_view word;
  std::uint32_t finish;
};
constexpr std::array<Reason, 8> kReasons{{
    {"stop", AIP_FINISH_STOP},
    {"length", AIP_FINISH_LENGTH},
    {"tool_calls", AIP_FINISH_TOOLS},
    {"function_call", AIP_FINISH_TOOLS},
    {"content_filter", AIP_FINISH_FILTER},
    {"max_tokens", AIP_FINISH_LENGTH},
    {"model_length", AIP_FINISH_LENGTH},
    {"tool_use", AIP_FINISH_TOOLS},
}};

// A count; 0 for anything that is none. Some services write whole numbers as 12.0.
std::uint64_t count_of(Value value) noexcept {
  if (const auto n = value.integer()) return *n > 0 ? static_cast<std::uint64_t>(*n) : 0;
  const double real = value.number();
  return real > 0 && real < 1e15 ? static_cast<std::uint64_t>(real) : 0;
}

struct Counted {
  std::string_view name;
  std::uint32_t kind;
};
constexpr std::array<Counted, 3> kPromptDetails{{
    {"cached_tokens", AIP_USAGE_CACHE_READ},
    {"cache_write_tokens", AIP_USAGE_CACHE_WRITE},
    {"audio_tokens", AIP_USAGE_AUDIO_INPUT},
}};
constexpr std::array<Counted, 4> kCompletionDetails{{
    {"reasoning_tokens", AIP_USAGE_REASONING},
    {"audio_tokens", AIP_USAGE_AUDIO_OUTPUT},
    {"accepted_prediction_tokens", AIP_USAGE_ACCEPTED_PREDICTION},
    {"rejected_prediction_tokens", AIP_USAGE_REJECTED_PREDICTION},
}};

template <std::size_t N>
void read_details(Value details, const std::array<Counted, N>& list, sdk::Usage& counts) {
  for (const Counted& one : list) {
    if (const Value value = details[one.name]; value.is_number()) {
      counts.set(one.kind, count_of(value));
    }
  }
}

}  // namespace

std::uint32_t finish_of(std::string_view reason) noexcept {
  if (reason.empty()) return 0;
  for (const Reason& known : kReasons) {
    if (known.word == reason) return known.finish;
  }
  return AIP_FINISH_STOP;  // "eos", "end_turn", and whatever comes next
}

void read_usage(Value usage, sdk::Usage& counts) {
  if (!usage.is_object()) return;
  const std::uint64_t input = count_of(usage["prompt_tokens"]);
  std::uint64_t output = count_of(usage["completion_tokens"]);
  const std::uint64_t total = count_of(usage["total_tokens"]);
  if (total > input + output) output = total - input;
  counts.set(AIP_USAGE_INPUT, input).set(AIP_USAGE_OUTPUT, output);
  // DeepSeek and Moonshot tell the hits of their caches beside the details.
  for (const std::string_view name : {"prompt_cache_hit_tokens", "cached_tokens"}) {
    if (const Value hits = usage[name]; hits.is_number()) {
      counts.set(AIP_USAGE_CACHE_READ, count_of(hits));
    }
  }
  read_details(usage["prompt_tokens_details"], kPromptDetails, counts);
  read_details(usage["completion_tokens_details"], kCompletionDetails, counts);
}

void read_responses_usage(Value usage, sdk::Usage& counts) {
  if (!usage.is_object()) return;
  counts.set(AIP_USAGE_INPUT, count_of(usage["input_tokens"]));
  counts.set(AIP_USAGE_OUTPUT, count_of(usage["output_tokens"]));
  read_details(usage["input_tokens_details"], kPromptDetails, counts);
  read_details(usage["output_tokens_details"], kCompletionDetails, counts);
}

Chunk::Chunk(Value object) {
  Value groq;
  for (const Value::Member& m : object.members()) {
    if (m.named("id")) id = m.value();
    if (m.named("model")) model = m.value();
    if (m.named("created")) created = m.value();
    if (m.named("choices")) choices = m.value();
    if (m.named("usage")) usage = m.value();
    if (m.named("error")) error = m.value();
    if (m.named("x_groq")) groq = m.value();
  }
  if (!usage.is_object() && groq) usage = groq["usage"];
  if (error.is_null()) error = {};
}

std::uint32_t index_of(Value index) noexcept {
  const std::int64_t n = index.integer().value_or(0);
  return static_cast<std::uint32_t>(
      std::clamp<std::int64_t>(n, 0, static_cast<std::int64_t>(kChoicesMax) - 1));
}

void Progress::begin(std::uint32_t choice) {
  if (choice >= state_.size()) state_.resize(choice + 1, State::Unseen);
  if (state_[choice] == State::Unseen) state_[choice] = State::Begun;
}

bool Progress::finish(std::uint32_t choice) {
  begin(choice);
  if (state_[choice] == State::Finished) return false;
  state_[choice] = State::Finished;
  return true;
}

bool Progress::open(std::uint32_t choice) const noexcept {
  return choice < state_.size() && state_[choice] == State::Begun;
}

bool Progress::complete() const noexcept {
  const auto is = [](State wanted) { return [wanted](State state) { return state == wanted; }; };
  return std::any_of(state_.begin(), state_.end(), is(State::Finished)) &&
         std::none_of(state_.begin(), state_.end(), is(State::Begun));
}

}  // namespace aip::openai
