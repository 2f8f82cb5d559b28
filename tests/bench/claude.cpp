// What the Claude plugin's translators cost: prints figures, judges nothing.
//
//   build/release/tests/bench_claude
//
// The request is a coding agent's: 24 tools, a long system prompt, a dozen turns, 76 KB. The answer
// is a stream's usual event. Each figure is the median of its rounds.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "plugins/claude/request.h"
#include "plugins/claude/response.h"
#include "tests/support/questions.h"

using namespace aip;

namespace {

using Host = test::ListedQuestions;

template <class F>
double median_ns(int rounds, int each, F&& fn) {
  std::vector<double> times;
  for (int i = 0; i < rounds; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    for (int j = 0; j < each; ++j) fn();
    const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - begin;
    times.push_back(took.count() / each);
  }
  std::nth_element(times.begin(), times.begin() + rounds / 2, times.end());
  return times[static_cast<std::size_t>(rounds) / 2];
}

std::string words(std::size_t bytes) {
  std::string out;
  while (out.size() < bytes) out += "Read the file before you edit it, and run the tests.\\n";
  return out;
}

std::string agents_request() {
  std::string chat =
      R"({"model":"claude-sonnet-4-5","stream":true,"temperature":1,"messages":[{"role":"system","content":")" +
      words(25000) + R"("})";
  for (int i = 0; i < 6; ++i) {
    const std::string id = "toolu_" + std::to_string(i);
    chat += R"(,{"role":"user","content":[{"type":"text","text":")" + words(300) + R"("}]})";
    chat +=
        R"(,{"role":"assistant","content":"Let me look.","tool_calls":[{"id":")" + id +
        R"(","type":"function","function":{"name":"tool_3","arguments":"{\"path\":\"src/main.cpp\",\"from\":1}"}}]})";
    chat += R"(,{"role":"tool","tool_call_id":")" + id + R"(","content":")" + words(2500) + R"("})";
  }
  chat += R"(],"tools":[)";
  for (int i = 0; i < 24; ++i) {
    chat += i == 0 ? "" : ",";
    chat += R"({"type":"function","function":{"name":"tool_)" + std::to_string(i) +
            R"(","description":")" + words(600) +
            R"(","parameters":{"type":"object","properties":{)";
    for (int p = 0; p < 6; ++p) {
      chat += p == 0 ? "" : ",";
      chat += R"("property_)" + std::to_string(p) +
              R"(":{"type":"string","description":"What this is for, in a short sentence."})";
    }
    chat += R"(},"required":["property_0","property_1"],"additionalProperties":false}}})";
  }
  return chat + "]}";
}

void bench_request() {
  const std::string chat = agents_request();
  if (!json::check(chat)) return;
  Host host;
  host.drops = true;
  claude::Target target;
  target.model = "claude-sonnet-4-5";
  target.traits = claude::traits_of(target.model, {});
  target.purpose = claude::Purpose::AnswerStream;
  // As they come with a request: the host has walked the top level.
  std::vector<std::string> names;
  std::vector<aip_member> members;
  names.reserve(16);
  for (const auto& m : json::Value(chat).members()) {
    names.push_back(m.key());
    members.push_back({sdk::span(names.back()), sdk::span(m.value().raw()), 0, 0});
  }
  aip_request request{};
  request.members = members.data();
  request.member_count = members.size();
  std::size_t bytes = 0;
  const double ns = median_ns(200, 10, [&] {
    const auto made = claude::translate(claude::read_chat(request), target, host);
    bytes = std::get<claude::Translated>(made).body.size();
  });
  std::printf("claude request: %zu bytes, 24 tools: %.1f us (%zu bytes out)\n", chat.size(),
              ns / 1000, bytes);
}

void bench_delta() {
  const std::string delta =
      R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" gateway for AI chat"}   })";
  claude::AnswerReader reader(claude::AnswerReader::Shape::Plain);
  std::size_t events = 0;
  const double fast = median_ns(200, 10000, [&] {
    static_cast<void>(reader.stream_event(delta));
    events += reader.events().size();
  });
  const double slow = median_ns(200, 10000, [&] {
    static_cast<void>(reader.walk_event(json::Value(delta)));
    events += reader.events().size();
  });
  std::printf("claude text delta: %.0f ns by the short cut, %.0f ns by the walker (%zu events)\n",
              fast, slow, events);
}

}  // namespace

int main() {
  bench_request();
  bench_delta();
}
