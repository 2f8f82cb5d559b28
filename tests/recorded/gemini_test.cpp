// Recorded exchanges with Gemini (AI Studio and Vertex), replayed through the plugin.
//
// What each answer says is read a second time by Reading below, which knows nothing of the plugin:
// it walks the recorded JSON and adds up text, tools, usage and the reason.
#include <aiproxy/json.hpp>

#include <map>

#include "core/base/json.h"
#include "plugins/gemini/signatures.h"
#include "tests/recorded/recordings.h"
#include "tests/support/plugin_runner.h"

namespace aip::recorded::google {
namespace {

using test::Cuts;
using test::HeaderList;
using test::PluginAsk;
using test::PluginRun;
using test::PluginUnderTest;

const HeaderList kSse{{"content-type", "text/event-stream"}};
const HeaderList kJson{{"content-type", "application/json; charset=UTF-8"}};
const std::string kChat = R"({"model":"gemini-x","messages":[{"role":"user","content":"hi"}]})";

// Up to here each place of a stream is a place to cut it; longer ones are cut around each line's
// end and at every 61st byte.
#ifdef NDEBUG
constexpr std::size_t kShortBytes = 20'000;
#else
constexpr std::size_t kShortBytes = 2'000;
#endif

enum class Form { Sse, Array };

PluginUnderTest& gemini(Form form) {
  static PluginUnderTest sse("gemini", R"({"base_url":"http://fake"})");
  static PluginUnderTest array("gemini", R"({"base_url":"http://fake","stream":"array"})");
  return form == Form::Sse ? sse : array;
}

bool has_ending(const std::string& name, const std::string& ending) {
  return name.size() >= ending.size() &&
         name.compare(name.size() - ending.size(), ending.size(), ending) == 0;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    out.push_back(line);
  }
  return out;
}

// A recorded stream: its chunks, and the bytes of both of its forms.
struct Stream {
  std::string name;
  Form own = Form::Sse;
  std::string own_bytes;
  std::vector<std::string> chunks;

  [[nodiscard]] bool failed() const {
    for (const std::string& chunk : chunks) {
      if (json::Value(chunk)["error"]) return true;
    }
    return false;
  }
  [[nodiscard]] std::string bytes(Form form) const {
    if (form == own && !own_bytes.empty()) return own_bytes;
    return framed(form, chunks.size());
  }
  // The first `n` chunks.
  [[nodiscard]] std::string framed(Form form, std::size_t n) const {
    std::string out = form == Form::Array ? "[" : "";
    for (std::size_t i = 0; i < n; ++i) {
      if (form == Form::Array) {
        out += (i == 0 ? "" : "\n,\r\n") + chunks[i];
        continue;
      }
      // An event's data goes in as many lines as it has.
      for (const std::string& line : lines_of(chunks[i])) out += "data: " + line + "\r\n";
      out += "\r\n";
    }
    if (form == Form::Array && n == chunks.size()) out += "\n]";
    return out;
  }
};

std::vector<std::string> chunks_of(const Recording& recording) {
  std::vector<std::string> out;
  if (has_ending(recording.name, ".json")) {
    const json::Value whole(recording.text);
    for (const json::Value one : whole.items()) out.emplace_back(one.raw());
    if (whole.is_object()) out.emplace_back(whole.raw());
    return out;
  }
  const bool sse = has_ending(recording.name, ".sse");
  for (const std::string& line : lines_of(recording.text)) {
    if (sse && line.compare(0, 5, "data:") == 0) out.push_back(line.substr(5));
    // Some recordings hold an error that is no event, printed on many lines.
    if (sse && line.compare(0, 5, "data:") != 0 && !line.empty()) return {};
    if (!sse && !line.empty()) out.push_back(line);
  }
  return out;
}

std::vector<Stream> streams() {
  std::vector<Stream> out;
  for (const char* folder : {"gemini", "gemini-vertex"}) {
    for (const char* ending : {".stream.sse", ".stream.json", ".stream.jsonl"}) {
      for (const Recording& recording : recordings(folder, ending)) {
        Stream stream;
        stream.name = std::string(folder) + "/" + recording.name;
        stream.own = has_ending(recording.name, ".json") ? Form::Array : Form::Sse;
        if (!has_ending(recording.name, ".jsonl")) stream.own_bytes = recording.text;
        stream.chunks = chunks_of(recording);
        if (!stream.chunks.empty()) out.push_back(std::move(stream));
      }
    }
  }
  return out;
}

// ---- a second reader ---------------------------------------------------------------------------

std::string compacted(json::Value value) {
  std::string out;
  bool in_string = false;
  const std::string raw(value.raw());
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (in_string && raw[i] == '\\') {
      out += raw.substr(i++, 2);
      continue;
    }
    if (raw[i] == '"') in_string = !in_string;
    if (in_string || raw.substr(i, 1).find_first_of(" \n\r\t") == std::string::npos) out += raw[i];
  }
  return out;
}

struct Reading {
  std::string id, model, text, thinking, reason, blocked;
  std::vector<std::string> tools, signatures;
  std::map<std::string, std::int64_t> counts;
  bool partial = false;

  void chunk(json::Value response) {
    if (id.empty()) id = response["responseId"].str();
    if (model.empty()) model = response["modelVersion"].str();
    const json::Value usage = response["usageMetadata"];
    for (const auto& m : usage.members()) {
      if (m.value().is_number()) counts[m.key()] = *m.value().integer();
    }
    if (response["promptFeedback"]["blockReason"]) {
      blocked = response["promptFeedback"]["blockReason"].str();
    }
    const json::Value candidates = response["candidates"];
    for (const json::Value candidate : candidates.items()) {
      const json::Value parts = candidate["content"]["parts"];
      for (const json::Value one : parts.items()) part(one);
      const json::Value why = candidate["finishReason"];
      if (why.is_string()) reason = why.str();
      if (why.is_number()) reason = why.integer() == 2 ? "MAX_TOKENS" : "STOP";
    }
  }
  void part(json::Value part) {
    (part["thought"].is_true() ? thinking : text) += part["text"].str();
    const json::Value code = part["executableCode"]["code"];
    if (code) text += "\n```python\n" + code.str() + "\n```\n";
    const json::Value output = part["codeExecutionResult"]["output"];
    if (output) text += "\n```\n" + output.str() + "\n```\n";
    const json::Value call = part["functionCall"];
    if (call["partialArgs"] || call["willContinue"].is_true()) partial = true;
    if (call["name"].is_string()) {
      tools.push_back(call["name"].str() + " " + (call["args"] ? compacted(call["args"]) : "{}"));
      signatures.push_back(part["thoughtSignature"].str());
    }
  }
  [[nodiscard]] std::int64_t count(const char* name) const {
    const auto at = counts.find(name);
    return at == counts.end() ? 0 : at->second;
  }
  [[nodiscard]] std::uint32_t finish() const {
    if (reason.empty() && !blocked.empty()) return AIP_FINISH_FILTER;
    if (reason == "MAX_TOKENS") return AIP_FINISH_LENGTH;
    if (reason == "SAFETY" || reason == "RECITATION") return AIP_FINISH_FILTER;
    return tools.empty() ? AIP_FINISH_STOP : AIP_FINISH_TOOLS;
  }
};

Reading read(const std::vector<std::string>& chunks) {
  Reading out;
  for (const std::string& chunk : chunks) out.chunk(json::Value(chunk));
  return out;
}

// The same figures, from the plugin's events.
void check_equal(const PluginRun& run, const Reading& want) {
  std::string id, model;
  std::vector<std::string> tools, signatures;
  for (const test::SeenEvent& e : run.events()) {
    if (e.type == AIP_EV_START) {
      id = e.id;
      model = e.name;
    }
    if (e.type == AIP_EV_TOOL_BEGIN) {
      CHECK(e.block == tools.size());
      tools.push_back(e.name + " ");
      signatures.push_back(gemini::read_tool_id(e.id).signature);
    }
    if (e.type == AIP_EV_TOOL_ARGS) {
      CHECK(json::check(e.text));
      tools.at(e.block) += e.text;
    }
  }
  CHECK(id == want.id);
  CHECK(model == want.model);
  CHECK(run.text() == want.text);
  CHECK(run.reasoning() == want.thinking);
  CHECK(signatures == want.signatures);
  CHECK(tools.size() == want.tools.size());
  if (!want.partial) CHECK(tools == want.tools);
  CHECK(run.finish_reason() == want.finish());
  auto usage = run.usage();
  const auto told = [&usage](std::uint32_t kind) { return static_cast<std::int64_t>(usage[kind]); };
  CHECK(told(AIP_USAGE_INPUT) ==
        want.count("promptTokenCount") + want.count("toolUsePromptTokenCount"));
  CHECK(told(AIP_USAGE_OUTPUT) ==
        want.count("candidatesTokenCount") + want.count("thoughtsTokenCount"));
  CHECK(told(AIP_USAGE_REASONING) == want.count("thoughtsTokenCount"));
  CHECK(told(AIP_USAGE_CACHE_READ) == want.count("cachedContentTokenCount"));
}

void check_failure(const PluginRun& run, json::Value body) {
  REQUIRE(run.error().has_value());
  CHECK(run.error()->type == body["error"]["status"].str());
  CHECK(run.error()->message == body["error"]["message"].str());
  CHECK(run.error()->http_status == body["error"]["code"].integer());
}

std::string outcome(Form form, const std::string& bytes, const Cuts& cuts) {
  PluginRun run(gemini(form));
  REQUIRE(run.begin(test::chat(kChat)));
  run.answer(0, 200, form == Form::Sse ? kSse : kJson, bytes, cuts);
  return (run.finished_well() ? "" : "did not finish well: " + run.error()->message + "\n") +
         run.lines();
}

}  // namespace

TEST_CASE("recorded: each Gemini stream says, in both forms, what a second reader finds in it") {
  std::size_t good = 0;
  std::size_t failed = 0;
  for (const Stream& stream : streams()) {
    CAPTURE(stream.name);
    for (const Form form : {Form::Sse, Form::Array}) {
      PluginRun run(gemini(form));
      REQUIRE(run.begin(test::chat(kChat)));
      run.answer(0, 200, form == Form::Sse ? kSse : kJson, stream.bytes(form));
      if (stream.failed()) {
        check_failure(run, json::Value(stream.chunks.back()));
        ++failed;
        continue;
      }
      CHECK_MESSAGE(run.finished_well(), (run.error() ? run.error()->message : run.lines()));
      check_equal(run, read(stream.chunks));
      ++good;
    }
  }
  report("Gemini streams, each in both forms", good);
  report("Gemini streams that fail, each in both forms", failed);
}

TEST_CASE("recorded: each Gemini stream says the same however its bytes are cut") {
  std::size_t runs = 0;
  for (const Stream& stream : streams()) {
    CAPTURE(stream.name);
    for (const Form form : {Form::Sse, Form::Array}) {
      const std::string bytes = stream.bytes(form);
      const std::string whole = outcome(form, bytes, {});
      for (const std::size_t size : {1, 2, 3, 7, 64, 1460}) {
        CHECK(outcome(form, bytes, test::cut_every(size, bytes.size())) == whole);
      }
      if (form != stream.own) continue;
      std::size_t wrong = 0;
      for (std::size_t at = 1; at < bytes.size(); ++at) {
        const bool border = bytes[at] == '\n' || bytes[at - 1] == '\n';
        if (bytes.size() > kShortBytes && at % 61 != 0 && !(border && at % 3 == 0)) continue;
        ++runs;
        if (outcome(form, bytes, {at}) != whole) ++wrong;
      }
      CHECK(wrong == 0);
    }
  }
  report("cuts of Gemini streams", runs);
}

TEST_CASE("C4 recorded: each Gemini stream cut behind any chunk is truncated, or whole") {
  std::size_t cuts = 0;
  for (const Stream& stream : streams()) {
    if (stream.failed()) continue;
    CAPTURE(stream.name);
    for (std::size_t n = 0; n < stream.chunks.size(); ++n) {
      CAPTURE(n);
      const std::vector<std::string> head(stream.chunks.begin(),
                                          stream.chunks.begin() + static_cast<std::ptrdiff_t>(n));
      const Reading said = read(head);
      const bool ended = !said.reason.empty() || !said.blocked.empty();
      for (const Form form : {Form::Sse, Form::Array}) {
        PluginRun run(gemini(form));
        REQUIRE(run.begin(test::chat(kChat)));
        run.answer(0, 200, form == Form::Sse ? kSse : kJson, stream.framed(form, n));
        CHECK(run.finished());
        CHECK(run.finished_well() == ended);
        CHECK((run.finish_reason() != 0) == ended);
        if (!ended && run.error()) CHECK((run.error()->flags & AIP_ERR_TRUNCATED) != 0);
        ++cuts;
      }
    }
  }
  report("early ends of Gemini streams", cuts);
}

TEST_CASE("recorded: each whole Gemini answer says what a second reader finds in it") {
  std::size_t good = 0;
  std::size_t failed = 0;
  for (const char* folder : {"gemini", "gemini-vertex"}) {
    for (const Recording& recording : recordings(folder, ".response.json")) {
      CAPTURE(recording.name);
      const json::Value body(recording.text);
      PluginRun run(gemini(Form::Sse));
      REQUIRE(run.begin(test::chat_whole(kChat)));
      if (body["error"]) {
        const auto code = body["error"]["code"].integer();
        run.answer(0, static_cast<int>(code.value_or(0)), kJson, recording.text);
        check_failure(run, body);
        ++failed;
        continue;
      }
      run.answer(0, 200, kJson, recording.text);
      CHECK_MESSAGE(run.finished_well(), (run.error() ? run.error()->message : run.lines()));
      Reading want = read({recording.text});
      check_equal(run, want);
      ++good;
    }
  }
  report("whole Gemini answers", good);
  report("Gemini refusals", failed);
}

TEST_CASE("recorded: each Gemini request goes up untouched") {
  std::size_t count = 0;
  for (const char* folder : {"gemini", "gemini-vertex"}) {
    for (const Recording& recording : recordings(folder, ".request.json")) {
      CAPTURE(recording.name);
      PluginAsk ask = test::native(AIP_DIALECT_GEMINI, recording.text);
      ask.model = "gemini-x";
      ask.path = "/v1beta/models/fast:streamGenerateContent";
      ask.query = "alt=sse";
      PluginRun run(gemini(Form::Sse));
      REQUIRE(run.begin(ask));
      CHECK(run.calls().at(0).url ==
            "http://fake/v1beta/models/gemini-x:streamGenerateContent?alt=sse");
      CHECK(run.calls().at(0).body == recording.text);
      CHECK(run.calls().at(0).header("x-goog-api-key") == "test-secret");
      ++count;
    }
  }
  report("Gemini requests", count);
}

TEST_CASE("recorded: a native client gets each stream's own bytes, and FINISH beside") {
  std::size_t count = 0;
  for (const Stream& stream : streams()) {
    if (stream.failed()) continue;
    CAPTURE(stream.name);
    for (const Form form : {Form::Sse, Form::Array}) {
      const std::string bytes = stream.framed(form, stream.chunks.size());
      PluginAsk ask = test::native(AIP_DIALECT_GEMINI, R"({"contents":[]})");
      ask.model = "gemini-x";
      ask.query = form == Form::Sse ? "alt=sse" : "";
      PluginRun run(gemini(Form::Sse));
      REQUIRE(run.begin(ask));
      run.answer(0, 200, form == Form::Sse ? kSse : kJson, bytes,
                 test::cut_every(100, bytes.size()));
      CHECK(run.finished_well());
      CHECK(run.raw() == bytes);
      CHECK(run.finish_reason() == read(stream.chunks).finish());
      CHECK(run.text().empty());
      ++count;
    }
  }
  report("Gemini streams to native clients", count);
}

TEST_CASE("recorded: token counts, native and translated") {
  const std::vector<Recording> requests = recordings("gemini-countTokens", ".request.json");
  const std::vector<Recording> responses = recordings("gemini-countTokens", ".response.json");
  REQUIRE(requests.size() == responses.size());
  for (std::size_t i = 0; i < requests.size(); ++i) {
    CAPTURE(requests[i].name);
    PluginAsk ask = test::native(AIP_DIALECT_GEMINI, requests[i].text);
    ask.operation = AIP_OP_COUNT_TOKENS;
    ask.flags &= ~AIP_REQ_STREAM;
    ask.model = "gemini-2.5-flash";
    PluginRun run(gemini(Form::Sse));
    REQUIRE(run.begin(ask));
    CHECK(run.calls().at(0).url == "http://fake/v1beta/models/gemini-2.5-flash:countTokens");
    CHECK(run.calls().at(0).body == requests[i].text);
    run.answer(0, 200, kJson, responses[i].text);
    CHECK(run.finished_well());
    const auto want = json::Value(responses[i].text)["totalTokens"].integer();
    CHECK(run.usage()[AIP_USAGE_INPUT] == static_cast<std::uint64_t>(want.value_or(0)));

    ask = test::chat_whole(kChat);
    ask.operation = AIP_OP_COUNT_TOKENS;
    PluginRun translated(gemini(Form::Sse));
    REQUIRE(translated.begin(ask));
    const json::Value sent(translated.calls().at(0).body);
    CHECK(sent["generateContentRequest"]["model"].equals("models/gemini-x"));
    translated.answer(0, 200, kJson, responses[i].text);
    CHECK(translated.usage()[AIP_USAGE_INPUT] == static_cast<std::uint64_t>(want.value_or(0)));
  }
  report("Gemini token counts", requests.size());
}

TEST_CASE("recorded: embeddings go up as they were recorded and come back as OpenAI's list") {
  const std::vector<Recording> requests = recordings("gemini-embeddings", ".request.json");
  const std::vector<Recording> responses = recordings("gemini-embeddings", ".response.json");
  REQUIRE(requests.size() == responses.size());
  for (std::size_t i = 0; i < requests.size(); ++i) {
    CAPTURE(requests[i].name);
    std::string model;
    const json::Value list = json::Value(requests[i].text)["requests"];
    for (const json::Value one : list.items()) model = one["model"].str().substr(7);
    PluginAsk ask = test::chat_whole(R"({"model":")" + model +
                                     R"(","input":["Some text goes here"],"dimensions":768})");
    ask.operation = AIP_OP_EMBEDDINGS;
    PluginRun run(gemini(Form::Sse));
    REQUIRE(run.begin(ask));
    CHECK(run.calls().at(0).url == "http://fake/v1beta/models/" + model + ":batchEmbedContents");
    CHECK(run.calls().at(0).body == compacted(json::Value(requests[i].text)));
    run.answer(0, 200, kJson, responses[i].text);
    CHECK(run.finished_well());
    REQUIRE(json::check(run.raw()));
    const json::Value data = json::Value(run.raw())["data"];
    CHECK(data.size() == 1);
    for (const json::Value one : data.items()) CHECK(one["embedding"].size() == 768);
  }
  report("Gemini embeddings", requests.size());
}

}  // namespace aip::recorded::google
