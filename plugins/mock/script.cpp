#include "script.h"

#include <aiproxy/abi.h>

#include <algorithm>
#include <cstdio>

#include "schema_value.h"
#include "words.h"

namespace mock {
namespace {

constexpr std::string_view kLineText =
    ": the quick brown fox jumps over the lazy dog and comes back\n";
constexpr std::uint64_t kLineWords = 14;  // "line", its number, and the twelve above

std::string images_note(std::size_t images) {
  if (images == 0) return {};
  return " (with " + std::to_string(images) + (images == 1 ? " image)" : " images)");
}

std::string echo(const Ask& ask) {
  if (ask.last_user.empty() && ask.images == 0) return "Hello from mock.";
  return "Hello from mock. You said: " + ask.last_user + images_note(ask.images);
}

std::string json_answer(const Ask& ask) {
  if (ask.response_schema) return value_for(ask.response_schema, ask.last_user);
  std::string out;
  aip::json::Writer(out).object().member("answer", ask.last_user).end_object();
  return out;
}

const Tool& wanted_tool(const Ask& ask) {
  const auto named = std::find_if(ask.tools.begin(), ask.tools.end(),
                                  [&](const Tool& t) { return t.name == ask.wanted_tool; });
  return named != ask.tools.end() ? *named : ask.tools.front();
}

Step finish_step(std::uint32_t choice, std::uint32_t finish, std::string_view name) {
  Step step;
  step.type = AIP_EV_FINISH;
  step.choice = choice;
  step.finish = finish;
  step.name = std::string(name);
  return step;
}

}  // namespace

Script::Script(std::string_view model, const Ask& ask, std::uint64_t long_lines) {
  if (model == "mock-long") {
    say_lines(ask, long_lines);
    return;
  }
  for (std::uint32_t choice = 0; choice < ask.choices; ++choice) {
    if (model == "mock-tools" && ask.answers_tool) {
      say(choice, "The tool said: " + ask.tool_result, ask);
    } else if (model == "mock-tools" && !ask.tools.empty()) {
      call_tool(choice, wanted_tool(ask), ask);
    } else if (model == "mock-json") {
      say(choice, json_answer(ask), ask);
    } else {
      if (model == "mock-think") {
        think(choice, "The user wrote " + std::to_string(count_words(ask.last_user)) +
                          " words. I shall repeat them.");
      }
      say(choice, echo(ask), ask);
    }
  }
  if (model == "mock-cut") cut_in_half();
}

void Script::say(std::uint32_t choice, const std::string& text, const Ask& ask) {
  std::string_view rest = text;
  Step end = finish_step(choice, AIP_FINISH_STOP, "stop");
  for (const std::string& stop : ask.stops) {
    const std::size_t at = rest.find(stop);
    if (at == std::string_view::npos) continue;
    rest = rest.substr(0, at);
    end = finish_step(choice, AIP_FINISH_STOP_SEQUENCE, "stop");
    end.text = stop;
  }
  for (std::size_t said = 0; !rest.empty(); ++said) {
    if (said == ask.words_max) {
      end = finish_step(choice, AIP_FINISH_LENGTH, "length");
      break;
    }
    Step step;
    step.type = AIP_EV_TEXT;
    step.choice = choice;
    step.text = std::string(first_word(rest));
    rest.remove_prefix(step.text.size());
    steps_.push_back(std::move(step));
  }
  steps_.push_back(std::move(end));
}

void Script::think(std::uint32_t choice, const std::string& text) {
  std::string_view rest = text;
  while (!rest.empty()) {
    Step step;
    step.type = AIP_EV_REASONING;
    step.choice = choice;
    step.text = std::string(first_word(rest));
    rest.remove_prefix(step.text.size());
    steps_.push_back(std::move(step));
  }
  Step signature;
  signature.type = AIP_EV_SIGNATURE;
  signature.choice = choice;
  signature.text = "bW9jaw==";
  steps_.push_back(std::move(signature));
}

void Script::call_tool(std::uint32_t choice, const Tool& tool, const Ask& ask) {
  Step begin;
  begin.type = AIP_EV_TOOL_BEGIN;
  begin.choice = choice;
  begin.id = "call_mock_" + std::to_string(ask.tool_calls_before + 1);
  begin.name = tool.name;
  steps_.push_back(std::move(begin));
  // A function without a schema takes no arguments.
  const std::string args = tool.schema ? value_for(tool.schema, ask.last_user) : "{}";
  std::string_view rest = args;
  while (!rest.empty()) {
    Step step;
    step.type = AIP_EV_TOOL_ARGS;
    step.choice = choice;
    step.text = std::string(first_word(rest));
    rest.remove_prefix(step.text.size());
    steps_.push_back(std::move(step));
  }
  Step end;
  end.type = AIP_EV_BLOCK_END;
  end.choice = choice;
  steps_.push_back(std::move(end));
  steps_.push_back(finish_step(choice, AIP_FINISH_TOOLS, "tool_calls"));
}

void Script::say_lines(const Ask& ask, std::uint64_t lines) {
  lines_ = std::min<std::uint64_t>(lines, ask.words_max / kLineWords);
  if (lines_ < lines) {
    steps_.push_back(finish_step(0, AIP_FINISH_LENGTH, "length"));
  } else {
    steps_.push_back(finish_step(0, AIP_FINISH_STOP, "stop"));
  }
}

void Script::cut_in_half() {
  cut_ = true;
  steps_.resize(std::max<std::size_t>(steps_.size() / 2, 1));
}

std::optional<Step> Script::next() {
  if (line_ < lines_) {
    char number[32];
    std::snprintf(number, sizeof number, "line %08llu", static_cast<unsigned long long>(++line_));
    words_ += kLineWords;
    Step step;
    step.type = AIP_EV_TEXT;
    step.text.append(number).append(kLineText);
    return step;
  }
  if (at_ == steps_.size()) return std::nullopt;
  Step step = std::move(steps_[at_++]);
  const bool reasoning = step.type == AIP_EV_REASONING;
  if (reasoning || step.type == AIP_EV_TEXT || step.type == AIP_EV_TOOL_ARGS) ++words_;
  if (reasoning) ++reasoning_words_;
  return step;
}

}  // namespace mock
