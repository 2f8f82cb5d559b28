// Recorded exchanges with Coze, version 3, and the samples of its documents, through the plugin.
//
// A sample file holds text around its JSON. What each answer says is read a second time here, by
// code that knows nothing of the plugin.
#include <aiproxy/json.hpp>

#include <cstdio>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "tests/recorded/recordings.h"
#include "tests/support/plugin_runner.h"

namespace aip::recorded {
namespace {

using test::HeaderList;
using test::PluginAsk;
using test::PluginRun;
using test::PluginUnderTest;

const HeaderList kCozeSse{{"content-type", "text/event-stream"}};
const HeaderList kCozeJson{{"content-type", "application/json; charset=utf-8"}};

PluginUnderTest& coze() {
  static PluginUnderTest plugin(
      "coze", R"({"base_url":"http://fake","api_chat":{"bots":[{"bot_id":"73","user":"u"}]}})");
  return plugin;
}

PluginAsk ask(std::uint32_t flags) {
  PluginAsk ask = test::chat(R"({"model":"coze-v3","messages":[{"role":"user","content":"hi"}]})");
  ask.flags = flags;
  ask.credential_kind = "bot";
  ask.credential_extra = R"({"bot_id":"73","user":"u"})";
  return ask;
}

// The data of each event of an SSE file.
std::vector<std::string> datas_of(const std::string& text) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    if (text.compare(at, 5, "data:") == 0) out.push_back(text.substr(at + 5, end - at - 5));
    at = end + 1;
  }
  return out;
}

// A comment line, as the documents put them into their samples.
std::string without_comments(const std::string& text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string line = text.substr(at, end - at);
    const std::size_t first = line.find_first_not_of(' ');
    if (first == std::string::npos || line.compare(first, 2, "//") != 0) out += line + "\n";
    at = end + 1;
  }
  return out;
}

// The JSON texts in the fenced blocks of a document.
std::vector<std::string> samples_of(const std::string& text) {
  std::vector<std::string> out;
  constexpr std::string_view kOpen = "```JSON\n";
  for (std::size_t at = text.find(kOpen); at != std::string::npos; at = text.find(kOpen, at)) {
    at += kOpen.size();
    const std::string block = without_comments(text.substr(at, text.find("```", at) - at));
    if (json::check(block)) out.push_back(block);
  }
  return out;
}

std::string answers_of(json::Value messages) {
  std::string out;
  for (const json::Value message : messages.items()) {
    if (!message["type"].equals("answer")) continue;
    out += out.empty() ? "" : "\n\n";
    out += message["content"].str();
  }
  return out;
}

const std::string kCreated =
    R"({"code":0,"data":{"id":"9","conversation_id":"8","status":"created"},"msg":""})";
const std::string kCompleted =
    R"({"code":0,"data":{"id":"9","conversation_id":"8","status":"completed"},"msg":""})";

void replay_stream(const Recording& recording, std::size_t cut) {
  std::string text;
  std::uint64_t output = 0;
  for (const std::string& data : datas_of(recording.text)) {
    const json::Value value(data);
    // message.completed repeats what the deltas told, so only deltas are counted: they come first.
    if (value["type"].equals("answer")) text += value["content"].str();
    if (value["status"].equals("completed")) {
      output = static_cast<std::uint64_t>(value["usage"]["output_count"].integer().value_or(0));
    }
  }
  // The recording's deltas were shortened by its owner; the completed text stands behind them.
  const std::string repeated = "2024 年 10 月 1 日是星期三。";
  REQUIRE(text.size() > repeated.size());
  text.resize(text.size() - repeated.size());

  PluginRun run(coze());
  REQUIRE(run.begin(ask(AIP_REQ_STREAM)));
  run.answer(0, 200, kCozeSse, recording.text, cut == 0 ? test::Cuts{} : test::cut_at({cut}));
  REQUIRE(run.finished_well());
  REQUIRE(run.text() == text);
  REQUIRE(run.usage()[AIP_USAGE_OUTPUT] == output);
  REQUIRE(run.finish_reason() == AIP_FINISH_STOP);
}

}  // namespace

TEST_CASE("recorded: streams of Coze, cut at every place") {
  std::size_t runs = 0;
  const std::vector<Recording> streams = recordings("coze-v3", ".stream.sse");
  if (streams.empty()) return;
  for (const Recording& recording : streams) {
    CAPTURE(recording.name);
    for (std::size_t cut = 0; cut < recording.text.size(); ++cut, ++runs) {
      CAPTURE(cut);
      replay_stream(recording, cut);
    }
  }
  std::printf("recorded: coze-v3 streams: %zu, runs %zu\n", streams.size(), runs);
}

TEST_CASE("recorded: the samples of Coze's documents are read as answers") {
  std::size_t lists = 0;
  std::size_t chats = 0;
  std::size_t uploads = 0;
  const std::vector<Recording> documents = recordings("coze-v3", ".response.json");
  if (documents.empty()) return;
  for (const Recording& document : documents) {
    CAPTURE(document.name);
    for (const std::string& sample : samples_of(document.text)) {
      CAPTURE(sample);
      const json::Value data = json::Value(sample)["data"];
      if (data.is_array() && answers_of(data).empty()) continue;
      PluginRun run(coze());
      if (data["file_name"]) {
        PluginAsk with_file = ask(AIP_REQ_STREAM);
        with_file.body =
            R"({"model":"coze-v3","messages":[{"role":"user","content":[{"type":"image_url",)"
            R"("image_url":{"url":"data:image/png;base64,AAAA"}}]}]})";
        REQUIRE(run.begin(with_file));
        run.answer(0, 200, kCozeJson, sample);
        REQUIRE(run.calls().size() == 2);
        CHECK(run.calls()[1].body.find(data["id"].str()) != std::string::npos);
        ++uploads;
        continue;
      }
      REQUIRE(run.begin(ask(0)));
      run.answer(0, 200, kCozeJson, kCreated);
      run.run_timers(1);
      REQUIRE(run.calls().size() == 2);
      if (data.is_array()) {
        run.answer(1, 200, kCozeJson, kCompleted);
        run.answer(2, 200, kCozeJson, sample);
        CHECK(run.finished_well());
        CHECK(run.text() == answers_of(data));
        ++lists;
      } else if (data["status"].equals("requires_action")) {
        run.answer(1, 200, kCozeJson, sample);
        CHECK(run.finished_well());
        CHECK(run.finish_reason() == AIP_FINISH_TOOLS);
        CHECK(run.lines().find("local_data_assistant") != std::string::npos);
        ++chats;
      } else if (data["status"].equals("completed")) {
        run.answer(1, 200, kCozeJson, sample);
        REQUIRE(run.calls().size() == 3);
        CHECK(run.usage()[AIP_USAGE_OUTPUT] == 56);
        ++chats;
      }
    }
  }
  CHECK(lists > 0);
  CHECK(chats > 0);
  CHECK(uploads > 0);
  std::printf("recorded: coze-v3 documents: %zu; %zu lists of messages, %zu chats, %zu uploads\n",
              documents.size(), lists, chats, uploads);
}

}  // namespace aip::recorded
