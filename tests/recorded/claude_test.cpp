// Recorded exchanges with Anthropic, replayed through the plugin.
//
// What each answer says is read a second time by Reading below, which knows nothing of the plugin:
// it walks the recorded JSON and adds up text, tools, usage and the reason.
#include <aiproxy/json.hpp>

#include <map>
#include <set>

#include "core/base/json.h"
#include "tests/recorded/anthropic_recordings.h"
#include "tests/support/plugin_runner.h"

namespace aip::recorded::claude_plugin {
namespace {

using test::Cuts;
using test::HeaderList;
using test::PluginAsk;
using test::PluginRun;
using test::PluginUnderTest;

const HeaderList kSse{{"content-type", "text/event-stream; charset=utf-8"}, {"retry-after", "42"}};
const HeaderList kJson{{"content-type", "application/json"}};

// Up to here each place of a stream is a place to cut it. 160,000 cuts take seconds, but without
// optimization minutes: then longer streams are cut at the borders of lines and at every 61st byte.
#ifdef NDEBUG
constexpr std::size_t kShortBytes = 1 << 20;
#else
constexpr std::size_t kShortBytes = 4000;
#endif

const std::string kChat = R"({"model":"claude-x","messages":[{"role":"user","content":"hi"}]})";

PluginUnderTest& claude() {
  static PluginUnderTest plugin("claude", R"({"base_url":"http://fake"})");
  return plugin;
}

std::uint32_t finish_by_name(const Reading& r) {
  static const std::map<std::string, std::uint32_t> names{
      {"end_turn", AIP_FINISH_STOP},  {"stop_sequence", AIP_FINISH_STOP_SEQUENCE},
      {"tool_use", AIP_FINISH_TOOLS}, {"max_tokens", AIP_FINISH_LENGTH},
      {"refusal", AIP_FINISH_FILTER}, {"pause_turn", AIP_FINISH_PAUSE}};
  return names.at(r.reason);
}

// The same figures, from the plugin's events.
void check_equal(const PluginRun& run, const Reading& want) {
  std::string signatures, redacted, id, model;
  std::vector<ReadTool> tools;
  for (const test::SeenEvent& e : run.events()) {
    if (e.type == AIP_EV_START) {
      id = e.id;
      model = e.name;
    }
    if (e.type == AIP_EV_SIGNATURE && (e.flags & AIP_EVF_REDACTED) != 0) redacted += e.text;
    if (e.type == AIP_EV_SIGNATURE && (e.flags & AIP_EVF_REDACTED) == 0) signatures += e.text;
    if (e.type == AIP_EV_TOOL_BEGIN) {
      CHECK(e.block == tools.size());
      tools.push_back({e.id, e.name, {}});
    }
    if (e.type == AIP_EV_TOOL_ARGS) tools.at(e.block).args += e.text;
  }
  CHECK(id == want.id);
  CHECK(model == want.model);
  CHECK(run.text() == want.text);
  CHECK(run.reasoning() == want.thinking);
  CHECK(signatures == want.signatures);
  CHECK(redacted == want.redacted);
  CHECK(tools == want.tools);
  // An answer that the limit cut off may end inside a tool's arguments.
  for (const ReadTool& tool : tools) CHECK((want.reason == "max_tokens" || json::check(tool.args)));
  CHECK(run.finish_reason() == finish_by_name(want));
  const auto count = [&want](const char* name) -> std::uint64_t {
    const auto at = want.counts.find(name);
    return at == want.counts.end() ? 0 : static_cast<std::uint64_t>(at->second);
  };
  auto usage = run.usage();
  CHECK(usage[AIP_USAGE_INPUT] == count("input_tokens") + count("cache_read_input_tokens") +
                                      count("cache_creation_input_tokens"));
  CHECK(usage[AIP_USAGE_OUTPUT] == count("output_tokens"));
  CHECK(usage[AIP_USAGE_CACHE_READ] == count("cache_read_input_tokens"));
  CHECK(usage[AIP_USAGE_CACHE_WRITE] == count("cache_creation_input_tokens"));
}

std::string lines_with(const std::string& bytes, const Cuts& cuts) {
  PluginRun run(claude());
  REQUIRE(run.begin(test::chat(kChat)));
  run.answer(0, 200, kSse, bytes, cuts);
  return run.finished_well() ? run.lines() : "did not finish well\n" + run.lines();
}

}  // namespace

TEST_CASE("recorded: each Anthropic stream says what a second reader finds in it") {
  const std::vector<Stream> all = streams();
  for (const Stream& stream : all) {
    CAPTURE(stream.name);
    PluginRun run(claude());
    REQUIRE(run.begin(test::chat(kChat)));
    run.answer(0, 200, kSse, stream.bytes);
    CHECK_MESSAGE(run.finished_well(), (run.error() ? run.error()->message : run.lines()));
    check_equal(run, Reading::of_stream(stream.events));
  }
  report("Anthropic streams", all.size());
}

// Every stream in pieces of one byte, which cuts at all places at once, and of other sizes; and cut
// into two at every place.
TEST_CASE("recorded: each Anthropic stream says the same however its bytes are cut") {
  std::size_t runs = 0;
  for (const Stream& stream : streams()) {
    CAPTURE(stream.name);
    const std::string& bytes = stream.bytes;
    const std::string whole = lines_with(bytes, {});
    for (const std::size_t size : {1, 2, 3, 7, 64, 1460}) {
      CHECK(lines_with(bytes, test::cut_every(size, bytes.size())) == whole);
    }
    const bool each = bytes.size() <= kShortBytes;
    std::size_t wrong = 0;
    for (std::size_t at = 1; at < bytes.size(); ++at) {
      const bool border = bytes[at] == '\n' || bytes[at - 1] == '\n';
      if (!each && !border && at % 61 != 0) continue;
      ++runs;
      if (lines_with(bytes, {at}) != whole) ++wrong;
    }
    CHECK(wrong == 0);
  }
  report("cuts of Anthropic streams", runs);
}

TEST_CASE("C4 recorded: each Anthropic stream cut behind any event is truncated, or whole") {
  std::size_t cuts = 0;
  for (const Stream& stream : streams()) {
    CAPTURE(stream.name);
    bool reason_told = false;
    for (std::size_t n = 0; n < stream.events.size(); ++n) {
      CAPTURE(n);
      if (n > 0 && type_of(stream.events[n - 1]) == "message_delta") reason_told = true;
      PluginRun run(claude());
      REQUIRE(run.begin(test::chat(kChat)));
      run.answer(
          0, 200, kSse,
          framed({stream.events.begin(), stream.events.begin() + static_cast<std::ptrdiff_t>(n)}));
      CHECK(run.finished());
      CHECK(run.finished_well() == reason_told);
      CHECK((run.finish_reason() != 0) == reason_told);
      if (!reason_told && run.error()) CHECK((run.error()->flags & AIP_ERR_TRUNCATED) != 0);
      ++cuts;
    }
  }
  report("early ends of Anthropic streams", cuts);
}

TEST_CASE("recorded: each whole Anthropic answer says what a second reader finds in it") {
  const std::vector<Recording> all = recordings("anthropic", ".response.json");
  for (const Recording& recording : all) {
    CAPTURE(recording.name);
    const json::Value body(recording.text);
    PluginRun run(claude());
    REQUIRE(run.begin(test::chat_whole(kChat)));
    if (body["type"].equals("error")) {
      run.answer(0, 404, kJson, recording.text);
      REQUIRE(run.error().has_value());
      CHECK(run.error()->http_status == 404);
      CHECK(run.error()->type == body["error"]["type"].str());
      CHECK(run.error()->message == body["error"]["message"].str());
      continue;
    }
    run.answer(0, 200, kJson, recording.text);
    CHECK(run.finished_well());
    check_equal(run, Reading::of_whole(body));

    // The same to a client that asked for a stream.
    PluginRun streamed(claude());
    REQUIRE(streamed.begin(test::chat(kChat)));
    streamed.answer(0, 200, kJson, recording.text);
    CHECK(streamed.lines() == run.lines());
  }
  report("whole Anthropic answers", all.size());
}

TEST_CASE(
    "recorded: each Anthropic request goes up untouched, but for the model if it has another") {
  std::size_t count = 0;
  for (const Recording& recording : recordings("anthropic", ".request.json")) {
    CAPTURE(recording.name);
    const json::Value body(recording.text);
    PluginAsk ask = test::native(AIP_DIALECT_ANTHROPIC, recording.text);
    ask.query = "beta=true";
    ask.headers = {{"anthropic-version", "2023-06-01"}, {"anthropic-beta", "b1,b2"}};
    if (!body["stream"].is_true()) ask.flags &= ~AIP_REQ_STREAM;
    PluginRun run(claude());
    REQUIRE(run.begin(ask));
    CHECK(run.calls().at(0).url == "http://fake/v1/messages?beta=true");
    CHECK(run.calls().at(0).body == recording.text);
    CHECK(run.calls().at(0).header("anthropic-beta") == "b1,b2");
    CHECK(run.calls().at(0).header("x-api-key") == "test-secret");

    ask.model = "claude-other";
    PluginRun renamed(claude());
    REQUIRE(renamed.begin(ask));
    std::string want = recording.text;
    const std::size_t at =
        static_cast<std::size_t>(body["model"].raw().data() - recording.text.data());
    want.replace(at, body["model"].raw().size(), "\"claude-other\"");
    const std::string sent = renamed.calls().at(0).body;
    CHECK(json::check(sent));
    CHECK(json::Value(sent)["messages"].raw() == body["messages"].raw());
    CHECK(json::Value(sent)["model"].equals("claude-other"));
    CHECK(json::Value(sent).size() == body.size());
    ++count;
  }
  report("Anthropic requests", count);
}

TEST_CASE(
    "recorded: a native client gets each stream's own bytes, pings aside, and FINISH beside") {
  std::size_t count = 0;
  for (const Stream& stream : streams()) {
    CAPTURE(stream.name);
    const std::string bytes = framed(stream.events);
    std::vector<std::string> passed;
    for (const std::string& event : stream.events) {
      if (type_of(event) != "ping") passed.push_back(event);
    }
    PluginRun run(claude());
    REQUIRE(run.begin(
        test::native(AIP_DIALECT_ANTHROPIC, R"({"model":"m","stream":true,"messages":[]})")));
    run.answer(0, 200, kSse, bytes, test::cut_every(100, bytes.size()));
    CHECK(run.finished_well());
    CHECK(run.raw() == framed(passed));
    CHECK(run.finish_reason() == finish_by_name(Reading::of_stream(stream.events)));
    CHECK(run.text().empty());
    CHECK_FALSE(run.usage().empty());
    ++count;
  }
  report("Anthropic streams to native clients", count);
}

TEST_CASE("recorded: token counts, native and translated") {
  const std::vector<Recording> requests = recordings("anthropic-count_tokens", ".request.json");
  const std::vector<Recording> responses = recordings("anthropic-count_tokens", ".response.json");
  REQUIRE(requests.size() == responses.size());
  for (std::size_t i = 0; i < requests.size(); ++i) {
    CAPTURE(requests[i].name);
    PluginAsk ask = test::native(AIP_DIALECT_ANTHROPIC, requests[i].text);
    ask.operation = AIP_OP_COUNT_TOKENS;
    ask.flags &= ~AIP_REQ_STREAM;
    PluginRun run(claude());
    REQUIRE(run.begin(ask));
    CHECK(run.calls().at(0).url == "http://fake/v1/messages/count_tokens");
    CHECK(run.calls().at(0).body == requests[i].text);
    run.answer(0, 200, kJson, responses[i].text);
    CHECK(run.finished_well());
    const auto want = json::Value(responses[i].text)["input_tokens"].integer();
    CHECK(run.usage()[AIP_USAGE_INPUT] == static_cast<std::uint64_t>(want.value_or(0)));

    ask = test::chat_whole(kChat);
    ask.operation = AIP_OP_COUNT_TOKENS;
    PluginRun translated(claude());
    REQUIRE(translated.begin(ask));
    CHECK_FALSE(json::Value(translated.calls().at(0).body)["max_tokens"]);
    translated.answer(0, 200, kJson, responses[i].text);
    CHECK(translated.finished_well());
    CHECK(translated.usage()[AIP_USAGE_INPUT] == static_cast<std::uint64_t>(want.value_or(0)));
  }
  report("token counts", requests.size());
}

}  // namespace aip::recorded::claude_plugin
