// Version 3's answers, event by event.
#include "plugins/coze/v3.h"

#include <algorithm>

#include "tests/unit/coze/support.h"

namespace aip::coze_test {
namespace {

Named chat(const std::string& kind, const std::string& more = "") {
  return {
      "conversation.chat." + kind,
      R"({"id":"9","conversation_id":"8","created_at":5,"status":")" + kind + "\"" + more + "}"};
}
Named message(const std::string& kind, const std::string& more, const std::string& id = "1",
              const std::string& type = "answer") {
  return {"conversation.message." + kind, R"({"id":")" + id + R"(","role":"assistant","type":")" +
                                              type + R"(","content_type":"text",)" + more + "}"};
}
const Named kCreated = chat("created");
const Named kCompleted =
    chat("completed", R"(,"usage":{"token_count":9,"output_count":4,"input_count":5})");
const Named kDone{"done", R"("[DONE]")"};

Told read_v3(std::vector<Named> events) {
  return read<coze::V3Reader>(events);
}

}  // namespace

TEST_CASE("v3: reasoning and text in pieces; the whole behind them is not told again") {
  const Told told = read_v3(
      {kCreated, chat("in_progress"), message("delta", R"("content":"","reasoning_content":"Hm")"),
       message("delta", R"("content":"Hel")"), message("delta", R"("content":"lo")"),
       message("completed", R"("content":"Hello")"), kCompleted, kDone});
  CHECK_FALSE(told.failure.has_value());
  CHECK(told.lines ==
        Texts{"START 9", "REASONING Hm", "TEXT Hel", "TEXT lo", "USAGE 1=5 2=4", "FINISH 1"});
  CHECK(told.blocks.back() ==
        R"({"type":"api","bot_id":"7317","conversation_id":"8","user":"u","chat_id":"9"})");
  CHECK_FALSE(told.open);
}

TEST_CASE("v3: an answer without deltas is told when it is complete") {
  CHECK(read_v3({kCreated, message("completed", R"("content":"Hello")"), kCompleted, kDone})
            .lines[1] == "TEXT Hello");
}

TEST_CASE("v3: so many answers are known again when they are complete, and no more") {
  const auto texts_of = [](std::size_t count) {
    std::vector<Named> events{kCreated};
    for (std::size_t i = 0; i < count; ++i) {
      events.push_back(message("delta", R"("content":"x")", std::to_string(i)));
    }
    events.push_back(message("completed", R"("content":"x")", std::to_string(count - 1)));
    events.insert(events.end(), {kCompleted, kDone});
    const Told told = read_v3(events);
    return std::count(told.lines.begin(), told.lines.end(), "TEXT x");
  };
  for (const std::size_t count : {coze::kAnswersMax - 1, coze::kAnswersMax}) {
    CHECK(texts_of(count) == static_cast<std::ptrdiff_t>(count));
  }
  CHECK(texts_of(coze::kAnswersMax + 1) == static_cast<std::ptrdiff_t>(coze::kAnswersMax) + 2);
}

TEST_CASE("v3: what the bot does inside is a ping, a follow-up is told in the block") {
  const Told told = read_v3({kCreated,
                             message("completed", R"("content":"k")", "2", "knowledge"),
                             message("completed", R"("content":"f")", "3", "function_call"),
                             message("completed", R"("content":"t")", "4", "tool_response"),
                             message("delta", R"("content":"t")", "4", "tool_response"),
                             message("completed", R"("content":"v")", "5", "verbose"),
                             message("completed", R"("content":"And?")", "6", "follow_up"),
                             {"conversation.audio.delta", "{}"},
                             {"new.event", "{}"},
                             {"new.text", "x"},
                             kCompleted,
                             kDone});
  CHECK(told.lines == Texts{"START 9", "USAGE 1=5 2=4", "FINISH 1"});
  CHECK(told.pings == 9);
  CHECK(told.blocks.back().find(R"("follow_ups":["And?"])") != std::string::npos);
}

TEST_CASE("v3: calls that wait for outputs") {
  const Told told = read_v3(
      {kCreated,
       chat(
           "requires_action",
           R"(,"required_action":{"submit_tool_outputs":{"tool_calls":[{"id":"x","function":{"name":"f","arguments":"{\"a\":1}"}},{"id":"y","function":{"name":"g"}}]}})"),
       kDone});
  CHECK(told.lines == Texts{"START 9", "TOOL 0 coze-7317-8-9-x f", R"(ARGS 0 {"a":1})", "END 0",
                            "TOOL 1 coze-7317-8-9-y g", "ARGS 1 {}", "END 1", "FINISH 3"});
  CHECK_FALSE(told.open);  // it waits for the client, not for Coze
  CHECK(read_v3({kCreated, chat("requires_action")}).failure->flags == AIP_ERR_BAD_ANSWER);
}

TEST_CASE("v3: done in its three spellings, or none, ends what was completed") {
  for (const char* data : {R"("[DONE]")", "[DONE]", R"({"debug_url":"x"})", ""}) {
    CAPTURE(data);
    CHECK(read_v3({kCreated, kCompleted, {"done", data}}).lines.back() == "FINISH 1");
  }
  CHECK(read_v3({kCreated, kCompleted}).lines.back() == "FINISH 1");
}

TEST_CASE("v3: done or an end before the chat is completed is a truncation, and the chat is open") {
  for (const auto& events : {std::vector<Named>{kCreated, kDone}, std::vector<Named>{kCreated},
                             std::vector<Named>{}, std::vector<Named>{kDone}}) {
    const Told told = read_v3(events);
    REQUIRE(told.failure.has_value());
    CHECK((told.failure->flags & AIP_ERR_TRUNCATED) != 0);
    CHECK(told.open == (!events.empty() && events[0].name == kCreated.name));
  }
}

TEST_CASE("v3: failures in their spellings") {
  CHECK(read_v3({kCreated, chat("failed", R"(,"last_error":{"code":4011,"msg":"m"})")})
            .failure->http_status == 402);
  CHECK(read_v3({kCreated, {"conversation.chat.failed", R"({"code":5000,"msg":"m"})"}})
            .failure->http_status == 500);
  CHECK(read_v3({{"error", R"({"code":4000,"msg":"m"})"}}).failure->http_status == 400);
  CHECK((read_v3({kCreated, chat("canceled")}).failure->flags & AIP_ERR_TRUNCATED) != 0);
}

TEST_CASE("v3: events that are no JSON") {
  CHECK(read_v3({kCreated, {"conversation.message.delta", "{\"bro"}}).failure->flags ==
        AIP_ERR_BAD_ANSWER);
  CHECK(read_v3({{"error", "oh"}}).failure->flags == AIP_ERR_BAD_ANSWER);
}

TEST_CASE("v3: the documents' misspelt events and other names of usage are read") {
  const Told told =
      read_v3({kCreated,
               message("compleated", R"("content":"A")"),
               {"conversation.chat.compleated",
                R"({"status":"completed","usage":{"output_tokens":1,"input_tokens":2}})"}});
  CHECK(told.lines == Texts{"START 9", "TEXT A", "USAGE 1=2 2=1", "FINISH 1"});
}

TEST_CASE("v3: an early chat that claims to be complete is not") {
  const Told told = read_v3({chat("created", R"(,"completed_at":1,"usage":{"token_count":0})"),
                             message("delta", R"("content":"A")"), kCompleted, kDone});
  CHECK(told.lines == Texts{"START 9", "TEXT A", "USAGE 1=5 2=4", "FINISH 1"});
}

TEST_CASE("v3: cards are left to Coze's own clients") {
  CHECK(read_v3({kCreated,
                 {"conversation.message.completed",
                  R"({"id":"1","type":"answer","content_type":"card","content":"{}"})"},
                 kCompleted})
            .lines == Texts{"START 9", "USAGE 1=5 2=4", "FINISH 1"});
}

}  // namespace aip::coze_test
