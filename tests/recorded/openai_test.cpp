// Replays what OpenAI, Azure and compatible services really said, through the plugin of this build.
//
// Native: the bytes must pass unchanged, but for what is hidden (comments, usage that the client
// did not ask for). Typed: text, reasoning, tools, finish and usage must be what Truth, a small
// reader of its own, finds in the recording.
#include <doctest/doctest.h>

#include <aiproxy/json.hpp>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "tests/support/fixtures.h"
#include "tests/support/plugin_runner.h"

using namespace aip::test;  // NOLINT: short names read better here
using aip::json::Value;

namespace {

// ---- what the recording says -------------------------------------------------------------------

struct TrueChoice {
  std::string text, reasoning, refusal, finish;
  std::map<std::int64_t, std::array<std::string, 2>> tools;  // name, arguments
};
struct Truth {
  std::map<std::int64_t, TrueChoice> choices;
  std::int64_t input = -1, output = -1;
  bool failed = false;
  std::string passed;  // a stream's bytes as a native client should get them
};

void learn_usage(Value usage, Truth& truth) {
  if (!usage.is_object()) return;
  truth.input = usage["prompt_tokens"].integer().value_or(0);
  truth.output = usage["completion_tokens"].integer().value_or(0);
  const std::int64_t total = usage["total_tokens"].integer().value_or(0);
  truth.output = std::max(truth.output, total - truth.input);
}

void learn(Value chunk, std::string_view member, Truth& truth) {
  learn_usage(chunk["usage"], truth);
  learn_usage(chunk["x_groq"]["usage"], truth);
  for (const Value item : chunk["choices"].items()) {
    TrueChoice& choice = truth.choices[*item["index"].integer()];
    const Value said = item[member];
    const Value content = said["content"];
    choice.text += content.str();
    for (const Value part : content.items()) {
      choice.text += part["text"].str();
      for (const Value thought : part["thinking"].items())
        choice.reasoning += thought["text"].str();
    }
    choice.reasoning += said["reasoning_content"].is_string() ? said["reasoning_content"].str()
                                                              : said["reasoning"].str();
    choice.refusal += said["refusal"].str();
    std::int64_t place = 0;
    for (const Value call : said["tool_calls"].items()) {
      auto& tool = choice.tools[call["index"].integer().value_or(place)];
      ++place;
      tool[0] += call["function"]["name"].str();
      tool[1] += call["function"]["arguments"].str();
    }
    if (const Value call = said["function_call"]; call.is_object()) {
      choice.tools[0][0] += call["name"].str();
      choice.tools[0][1] += call["arguments"].str();
    }
    if (item["finish_reason"].is_string()) choice.finish = item["finish_reason"].str();
  }
}

Truth truth_of(const Recorded& r, bool usage_asked) {
  Truth truth;
  if (!r.is_stream) {
    truth.failed = Value(r.answer)["error"].is_object();  // Azure hides one behind a 200
    learn(Value(r.answer), "message", truth);
    return truth;
  }
  bool done = false;
  std::string_view rest = r.answer;
  while (!rest.empty()) {
    const std::size_t end = rest.find("\n\n");
    const std::string_view event = rest.substr(0, end == std::string_view::npos ? end : end + 2);
    rest.remove_prefix(event.size());
    const std::size_t at = event.find("data: ");
    if (at == std::string_view::npos) continue;  // a comment, or blank lines
    const std::string_view data = event.substr(at + 6, event.find('\n', at) - at - 6);
    if (data == "[DONE]") {
      done = true;
      truth.passed += "data: [DONE]\n\n";
      continue;
    }
    REQUIRE(aip::json::check(data).ok());
    const Value chunk(data);
    const bool ended = !truth.choices.empty() && !truth.choices[0].finish.empty();
    if (chunk["error"].is_object() && !ended) {
      truth.failed = true;
      return truth;
    }
    learn(chunk, "delta", truth);
    const bool only_usage = chunk["choices"].size() == 0 && chunk["usage"].is_object();
    if (!only_usage || usage_asked) truth.passed += event;
  }
  if (!done) truth.passed += "data: [DONE]\n\n";
  return truth;
}

// ---- what the plugin says ----------------------------------------------------------------------

struct Said {
  std::string lines, raw;
  bool well = false;
  friend bool operator==(const Said&, const Said&) = default;
};

PluginAsk ask_of(const Recorded& r, bool is_native, bool usage_asked) {
  const std::string body = !r.request.empty()
                               ? r.request
                               : R"({"model":"m","messages":[{"role":"user","content":"hi"}]})";
  PluginAsk ask = is_native ? native(AIP_DIALECT_OPENAI_CHAT, body) : chat(body);
  ask.flags |= AIP_REQ_NEED_USAGE;
  if (!r.is_stream) ask.flags &= ~static_cast<std::uint32_t>(AIP_REQ_STREAM);
  if (usage_asked) ask.flags |= AIP_REQ_INCLUDE_USAGE;
  return ask;
}

void feed(PluginRun& run, const Recorded& r, const Cuts& cuts) {
  run.answer(0, r.status,
             {{"content-type", r.is_stream ? "text/event-stream" : "application/json"}}, r.answer,
             cuts);
  run.run_timers(4);
}

Said said(const PluginRun& run) {
  return {run.lines(), run.raw(), run.finished_well()};
}

std::vector<Cuts> cuttings_of(std::size_t size) {
  std::vector<Cuts> out{{}, cut_every(1, size), cut_every(7, size), cut_every(4096, size)};
  const std::size_t step = size <= 1024 ? 1 : size / 32 + 1;
  for (std::size_t at = 1; at < size; at += step) out.push_back(cut_at({at}));
  return out;
}

std::uint32_t finish_of(const TrueChoice& choice) {
  if (choice.finish == "length") return AIP_FINISH_LENGTH;
  if (choice.finish == "content_filter") return AIP_FINISH_FILTER;
  return choice.tools.empty() ? AIP_FINISH_STOP : AIP_FINISH_TOOLS;
}

void check_typed(const PluginRun& run, const Truth& truth) {
  CHECK(run.raw().empty());
  for (const auto& [index, choice] : truth.choices) {
    const auto n = static_cast<std::uint32_t>(index);
    std::string refusal;
    std::vector<std::array<std::string, 2>> tools;
    int finishes = 0;
    for (const SeenEvent& e : run.events()) {
      if (e.choice != n) continue;
      if (e.type == AIP_EV_REFUSAL) refusal += e.text;
      if (e.type == AIP_EV_FINISH) ++finishes;
      if (e.type == AIP_EV_TOOL_BEGIN) {
        CHECK(e.block == tools.size());
        CHECK_FALSE(e.id.empty());
        tools.push_back({e.name, ""});
      }
      if (e.type == AIP_EV_TOOL_ARGS) tools.at(e.block)[1] += e.text;
    }
    CHECK(run.text(n) == choice.text);
    CHECK(run.reasoning(n) == choice.reasoning);
    CHECK(refusal == choice.refusal);
    CHECK(tools.size() == choice.tools.size());
    std::size_t i = 0;
    for (const auto& [key, tool] : choice.tools) CHECK(tools.at(i++) == tool);
    CHECK(finishes == (truth.failed ? 0 : 1));
    if (!truth.failed) CHECK(run.finish_reason(n) == finish_of(choice));
  }
  if (truth.input < 0) return;
  CHECK(run.usage()[AIP_USAGE_INPUT] == static_cast<std::uint64_t>(truth.input));
  CHECK(run.usage()[AIP_USAGE_OUTPUT] == static_cast<std::uint64_t>(truth.output));
}

void check_native(const PluginRun& run, const Recorded& r, const Truth& truth) {
  if (!truth.failed) CHECK(run.raw() == (r.is_stream ? truth.passed : r.answer));
  for (const SeenEvent& e : run.events()) {
    CHECK((e.type == AIP_EV_FINISH || e.type == AIP_EV_USAGE || e.type == AIP_EV_PING));
  }
  for (const auto& [index, choice] : truth.choices) {
    if (!truth.failed) CHECK(run.finish_reason(static_cast<std::uint32_t>(index)) != 0);
  }
  if (truth.input < 0) return;
  CHECK(run.usage()[AIP_USAGE_INPUT] == static_cast<std::uint64_t>(truth.input));
}

// The body that went up is the client's, but for usage asked for.
void check_native_request(const PluginRun& run, const Recorded& r) {
  if (r.request.empty()) return;
  const std::string& sent = run.calls().at(0).body;
  REQUIRE(aip::json::check(sent).ok());
  for (const Value::Member& m : Value(r.request).members()) {
    if (m.named("stream_options")) continue;
    CHECK(Value(sent)[m.key()].raw() == m.value().raw());
  }
  if (!r.is_stream) CHECK(sent == r.request);
}

bool is_chat(const Recorded& r) {
  if (r.url.find("/responses") != std::string::npos) return false;
  return r.answer.find("\"choices\"") != std::string::npos || Value(r.answer)["error"].is_object();
}

bool asks_for_usage(const Recorded& r) {
  return Value(r.request)["stream_options"]["include_usage"].is_true();
}

void replay(PluginUnderTest& plugin, const Recorded& r, bool is_native) {
  const bool usage_asked = asks_for_usage(r);
  const Truth truth = truth_of(r, usage_asked);
  const PluginAsk ask = ask_of(r, is_native, usage_asked);

  PluginRun whole(plugin);
  REQUIRE(whole.begin(ask));
  feed(whole, r, {});

  CHECK(whole.failed_callback() == 0);
  CHECK(whole.finished());
  if (is_native) check_native_request(whole, r);
  if (r.status >= 400 || (truth.failed && !r.is_stream)) {
    REQUIRE(whole.error().has_value());
    if (r.status >= 400) CHECK(whole.error()->http_status == r.status);
    CHECK(whole.error()->message == Value(r.answer)["error"]["message"].str());
    CHECK(whole.raw().empty());
    CHECK(whole.events().empty());
  } else {
    CHECK(whole.finished_well() == !truth.failed);
    if (is_native) {
      check_native(whole, r, truth);
    } else {
      check_typed(whole, truth);
    }
  }
  for (const Cuts& cuts : cuttings_of(r.answer.size())) {
    PluginRun cut(plugin);
    REQUIRE(cut.begin(ask));
    feed(cut, r, cuts);
    REQUIRE(said(cut) == said(whole));
  }
}

int replay_all(const std::string& folder, std::string_view prefix, const std::string& section) {
  PluginUnderTest plugin("openai", section);
  int replayed = 0;
  for (const Recorded& r : recorded(folder, prefix)) {
    CAPTURE(r.name);
    if (!is_chat(r)) {
      std::printf("recorded: %s skipped, it is no chat completion\n", r.name.c_str());
      continue;
    }
    for (const bool is_native : {true, false}) {
      CAPTURE(is_native);
      replay(plugin, r, is_native);
    }
    ++replayed;
  }
  return replayed;
}

}  // namespace

TEST_CASE("recorded: OpenAI's chats pass unchanged, and as events say what was recorded") {
  const std::optional<std::string> folder = fixtures_folder();
  if (!folder) {
    std::printf("recorded: openai-chat, compat-*, azure-openai-chat skipped: no fixtures\n");
    return;
  }
  const int openai = replay_all(*folder, "openai-chat", "{}");
  const int compat = replay_all(*folder, "compat-", R"({"base_url":"https://compat.example/v1"})");
  const int azure = replay_all(
      *folder, "azure-openai-chat",
      R"({"base_url":"https://r.openai.azure.com","azure":{"api_version":"2024-10-21"}})");
  std::printf("recorded: openai-chat %d, compat %d, azure %d exchanges replayed\n", openai, compat,
              azure);
  CHECK(openai > 0);
  CHECK(compat > 0);
  CHECK(azure > 0);
}
