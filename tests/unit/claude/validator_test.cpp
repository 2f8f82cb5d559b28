// The validator itself: each rule must be able to fail, or it guards nothing.
#include "tests/unit/claude/validator.h"

#include <doctest/doctest.h>

namespace aip::claude_test {

TEST_CASE("validator: a good body has no violation, each bad one has its own") {
  const std::string user = R"({"role":"user","content":"hi"})";
  const std::string use =
      R"({"role":"assistant","content":[{"type":"tool_use","id":"a","name":"f","input":{}}]})";
  const auto body = [](const std::string& messages, const std::string& more = {}) {
    return R"({"model":"m","max_tokens":2000,"messages":[)" + messages + "]" + more + "}";
  };
  const auto blocks = [](const std::string& list) {
    return R"({"role":"user","content":[)" + list + "]}";
  };
  CHECK(violations(body(blocks(R"({"type":"text","text":"hi"})"))).empty());
  struct Row {
    std::string body, want;
  };
  const std::vector<Row> rows{
      {"{", "not JSON"},
      {R"({"max_tokens":1,"messages":[]})", "model is required"},
      {R"({"model":"m","messages":[]})", "max_tokens is required"},
      {body(""), "messages is empty"},
      {body(use), "first role is not user"},
      {body(blocks(R"({"type":"text","text":" "})")), "text block is blank"},
      {body(blocks(R"({"type":"text","text":"a"})") + "," +
            blocks(R"({"type":"text","text":"a"})")),
       "two turns"},
      {body(blocks(R"({"type":"text","text":"a"})") + "," + use), "without a result"},
      {body(blocks(R"({"type":"tool_result","tool_use_id":"a"})")), "without its tool_use"},
      {body(blocks(R"({"type":"text","text":"a"})") + "," + use + "," +
            blocks(R"({"type":"text","text":"a"},{"type":"tool_result","tool_use_id":"a"})")),
       "not first"},
      {body(blocks(
           R"({"type":"image","source":{"type":"base64","media_type":"image/bmp","data":"AA"}})")),
       "media_type"},
      {body(blocks(R"({"type":"input_audio"})")), "block input_audio"},
      {body(blocks(R"({"type":"text","text":"a"})"), R"(,"temperature":1.5)"), "temperature"},
      {body(blocks(R"({"type":"text","text":"a"})"), R"(,"n":2)"), "extra input: n"},
      {body(blocks(R"({"type":"text","text":"a"})"), R"(,"stop_sequences":[" "])"),
       "stop sequence"},
      {body(blocks(R"({"type":"text","text":"a"})"), R"(,"tool_choice":{"type":"auto"})"),
       "without tools"},
      {body(blocks(R"({"type":"text","text":"a"})"),
            R"(,"tools":[{"name":"a b","input_schema":{"type":"object"}}])"),
       "tool name"},
      {body(blocks(R"({"type":"text","text":"a"})"),
            R"(,"tools":[{"name":"f","input_schema":{}}])"),
       "input_schema"},
      {body(blocks(R"({"type":"text","text":"a"})"),
            R"(,"thinking":{"type":"enabled","budget_tokens":2000})"),
       "budget not below"},
      {body(blocks(R"({"type":"text","text":"a"})"),
            R"(,"thinking":{"type":"enabled","budget_tokens":1000})"),
       "budget below"},
      {body(blocks(R"({"type":"text","text":"a"})") +
            R"(,{"role":"assistant","content":[{"type":"text","text":"a "}]})"),
       "white space"},
      {body(
           blocks(R"({"type":"text","text":"a"})") +
           R"(,{"role":"assistant","content":[{"type":"text","text":"a"},{"type":"thinking","thinking":"x","signature":""}]})"),
       "signature"},
      {body(blocks(
           R"({"type":"text","text":"a","cache_control":{"type":"ephemeral"}},{"type":"text","text":"b","cache_control":{"type":"ephemeral","ttl":"1h"}})")),
       "1h mark"},
      {body(blocks(R"({"type":"text","text":"a"})"), R"(,"system":[{"type":"text","text":""}])"),
       "system block"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.body);
    const std::string found = violations(row.body);
    CHECK_MESSAGE(found.find(row.want) != std::string::npos, found);
  }
  CHECK(violations(body(blocks(R"({"type":"text","text":"a"})")), Endpoint::CountTokens)
            .find("max_tokens") != std::string::npos);
}

}  // namespace aip::claude_test
