// The plugin as the host drives it: calls, heads, credentials, failures, forwards, native answers.
#include <doctest/doctest.h>

#include "tests/support/plugin_runner.h"
#include "tests/unit/claude/validator.h"

namespace aip::claude_test {
namespace {

using test::HeaderList;
using test::PluginAsk;
using test::PluginRun;
using test::PluginUnderTest;

PluginUnderTest& claude() {
  static PluginUnderTest plugin(
      "claude", R"({"base_url":"http://fake/v1/","default_max_tokens":777,"beta":["one","two"]})");
  return plugin;
}

const std::string kChat =
    R"({"model":"claude-sonnet-4-5","messages":[{"role":"user","content":"hi"}]})";
const std::string kNative =
    R"({"model": "claude-a", "max_tokens": 5, "stream": true, "messages": [{"role":"user","content":"hi"}]})";
const HeaderList kSse{{"Content-Type", "text/event-stream"}};
const HeaderList kJson{{"Content-Type", "application/json"}};
const HeaderList kHtml{{"Content-Type", "text/html; charset=utf-8"}};

const std::string kStart =
    "event: message_start\ndata: "
    "{\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"model\":\"m\","
    "\"usage\":{\"input_tokens\":3,\"output_tokens\":1}}}\n\n";
const std::string kText =
    "event: content_block_delta\ndata: "
    "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":"
    "\"text_delta\",\"text\":\"Hi\"}}\n\n";
const std::string kDelta =
    "event: message_delta\ndata: "
    "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},"
    "\"usage\":{\"output_tokens\":2}}\n\n";
const std::string kStop = "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";
const std::string kStream = kStart + kText + kDelta + kStop;
const std::string kMessage =
    R"({"id":"msg_1","type":"message","model":"m","content":[{"type":"text","text":"Hi"}],)"
    R"("stop_reason":"end_turn","usage":{"input_tokens":3,"output_tokens":2}})";

}  // namespace

TEST_CASE("plugin: a chat is one POST with the key by handle, the versions and what it may do") {
  PluginRun run(claude());
  PluginAsk ask = test::chat(kChat);
  ask.headers = {{"anthropic-beta", "two, three"}, {"x-custom", "no"}};
  REQUIRE(run.begin(ask));

  REQUIRE(run.calls().size() == 1);
  const test::StartedCall& call = run.calls()[0];
  CHECK(call.method == "POST");
  CHECK(call.url == "http://fake/v1/messages");
  CHECK(call.header("x-api-key") == "test-secret");
  CHECK(call.header("authorization").empty());
  CHECK(call.header("anthropic-version") == "2023-06-01");
  CHECK(call.header("anthropic-beta") == "two,three,one");
  CHECK(call.header("content-type") == "application/json");
  CHECK(call.header("accept") == "text/event-stream");
  CHECK(call.header("x-custom").empty());
  CHECK(call.decode == AIP_DECODE_SSE);
  CHECK(call.flags ==
        (AIP_CALLF_PRIMARY | AIP_CALLF_CHECK_JSON | AIP_CALLF_ERROR_WHOLE | AIP_CALLF_BY_TYPE));
  CHECK(violations(call.body).empty());
  CHECK(json::Value(call.body)["max_tokens"].raw() == "777");
}

TEST_CASE(
    "plugin: OAuth tokens go as a bearer, other kinds of a client's credential as x-api-key") {
  struct Row {
    const char *kind, *secret, *header, *value;
  };
  const Row rows[] = {
      {"bearer", "sk-ant-api03-x", "x-api-key", "sk-ant-api03-x"},
      {"bearer", "sk-ant-oat01-x", "authorization", "Bearer sk-ant-oat01-x"},
      {"x-api-key", "k", "x-api-key", "k"},
      {"api-key", "k", "x-api-key", "k"},
      {"key", "k", "x-api-key", "k"},
      {"authorization", "Basic abc", "authorization", "Basic abc"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.kind);
    for (const bool forward : {false, true}) {
      // The runner takes the kind that select() names, so a credential of the client's own comes
      // by the flag and the kind together.
      PluginAsk ask = test::chat(kChat);
      ask.credential_flags = AIP_CRED_CLIENT;
      ask.credential_kind = row.kind;
      ask.secret = row.secret;
      if (forward) ask.operation = AIP_OP_FORWARD;
      PluginRun run(claude());
      REQUIRE(run.begin(ask));
      CHECK(run.calls().at(0).header(row.header) == row.value);
      const bool as_key = std::string(row.header) == "x-api-key";
      CHECK(run.calls().at(0).header(as_key ? "authorization" : "x-api-key").empty());
    }
  }
}

TEST_CASE("plugin: the seed's block names a key by text or number, and never reaches Anthropic") {
  for (const char* index : {"\"10001\"", "10001"}) {
    PluginRun run(claude());
    REQUIRE(run.begin(test::chat(
        R"({"model":"claude-sonnet-4-5","messages":[{"role":"user","content":"hi"}],"claude":{"type":"api","index":)" +
        std::string(index) + "}}")));
    REQUIRE(run.selection().has_value());
    CHECK(run.selection()->how == AIP_SELECT_NAMED);
    CHECK(run.calls().at(0).body.find("10001") == std::string::npos);
  }
  PluginRun run(claude());
  REQUIRE(run.begin(test::chat(kChat)));
  CHECK(run.selection()->how != AIP_SELECT_NAMED);
}

TEST_CASE("plugin: a claude.ai session is refused in words before anything is called") {
  PluginRun run(claude());
  static_cast<void>(run.begin(test::chat(
      R"({"model":"claude-x","messages":[{"role":"user","content":"hi"}],"claude":{"type":"web"}})")));
  CHECK(run.calls().empty());
  REQUIRE(run.error().has_value());
  CHECK(run.error()->flags == AIP_ERR_UNSUPPORTED);
  CHECK(run.error()->param == "/claude/type");
  CHECK(run.error()->message.find("not served yet") != std::string::npos);
}

TEST_CASE("plugin: what is coerced or lacking is told to the host under its pointer") {
  PluginRun run(claude());
  REQUIRE(run.begin(test::chat(
      R"({"model":"claude-sonnet-4-5","temperature":2,"seed":1,"messages":[{"role":"user","content":"hi"}]})")));
  CHECK(run.unsupported() == std::vector<std::string>{"/seed coerced", "/temperature coerced"});

  PluginRun refused(claude());
  static_cast<void>(refused.begin(test::chat(
      R"({"model":"claude-sonnet-4-5","n":2,"messages":[{"role":"user","content":"hi"}]})")));
  CHECK(refused.unsupported() == std::vector<std::string>{"/n unsupported"});
  REQUIRE(refused.error().has_value());
  CHECK(refused.error()->param == "/n");

  PluginRun dropped(claude());
  dropped.drop_unsupported = true;
  REQUIRE(dropped.begin(test::chat(
      R"({"model":"claude-sonnet-4-5","n":2,"messages":[{"role":"user","content":"hi"}]})")));
  CHECK(dropped.calls().size() == 1);
}

TEST_CASE("plugin: the host's capability table goes before the plugin's own") {
  PluginRun run(claude());
  run.capabilities["claude-sonnet-4-5"] = R"({"thinking":"adaptive","efforts":["low"]})";
  REQUIRE(run.begin(test::chat(
      R"({"model":"claude-sonnet-4-5","reasoning_effort":"high","messages":[{"role":"user","content":"hi"}]})")));
  CHECK(json::Value(run.calls().at(0).body)["thinking"].raw() == R"({"type":"adaptive"})");
}

TEST_CASE("D2 shapes: JSON to a client of a stream and a stream to a client of JSON both work") {
  for (const PluginAsk& ask : {test::chat(kChat), test::chat_whole(kChat)}) {
    PluginRun streamed(claude());
    REQUIRE(streamed.begin(ask));
    streamed.answer(0, 200, kSse, kStream);
    CHECK(streamed.finished_well());
    CHECK(streamed.text() == "Hi");

    PluginRun whole(claude());
    REQUIRE(whole.begin(ask));
    whole.answer(0, 200, kJson, kMessage);
    CHECK(whole.finished_well());
    CHECK(whole.text() == "Hi");
    CHECK(whole.usage() == streamed.usage());
  }
}

TEST_CASE("D2 shapes: a page, nothing, or foreign JSON with 200 is a bad answer") {
  struct Row {
    HeaderList headers;
    std::string body;
  };
  const std::vector<Row> rows{{kHtml, "<html>hello</html>"},
                              {kJson, ""},
                              {kJson, R"({"choices":[]})"},
                              {kJson, "{"},
                              {kSse, "data: <html>\n\n"}};
  for (const PluginAsk& ask : {test::chat(kChat), test::chat_whole(kChat)}) {
    for (const Row& row : rows) {
      CAPTURE(row.body);
      PluginRun run(claude());
      REQUIRE(run.begin(ask));
      run.answer(0, 200, row.headers, row.body);
      REQUIRE(run.error().has_value());
      CHECK(run.error()->flags == AIP_ERR_BAD_ANSWER);
      CHECK(run.error()->message.find("html") == std::string::npos);
    }
  }
}

TEST_CASE("D8 plugin: a failed answer keeps its status, type, words and retry-after") {
  PluginRun run(claude());
  REQUIRE(run.begin(test::chat(kChat)));
  run.answer(0, 529, {{"Content-Type", "application/json"}, {"Retry-After", "7"}},
             R"({"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}})",
             test::cut_every(5, 80));
  REQUIRE(run.error().has_value());
  CHECK(run.error()->http_status == 529);
  CHECK(run.error()->type == "overloaded_error");
  CHECK(run.error()->message == "Overloaded");
  CHECK(run.error()->retry_after_ms == 7000);
  CHECK(run.error()->flags == (AIP_ERR_OVERLOADED | AIP_ERR_RETRYABLE));

  for (const int status : {302, 404, 500}) {
    CAPTURE(status);
    PluginRun bare(claude());
    REQUIRE(bare.begin(test::chat(kChat)));
    bare.answer(0, status, kHtml, "");
    REQUIRE(bare.error().has_value());
    CHECK(bare.error()->http_status == (status < 400 ? 0 : status));
    CHECK((bare.error()->flags == AIP_ERR_BAD_ANSWER) == (status < 400));
    CHECK(bare.events().empty());
  }
}

TEST_CASE("D2 plugin: retry-after on a good answer means nothing") {
  PluginRun run(claude());
  REQUIRE(run.begin(test::chat(kChat)));
  run.answer(0, 200, {{"content-type", "text/event-stream"}, {"retry-after", "60"}}, kStream);
  CHECK(run.finished_well());
}

TEST_CASE("D2 plugin: an error event in mid-stream fails the answer, also a native one") {
  const std::string error =
      "event: error\ndata: "
      "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"m\"}}\n\n";
  for (const PluginAsk& ask : {test::chat(kChat), test::native(AIP_DIALECT_ANTHROPIC, kNative)}) {
    PluginRun run(claude());
    REQUIRE(run.begin(ask));
    run.answer(0, 200, kSse, kStart + kText + error);
    REQUIRE(run.error().has_value());
    CHECK(run.error()->http_status == 529);
    CHECK(run.finish_reason() == 0);
    // The dialect writes the error event; the provider's own does not pass.
    CHECK(run.raw().find("overloaded") == std::string::npos);
  }
}

TEST_CASE("C4 plugin: a broken connection fails, unless the answer was complete") {
  struct Row {
    std::string bytes;
    bool well;
  };
  for (const Row& row : {Row{"", false}, Row{kStart + kText, false},
                         Row{kStart + kText + kDelta, true}, Row{kStream, true}}) {
    PluginRun run(claude());
    REQUIRE(run.begin(test::chat(kChat)));
    run.head(0, 200, kSse);
    run.bytes(0, row.bytes);
    run.fail(0, AIP_E_UPSTREAM, "reset");
    CHECK(run.finished());
    CHECK(run.finished_well() == row.well);
    if (!row.well) CHECK(run.error()->flags == AIP_ERR_RETRYABLE);
  }
  PluginRun early(claude());
  REQUIRE(early.begin(test::chat_whole(kChat)));
  early.fail(0, AIP_E_TIMEOUT, "connect");
  REQUIRE(early.error().has_value());
  CHECK(early.error()->code == AIP_E_TIMEOUT);
}

TEST_CASE("plugin: the end of the call is waited for, but not for ever") {
  PluginRun run(claude());
  REQUIRE(run.begin(test::chat(kChat)));
  run.head(0, 200, kSse);
  run.bytes(0, kStream);
  CHECK(run.finish_reason() == AIP_FINISH_STOP);
  CHECK_FALSE(run.finished());
  run.advance_ms(999);
  CHECK_FALSE(run.finished());
  run.advance_ms(1);
  CHECK(run.finished_well());
}

TEST_CASE("plugin: comments and empty lines of a stream are pings, [DONE] is nothing") {
  PluginRun run(claude());
  REQUIRE(run.begin(test::chat(kChat)));
  run.answer(0, 200, kSse, ": hello\n\n" + kStream + "data: [DONE]\n\n: bye\n\n");
  CHECK(run.finished_well());
  CHECK(run.text() == "Hi");
  CHECK(run.events().at(0).type == AIP_EV_PING);
}

TEST_CASE("native: the body goes up as it is, our own members and the model's name aside") {
  PluginRun same(claude());
  REQUIRE(same.begin(test::native(AIP_DIALECT_ANTHROPIC, kNative)));
  CHECK(same.calls().at(0).body == kNative);

  PluginAsk ask = test::native(
      AIP_DIALECT_ANTHROPIC,
      R"({ "provider":"claude", "model" : "alias","x":[1, 2],"claude":{"index":"1"} })");
  ask.model = "claude-b";
  PluginRun run(claude());
  REQUIRE(run.begin(ask));
  CHECK(run.calls().at(0).body == R"({"model":"claude-b","x":[1, 2]})");
}

TEST_CASE("native: the answer's bytes come down, USAGE and FINISH beside them") {
  PluginRun run(claude());
  PluginAsk ask = test::native(AIP_DIALECT_ANTHROPIC, kNative);
  ask.headers = {{"anthropic-version", "2024-10-22"}};
  ask.query = "beta=true&key=sk";
  REQUIRE(run.begin(ask));
  CHECK(run.calls().at(0).header("anthropic-version") == "2024-10-22");
  CHECK(run.calls().at(0).url == "http://fake/v1/messages?beta=true");
  const std::string ping = "event: ping\ndata: {\"type\": \"ping\"}\n\n";
  run.answer(0, 200, kSse, kStart + ping + kText + kDelta + kStop);
  CHECK(run.finished_well());
  CHECK(run.raw() == kStream);
  CHECK(run.text().empty());
  CHECK(run.finish_reason() == AIP_FINISH_STOP);
  CHECK(run.usage()[AIP_USAGE_OUTPUT] == 2);

  PluginRun whole(claude());
  ask.flags &= ~AIP_REQ_STREAM;
  REQUIRE(whole.begin(ask));
  whole.answer(0, 200, kJson, kMessage);
  CHECK(whole.finished_well());
  CHECK(whole.raw() == kMessage);
  CHECK(whole.finish_reason() == AIP_FINISH_STOP);
}

TEST_CASE("native: an answer of the other shape is told in events, for the dialect to write") {
  PluginRun run(claude());
  REQUIRE(run.begin(test::native(AIP_DIALECT_ANTHROPIC, kNative)));
  run.answer(0, 200, kJson, kMessage);
  CHECK(run.finished_well());
  CHECK(run.raw().empty());
  CHECK(run.text() == "Hi");
}

TEST_CASE("native: an answer that ends early is truncated there too") {
  PluginRun run(claude());
  REQUIRE(run.begin(test::native(AIP_DIALECT_ANTHROPIC, kNative)));
  run.answer(0, 200, kSse, kStart + kText);
  REQUIRE(run.error().has_value());
  CHECK((run.error()->flags & AIP_ERR_TRUNCATED) != 0);
}

TEST_CASE("forward: the path below the base address, another head, the rest untouched") {
  PluginAsk ask;
  ask.operation = AIP_OP_FORWARD;
  ask.dialect = AIP_DIALECT_NONE;
  ask.method = "GET";
  ask.path = "/claude/api/v1/models";
  ask.query = "limit=2&after_id=x";
  ask.headers = {{"accept", "application/json"},
                 {"Anthropic-Version", "2024-01-01"},
                 {"anthropic-dangerous-direct-browser-access", "true"},
                 {"x-stainless-lang", "js"},
                 {"idempotency-key", "i"},
                 {"x-forwarded-for", "1.2.3.4"},
                 {"origin", "https://evil"}};
  PluginRun run(claude());
  REQUIRE(run.begin(ask));
  const test::StartedCall& call = run.calls().at(0);
  CHECK(call.kind == AIP_CALL_FORWARD);
  CHECK(call.method == "GET");
  CHECK(call.url == "http://fake/v1/models?limit=2&after_id=x");
  CHECK(call.header("x-api-key") == "test-secret");
  CHECK(call.header("anthropic-version") == "2024-01-01");
  CHECK(call.header("anthropic-beta") == "one,two");
  CHECK(call.header("accept") == "application/json");
  CHECK(call.header("anthropic-dangerous-direct-browser-access") == "true");
  CHECK(call.header("x-stainless-lang") == "js");
  CHECK(call.header("idempotency-key") == "i");
  CHECK(call.header("x-forwarded-for").empty());
  CHECK(call.header("origin").empty());

  run.head(0, 404, kJson);
  CHECK_FALSE(run.finished());
  run.end_of(0);
  CHECK(run.finished_well());

  PluginRun broken(claude());
  REQUIRE(broken.begin(ask));
  broken.fail(0, AIP_E_UPSTREAM, "reset");
  CHECK(broken.error().has_value());
}

TEST_CASE("count_tokens: a count, an error, and an answer that is none") {
  PluginAsk ask = test::chat_whole(kChat);
  ask.operation = AIP_OP_COUNT_TOKENS;
  PluginRun run(claude());
  REQUIRE(run.begin(ask));
  CHECK(run.calls().at(0).url == "http://fake/v1/messages/count_tokens");
  CHECK(violations(run.calls().at(0).body, Endpoint::CountTokens).empty());
  run.answer(0, 200, kJson, R"({"input_tokens":14})");
  CHECK(run.finished_well());
  CHECK(run.usage()[AIP_USAGE_INPUT] == 14);

  PluginRun refused(claude());
  REQUIRE(refused.begin(ask));
  refused.answer(
      0, 401, kJson,
      R"({"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key"}})");
  CHECK(refused.error()->flags == AIP_ERR_AUTH);

  for (const char* body : {"{}", "<html>", R"({"input_tokens":-1})", ""}) {
    PluginRun bad(claude());
    REQUIRE(bad.begin(ask));
    bad.answer(0, 200, kJson, body);
    CHECK(bad.error()->flags == AIP_ERR_BAD_ANSWER);
  }
}

TEST_CASE("plugin: an operation that it does not have is refused") {
  PluginAsk ask = test::chat(kChat);
  ask.operation = AIP_OP_EMBEDDINGS;
  PluginRun run(claude());
  CHECK_FALSE(run.begin(ask));
}

}  // namespace aip::claude_test
