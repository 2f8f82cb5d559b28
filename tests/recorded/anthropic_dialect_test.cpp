// Recorded answers of Anthropic's through the claude plugin and into the encoders for clients that
// speak Anthropic's dialect: natively not a byte may change; translated, a strict reader must find
// the same words, tools, thinking and usage.
#include <aiproxy/json.hpp>

#include "core/base/json.h"
#include "core/dialect/dialect.h"
#include "tests/recorded/anthropic_recordings.h"
#include "tests/support/anthropic_validator.h"
#include "tests/support/client_bytes.h"
#include "tests/support/plugin_runner.h"

namespace aip::recorded {
namespace {

using test::AnthropicStreamed;
using test::HeaderList;
using test::PluginRun;
using test::PluginUnderTest;

const HeaderList kSse{{"content-type", "text/event-stream; charset=utf-8"}};
const HeaderList kJson{{"content-type", "application/json"}};
const std::string kChat = R"({"model":"claude-x","messages":[{"role":"user","content":"hi"}]})";

PluginUnderTest& claude() {
  static PluginUnderTest plugin("claude", R"({"base_url":"http://fake"})");
  return plugin;
}

std::unique_ptr<dialect::AnswerEncoder> encoder(bool stream) {
  dialect::AnswerOptions options;
  options.stream = stream;
  options.id = "own";
  options.model = "asked";
  return dialect::make_encoder(dialect::Kind::Anthropic, options);
}

// What the plugin told, told again.
void replay(const PluginRun& run, dialect::AnswerEncoder& to, std::string& out) {
  for (const test::SeenEvent& seen : run.events()) {
    std::vector<aip_usage> usage;
    to.event(test::to_event(seen, usage), out);
  }
}

std::int64_t count_of(const std::map<std::string, std::int64_t>& counts, const char* name) {
  const auto at = counts.find(name);
  return at == counts.end() ? 0 : at->second;
}

void check_counts(const std::map<std::string, std::int64_t>& got, const Reading& want) {
  for (const char* name : {"input_tokens", "output_tokens", "cache_read_input_tokens",
                           "cache_creation_input_tokens"}) {
    CAPTURE(name);
    CHECK(count_of(got, name) == count_of(want.counts, name));
  }
}

// A tool that only the service runs is not shown, so a call of it alone is an end like any other.
std::string reason_of(const Reading& r) {
  return r.reason == "tool_use" && r.tools.empty() ? "end_turn" : r.reason;
}

}  // namespace

TEST_CASE("recorded: a client of Anthropic's dialect gets a native stream byte for byte") {
  std::size_t count = 0;
  for (const Stream& stream : streams()) {
    CAPTURE(stream.name);
    std::vector<std::string> passed;
    for (const std::string& event : stream.events) {
      if (type_of(event) != "ping") passed.push_back(event);
    }
    const std::string bytes = framed(stream.events);
    PluginRun run(claude());
    REQUIRE(run.begin(
        test::native(AIP_DIALECT_ANTHROPIC, R"({"model":"m","stream":true,"messages":[]})")));
    run.answer(0, 200, kSse, bytes, test::cut_every(100, bytes.size()));
    REQUIRE(run.finished_well());
    const auto to = encoder(true);
    std::string out;
    to->raw(run.raw(), out);
    replay(run, *to, out);
    CHECK(to->finish() != 0);
    to->end(out);
    CHECK(out == framed(passed));
    ++count;
  }
  report("Anthropic streams, byte for byte to clients of that dialect", count);
}

TEST_CASE(
    "C6 recorded: each Anthropic stream, translated there and back, keeps the rules and says the "
    "same") {
  std::size_t count = 0;
  for (const Stream& stream : streams()) {
    CAPTURE(stream.name);
    PluginRun run(claude());
    REQUIRE(run.begin(test::chat(kChat)));
    run.answer(0, 200, kSse, stream.bytes);
    REQUIRE(run.finished_well());
    const auto to = encoder(true);
    std::string out;
    replay(run, *to, out);
    to->end(out);
    const AnthropicStreamed got = test::read_anthropic_stream(out);
    const Reading want = Reading::of_stream(stream.events);
    CHECK(got.fault == "");
    CHECK(got.complete);
    CHECK((got.id == want.id || got.id == "msg_" + want.id));  // one recording has no real id
    CHECK(got.model == want.model);
    CHECK(got.thinking == want.thinking);
    CHECK(got.signatures == want.signatures);
    CHECK(got.redacted == want.redacted);
    CHECK(got.stop_reason == reason_of(want));
    // An explanation of a refusal is told as text as well.
    CHECK(got.text.starts_with(want.text));
    CHECK((want.reason == "refusal" || got.text == want.text));
    REQUIRE(got.tools.size() == want.tools.size());
    for (std::size_t i = 0; i < got.tools.size(); ++i) {
      CHECK(got.tools[i].id == want.tools[i].id);
      CHECK(got.tools[i].name == want.tools[i].name);
      CHECK(got.tools[i].input == want.tools[i].args);
    }
    check_counts(got.usage, want);
    ++count;
  }
  report("Anthropic streams, translated there and back", count);
}

TEST_CASE("recorded: each whole Anthropic answer, native and translated, says the same") {
  std::size_t count = 0;
  for (const Recording& recording : recordings("anthropic", ".response.json")) {
    CAPTURE(recording.name);
    const json::Value body(recording.text);
    if (body["type"].equals("error")) continue;
    PluginRun native(claude());
    test::PluginAsk ask = test::native(AIP_DIALECT_ANTHROPIC, R"({"model":"m","messages":[]})");
    ask.flags &= ~AIP_REQ_STREAM;
    REQUIRE(native.begin(ask));
    native.answer(0, 200, kJson, recording.text);
    REQUIRE(native.finished_well());
    std::string out;
    auto to = encoder(false);
    to->raw(native.raw(), out);
    replay(native, *to, out);
    to->end(out);
    CHECK(out == recording.text);

    PluginRun run(claude());
    REQUIRE(run.begin(test::chat_whole(kChat)));
    run.answer(0, 200, kJson, recording.text);
    REQUIRE(run.finished_well());
    out.clear();
    to = encoder(false);
    replay(run, *to, out);
    to->end(out);
    REQUIRE(json::check(out));
    const Reading want = Reading::of_whole(body);
    const Reading got = Reading::of_whole(json::Value(out));
    CHECK((got.id == want.id || got.id == "msg_" + want.id));  // one recording has no real id
    CHECK(got.model == want.model);
    CHECK(got.thinking == want.thinking);
    CHECK(got.signatures == want.signatures);
    CHECK(got.redacted == want.redacted);
    CHECK(got.reason == reason_of(want));
    CHECK(got.text.starts_with(want.text));
    CHECK((want.reason == "refusal" || got.text == want.text));
    CHECK(got.tools == want.tools);
    check_counts(got.counts, want);
    ++count;
  }
  report("whole Anthropic answers, native and translated", count);
}

// Requests that real clients sent: each is canonical chat for other providers.
TEST_CASE("recorded: each Anthropic request becomes canonical chat with all of its words") {
  std::size_t count = 0;
  for (const Recording& recording : recordings("anthropic", ".request.json")) {
    CAPTURE(recording.name);
    const auto chat = dialect::parse_chat(dialect::Kind::Anthropic, recording.text);
    REQUIRE(chat.ok());
    const auto made = dialect::to_canonical(dialect::Kind::Anthropic, *chat, recording.text);
    REQUIRE_MESSAGE(made.ok(), made.error().detail);
    CHECK(dialect::parse_chat(dialect::Kind::OpenAiChat, made->json).ok());
    std::size_t texts = 0;
    for (const json::Value message : json::Value(recording.text)["messages"].items()) {
      for (const json::Value block : message["content"].items()) {
        if (!block["type"].equals("text")) continue;
        ++texts;
        CHECK(made->json.find(block["text"].escaped()) != std::string::npos);
      }
    }
    CHECK((texts != 0 || made->json.size() > 10));
    ++count;
  }
  report("Anthropic requests as canonical chat", count);
}

}  // namespace aip::recorded
