// Recorded exchanges of OpenAI's Responses: natively, through the plugin and the encoder, not a
// byte may change; a recorded request is translated or refused by name; a recorded answer told as
// typed events is written anew with the same words, and a strict reader finds no fault in it.
#include <doctest/doctest.h>

#include <aiproxy/events.hpp>
#include <aiproxy/json.hpp>
#include <cstdio>
#include <deque>

#include "core/base/json.h"
#include "core/dialect/dialect.h"
#include "tests/recorded/recordings.h"
#include "tests/support/plugin_runner.h"
#include "tests/support/responses_validator.h"

namespace aip::recorded::responses_test {
namespace {

using json::Value;
using test::PluginRun;
using test::PluginUnderTest;
using test::Recorded;
namespace event = sdk::event;

constexpr auto kKind = dialect::Kind::OpenAiResponses;

bool is_last(Value type) {
  return type.equals("response.completed") || type.equals("response.incomplete") ||
         type.equals("response.failed");
}

// What a native client gets of a recorded stream: its first turn (some hold several), without the
// [DONE] that framing a recording adds. `last` is the event that ended it.
struct Truth {
  std::string bytes, last;
};
Truth truth_of(const Recorded& r) {
  Truth truth;
  std::string_view rest = r.answer;
  while (!rest.empty() && truth.last.empty()) {
    const std::size_t end = std::min(rest.find("\n\n"), rest.size() - 2) + 2;
    const std::string_view one = rest.substr(0, end);
    rest.remove_prefix(end);
    const std::size_t at = one.find("data: ");
    if (at == std::string_view::npos) continue;
    const std::string_view data = one.substr(at + 6, one.find('\n', at) - at - 6);
    if (data == "[DONE]") continue;
    REQUIRE(json::check(data).ok());
    truth.bytes += one;
    if (is_last(Value(data)["type"])) truth.last = data;
  }
  return truth;
}

std::unique_ptr<dialect::AnswerEncoder> encoder_of(bool stream, const std::string& echo = {}) {
  dialect::AnswerOptions options;
  options.stream = stream;
  options.id = "own";
  options.model = "asked";
  options.echo = echo;
  return dialect::make_encoder(kKind, options);
}

test::PluginAsk ask_of(const Recorded& r) {
  const std::string body = r.request.empty() ? R"({"model":"m","input":"hi"})" : r.request;
  test::PluginAsk ask = test::native(AIP_DIALECT_OPENAI_RESPONSES, body);
  ask.path = "/v1/responses";
  if (!r.is_stream) ask.flags &= ~static_cast<std::uint32_t>(AIP_REQ_STREAM);
  return ask;
}

void feed(PluginRun& run, const Recorded& r, const test::Cuts& cuts) {
  const char* type = r.is_stream ? "text/event-stream; charset=utf-8" : "application/json";
  run.answer(0, r.status, {{"content-type", type}}, r.answer, cuts);
  run.run_timers(4);
}

void replay_natively(PluginUnderTest& plugin, const Recorded& r) {
  PluginRun run(plugin);
  REQUIRE(run.begin(ask_of(r)));
  if (!r.request.empty()) CHECK(run.calls().at(0).body == r.request);
  feed(run, r, {});
  REQUIRE(run.finished());
  if (r.status >= 400) {
    REQUIRE(run.error().has_value());
    CHECK(run.error()->http_status == r.status);
    CHECK(run.error()->message == Value(r.answer)["error"]["message"].str());
    return;
  }
  const Truth truth = r.is_stream ? truth_of(r) : Truth{r.answer, {}};
  const bool failed = Value(truth.last)["type"].equals("response.failed");
  CHECK(run.raw() == truth.bytes);
  CHECK(run.finished_well() == !failed);
  const Value response = r.is_stream ? Value(truth.last)["response"] : Value(r.answer);
  if (!failed) {
    const Value usage = response["usage"];
    CHECK(run.finish_reason() != 0);
    CHECK(static_cast<std::int64_t>(run.usage()[AIP_USAGE_INPUT]) ==
          usage["input_tokens"].integer().value_or(0));
    CHECK(static_cast<std::int64_t>(run.usage()[AIP_USAGE_OUTPUT]) ==
          usage["output_tokens"].integer().value_or(0));
  }

  const auto encoder = encoder_of(r.is_stream);
  std::string out;
  encoder->raw(run.raw(), out);
  encoder->fail(dialect::ErrorReply{}, out);
  if (r.is_stream) CHECK(out == truth.bytes);

  const std::size_t size = r.answer.size();
  for (const test::Cuts& cuts :
       {test::cut_every(1, size), test::cut_every(7, size), test::cut_every(4096, size)}) {
    PluginRun cut(plugin);
    REQUIRE(cut.begin(ask_of(r)));
    feed(cut, r, cuts);
    REQUIRE(cut.raw() == run.raw());
    REQUIRE(cut.lines() == run.lines());
  }
}

// The output of a recorded response as events, a word at a time.
class Retelling {
 public:
  explicit Retelling(Value response) {
    std::uint32_t block = 0;
    const Value output = response["output"];
    for (const Value item : output.items()) {
      if (item["type"].equals("reasoning")) reasoning(item);
      if (item["type"].equals("message")) message(item);
      if (item["type"].equals("function_call")) {
        events.push_back(
            event::tool_begin(block, keep(item["call_id"].str()), keep(item["name"].str())));
        const std::string_view arguments = keep(item["arguments"].str());
        const std::size_t half = arguments.size() / 2;
        events.push_back(event::tool_args(block, arguments.substr(0, half)));
        events.push_back(event::tool_args(block, arguments.substr(half)));
        events.push_back(event::block_end(block++));
      }
    }
    events.push_back(event::finish(block != 0 ? AIP_FINISH_TOOLS : AIP_FINISH_STOP, ""));
  }
  std::vector<aip_event> events;

 private:
  std::string_view keep(std::string text) { return kept_.emplace_back(std::move(text)); }
  void reasoning(Value item) {
    const Value summary = item["summary"];
    for (const Value part : summary.items()) {
      events.push_back(event::escaped(event::reasoning(part["text"].escaped())));
    }
    if (const std::string_view sealed = item["encrypted_content"].escaped(); !sealed.empty()) {
      events.push_back(event::signature(sealed));
    }
  }
  void message(Value item) {
    const Value content = item["content"];
    for (const Value part : content.items()) {
      std::string_view text = part["text"].escaped();
      while (!text.empty()) {
        const std::size_t end = std::min(text.find(' '), text.size() - 1) + 1;
        events.push_back(event::escaped(event::text(text.substr(0, end))));
        text.remove_prefix(end);
      }
    }
  }
  std::deque<std::string> kept_;
};

std::string words_of(Value response) {
  std::string out;
  const Value output = response["output"];
  for (const Value item : output.items()) {
    const Value content = item["content"];
    const Value summary = item["summary"];
    if (item["type"].equals("message")) {
      for (const Value part : content.items()) out += part["text"].str();
    }
    if (item["type"].equals("reasoning")) {
      for (const Value part : summary.items()) out += part["text"].str();
    }
    if (item["type"].equals("function_call")) {
      out += item["call_id"].str() + item["name"].str() + item["arguments"].str();
    }
  }
  return out;
}

void write_anew(Value response, const std::string& echo) {
  const Retelling told(response);
  const auto stream = encoder_of(true, echo);
  const auto whole = encoder_of(false, echo);
  std::string events, object;
  for (const aip_event& e : told.events) {
    stream->event(e, events);
    whole->event(e, object);
  }
  stream->end(events);
  whole->end(object);
  const test::ResponsesValidator v(events);
  CHECK(v.fault() == "");
  CHECK(v.ending() == "completed");
  CHECK(words_of(v.response()) == words_of(response));
  REQUIRE(json::check(object).ok());
  CHECK(Value(object)["output"].raw() == v.response()["output"].raw());
}

}  // namespace

TEST_CASE("recorded: OpenAI's Responses pass byte for byte, and are written anew without a fault") {
  const std::optional<std::string> folder = test::fixtures_folder();
  if (!folder) return report("Responses of OpenAI's", 0);
  PluginUnderTest plugin("openai");
  const std::string echo = dialect::parse_chat(kKind, R"({"input":"x"})").value().echo;
  std::size_t answers = 0;
  for (const Recorded& r : test::recorded(*folder, "openai-responses")) {
    CAPTURE(r.name);
    ++answers;
    replay_natively(plugin, r);
    if (r.status >= 400) continue;
    const Truth truth = r.is_stream ? truth_of(r) : Truth{};
    const Value response = r.is_stream ? Value(truth.last)["response"] : Value(r.answer);
    if (response["output"].is_array()) write_anew(response, echo);
  }
  report("answers of OpenAI's Responses, native and written anew", answers);
  CHECK(answers > 0);
}

TEST_CASE("recorded: requests of Responses become canonical chat") {
  std::size_t translated = 0, refused = 0;
  const std::vector<Recording> requests = recordings("openai-responses", ".request.json");
  for (const Recording& r : requests) {
    CAPTURE(r.name);
    const auto chat = dialect::parse_chat(kKind, r.text);
    REQUIRE(chat.ok());
    CHECK(json::check("{" + chat->echo + "}").ok());
    const auto made = dialect::to_canonical(kKind, *chat, r.text);
    if (!made) {
      CHECK_FALSE(made.error().param.empty());
      ++refused;
      continue;
    }
    ++translated;
    REQUIRE(json::check(made->json, limits::kJsonDepthMax + 8).ok());
    const auto again = dialect::parse_chat(dialect::Kind::OpenAiChat, made->json);
    REQUIRE(again.ok());
    CHECK(again->model == chat->model);
    CHECK(again->stream == chat->stream);
  }
  report("requests of OpenAI's Responses translated", translated);
  CHECK(refused == 0);
}

}  // namespace aip::recorded::responses_test
