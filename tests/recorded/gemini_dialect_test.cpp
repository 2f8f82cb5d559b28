// Gemini for clients, by recordings: real requests to Google become canonical chat, and what three
// providers really said becomes Gemini's answer in all of its shapes, through a strict reader.
#include <aiproxy/json.hpp>

#include "core/base/json.h"
#include "core/dialect/dialect.h"
#include "tests/recorded/recordings.h"
#include "tests/support/client_bytes.h"
#include "tests/support/gemini_answer.h"
#include "tests/support/plugin_runner.h"

namespace aip::recorded {
namespace {

using test::GeminiAnswer;
using test::GeminiReader;
using test::PluginRun;
using test::PluginUnderTest;

enum class Shape { Whole, Events, Array };

std::string answer_bytes(Shape shape, const PluginRun& run) {
  dialect::AnswerOptions options;
  options.stream = shape != Shape::Whole;
  options.framing = shape == Shape::Array ? dialect::Framing::Array : dialect::Framing::Events;
  options.id = "own";
  options.model = "asked";
  const auto encoder = dialect::make_encoder(dialect::Kind::Gemini, options);
  std::string out;
  for (const test::SeenEvent& seen : run.events()) {
    std::vector<aip_usage> usage;
    encoder->event(test::to_event(seen, usage), out);
  }
  if (run.finished_well()) {
    CHECK(encoder->finish() != 0);
    encoder->end(out);
  } else {
    dialect::ErrorReply reply;
    reply.status = 502;
    reply.message = "failed";
    encoder->fail(reply, out);
  }
  return out;
}

GeminiAnswer read(Shape shape, std::string_view bytes) {
  GeminiReader reader({"gemini", "claude"});
  switch (shape) {
    case Shape::Whole:
      return reader.whole(bytes);
    case Shape::Events:
      return reader.events(bytes);
    case Shape::Array:
      return reader.array(bytes);
  }
  return {};
}

// All shapes keep the rules and say the same.
void check_answer(const PluginRun& run) {
  std::vector<GeminiAnswer> answers;
  for (const Shape shape : {Shape::Events, Shape::Array, Shape::Whole}) {
    if (shape == Shape::Whole && !run.finished_well()) continue;  // that is a status
    answers.push_back(read(shape, answer_bytes(shape, run)));
    CHECK_MESSAGE(answers.back().good(), answers.back().fault);
    CHECK(answers.back().whole() == run.finished_well());
  }
  for (const GeminiAnswer& answer : answers) {
    for (const auto& [index, candidate] : answers.front().candidates) {
      const test::GeminiCandidateRead& same = answer.candidates.at(index);
      CHECK(same.text == candidate.text);
      CHECK(same.thoughts == candidate.thoughts);
      CHECK(same.calls == candidate.calls);
      CHECK(same.signatures == candidate.signatures);
      CHECK(same.finish == candidate.finish);
    }
  }
}

}  // namespace

TEST_CASE("recorded: requests to Gemini become canonical chat, or are refused by name") {
  std::size_t made_count = 0, refused_count = 0;
  for (const char* folder : {"gemini", "gemini-vertex"}) {
    for (const Recording& recording : recordings(folder, ".request.json")) {
      CAPTURE(recording.name);
      const auto chat = dialect::parse_chat(dialect::Kind::Gemini, recording.text,
                                            limits::kJsonDepthMax, {"m", false, ""});
      REQUIRE(chat.ok());
      const auto made = dialect::to_canonical(dialect::Kind::Gemini, *chat, recording.text);
      if (!made) CAPTURE(made.error().detail);
      REQUIRE(made.ok());
      CHECK(dialect::parse_chat(dialect::Kind::OpenAiChat, made->json).ok());
      bool refused = false;
      for (const dialect::Lack& lack : made->lacks) {
        refused = refused || lack.weight == dialect::Lack::Weight::Refuse;
      }
      ++(refused ? refused_count : made_count);
    }
  }
  report("requests to Gemini translated for others", made_count);
  report("requests to Gemini that only Google can serve, refused by name", refused_count);
}

TEST_CASE("recorded: what other providers said is good Gemini in every shape") {
  const std::optional<std::string> root = test::fixtures_folder();
  struct Source {
    const char *plugin, *folder, *model;
  };
  for (const Source& source :
       {Source{"openai", "openai-chat", "gpt-x"}, Source{"openai", "compat-", "gpt-x"},
        Source{"claude", "anthropic", "claude-x"}}) {
    static std::map<std::string, PluginUnderTest> plugins;
    PluginUnderTest& plugin =
        plugins.try_emplace(source.plugin, source.plugin, R"({"base_url":"http://fake/v1"})")
            .first->second;
    std::size_t whole = 0, failed = 0;
    for (const test::Recorded& one :
         root ? test::recorded(*root, source.folder) : std::vector<test::Recorded>()) {
      if (!one.is_stream || one.answer.empty()) continue;
      CAPTURE(one.name);
      PluginRun run(plugin);
      REQUIRE(run.begin(test::chat(std::string(R"({"model":")") + source.model +
                                   R"(","messages":[{"role":"user","content":"hi"}]})")));
      run.answer(0, 200, {{"content-type", "text/event-stream"}}, one.answer,
                 test::cut_every(1000, one.answer.size()));
      ++(run.finished_well() ? whole : failed);
      check_answer(run);
    }
    std::printf("%s: ", source.folder);
    report("streams told as Gemini's in three shapes", whole);
    if (failed != 0) report("of them failures, told as such", failed);
  }
}

}  // namespace aip::recorded
