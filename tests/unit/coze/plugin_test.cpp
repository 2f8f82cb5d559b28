// The plugin as the host drives it: which entry it names, its calls, its polls, what it cancels.
#include <doctest/doctest.h>

#include <string>

#include "core/base/json.h"
#include "plugins/coze/exchange.h"
#include "tests/support/plugin_runner.h"

namespace aip::coze_test {
namespace {

using test::HeaderList;
using test::PluginAsk;
using test::PluginRun;
using test::PluginUnderTest;

PluginUnderTest& coze() {
  static PluginUnderTest plugin("coze",
                                R"({"base_url":"http://fake","api_chat":{"poll_ms":50,"bots":[
      {"bot_id":"71","user":"a"},{"bot_id":"72","user":"b"},{"bot_id":"73","user":"b"}]}})");
  return plugin;
}

const HeaderList kSse{{"content-type", "text/event-stream"}};
const HeaderList kJson{{"content-type", "application/json"}};
const std::string kHi = R"("messages":[{"role":"user","content":"hi"}])";
const std::string kCreatedBytes =
    "event:conversation.chat.created\n"
    "data:{\"id\":\"9\",\"conversation_id\":\"8\",\"status\":\"created\"}\n\n";
const std::string kTextBytes =
    "event:conversation.message.delta\n"
    "data:{\"id\":\"1\",\"type\":\"answer\",\"content\":\"Hi\",\"content_type\":\"text\"}\n\n";
const std::string kCompletedBytes =
    "event:conversation.chat.completed\n"
    "data:{\"id\":\"9\",\"conversation_id\":\"8\",\"status\":\"completed\"}\n\n";
const std::string kDoneBytes = "event:done\ndata:\"[DONE]\"\n\n";

PluginAsk ask(std::uint32_t flags, const std::string& more = "") {
  PluginAsk out = test::chat("{\"model\":\"coze-v3\"," + kHi + more + "}");
  out.flags = flags;
  out.credential_kind = "bot";
  out.credential_extra = R"({"bot_id":"71","user":"a"})";
  return out;
}

std::string chat_of(const std::string& status) {
  return R"({"code":0,"msg":"","data":{"id":"9","conversation_id":"8","status":")" + status +
         "\"}}";
}

// The cancel that was sent when the stream was over, if any.
std::string cancelled(PluginRun& run) {
  run.end();
  const test::StartedCall& last = run.calls().back();
  if (last.url != "http://fake/v3/chat/cancel") return "nothing";
  CHECK((last.flags & AIP_CALLF_DETACHED) != 0);
  CHECK(last.header("authorization") == "Bearer test-secret");
  return last.method + " " + last.body;
}
const std::string kCancelled = R"(POST {"conversation_id":"8","chat_id":"9"})";

}  // namespace

TEST_CASE("plugin: a request's bot and user name the entry") {
  struct Row {
    HeaderList headers;
    std::string more, id;
  };
  for (const Row& row : std::initializer_list<Row>{
           {{}, "", ""},
           {{{"x-auth-id", "b"}}, "", "b"},
           {{{"x-bot-id", "73"}}, "", "b/73"},
           {{{"x-auth-id", "b"}, {"x-bot-id", "73"}}, "", "b/73"},
           {{}, R"(,"coze":{"conversation":{"bot_id":"72","user":"b"}})", "b"},
           {{}, R"(,"coze":{"index":"a"})", "a"},
           {{{"x-bot-id", "71"}}, R"(,"coze":{"bot_id":"72"})", "a"},
           {{{"x-bot-id", "99"}}, "", ""}}) {
    CAPTURE(row.more);
    PluginRun run(coze());
    PluginAsk a = ask(AIP_REQ_STREAM, row.more);
    a.headers = row.headers;
    static_cast<void>(run.begin(a));
    REQUIRE(run.selection().has_value());
    const aip_selection& wish = *run.selection();
    CHECK((wish.how == AIP_SELECT_NAMED) == !row.id.empty());
    CHECK(sdk::text(wish.kind) == "bot");
    if (!row.id.empty()) CHECK(sdk::text(wish.id) == row.id);
  }
}

TEST_CASE("plugin: a forward that names no bot has the first one's token each time") {
  PluginRun run(coze());
  PluginAsk a = ask(0);
  a.operation = AIP_OP_FORWARD;
  a.method = "GET";
  a.path = "/coze/api/v1/bots";
  a.query = "a=b";
  REQUIRE(run.begin(a));
  CHECK(sdk::text(run.selection()->id) == "a");
  CHECK(run.calls().at(0).url == "http://fake/v1/bots?a=b");
  CHECK(run.calls().at(0).kind == AIP_CALL_FORWARD);
}

TEST_CASE("plugin: a client's own token goes as it came") {
  PluginRun run(coze());
  PluginAsk a = ask(AIP_REQ_STREAM, R"(,"coze":{"bot_id":"99"})");
  a.credential_flags = AIP_CRED_CLIENT;
  a.credential_extra = "";
  a.secret = "Basic abc";
  a.credential_kind = "bearer";
  REQUIRE(run.begin(a));
  CHECK(run.calls().at(0).header("authorization") == "Bearer Basic abc");
  CHECK(json::Value(run.calls()[0].body)["bot_id"].str() == "99");
}

TEST_CASE("plugin: a whole answer is asked for until it is there, then listed") {
  PluginRun run(coze());
  REQUIRE(run.begin(ask(0)));
  run.answer(0, 200, kJson, chat_of("created"));
  for (std::size_t poll = 1; poll <= 3; ++poll) {
    CHECK(run.calls().size() == poll);
    run.advance_ms(49);
    CHECK(run.calls().size() == poll);
    run.advance_ms(1);
    REQUIRE(run.calls().size() == poll + 1);
    run.answer(poll, 200, kJson, chat_of(poll < 3 ? "in_progress" : "completed"));
  }
  REQUIRE(run.calls().size() == 5);
  CHECK(run.calls()[4].url == "http://fake/v3/chat/message/list?conversation_id=8&chat_id=9");
  run.answer(4, 200, kJson,
             R"({"code":0,"data":[{"role":"assistant","type":"answer","content":"Hi"}]})");
  CHECK(run.finished_well());
  CHECK(run.text() == "Hi");
  CHECK(cancelled(run) == "nothing");
}

TEST_CASE("plugin: a poll may fail so often in a row and no more") {
  const auto polls = [](int failures) {
    PluginRun run(coze());
    REQUIRE(run.begin(ask(0)));
    run.answer(0, 200, kJson, chat_of("created"));
    for (int i = 1; i <= failures; ++i) {
      run.run_timers(1);
      const auto call = static_cast<std::size_t>(i);
      if (i % 2 == 0) {
        run.fail(call, AIP_E_UPSTREAM, "broken");
      } else {
        run.answer(call, 500, kJson, R"({"code":5000,"msg":"m"})");
      }
    }
    const bool failed = run.error().has_value();
    if (failed) CHECK(cancelled(run) == kCancelled);
    return failed;
  };
  CHECK_FALSE(polls(coze::kPollFailuresMax - 1));
  CHECK(polls(coze::kPollFailuresMax));
}

TEST_CASE("plugin: a poll that fails without a word is asked again as any other") {
  PluginRun run(coze());
  REQUIRE(run.begin(ask(0)));
  run.answer(0, 200, kJson, chat_of("created"));
  run.run_timers(1);
  run.answer(1, 503, {}, "");
  CHECK_FALSE(run.error().has_value());
  run.run_timers(1);
  CHECK(run.calls().size() == 3);
}

TEST_CASE("plugin: a poll that is refused is not asked again") {
  PluginRun run(coze());
  REQUIRE(run.begin(ask(0)));
  run.answer(0, 200, kJson, chat_of("created"));
  run.run_timers(1);
  run.answer(1, 401, kJson, R"({"code":700012006,"msg":"access token invalid"})");
  REQUIRE(run.error().has_value());
  CHECK(run.error()->http_status == 401);
}

TEST_CASE("plugin: whoever ends a running chat has it cancelled, and nobody else") {
  const std::string stream = kCreatedBytes + kTextBytes + kCompletedBytes + kDoneBytes;
  for (std::size_t bytes = 0; bytes <= stream.size(); ++bytes) {
    CAPTURE(bytes);
    PluginRun run(coze());
    REQUIRE(run.begin(ask(AIP_REQ_STREAM)));
    run.head(0, 200, kSse);
    run.bytes(0, stream.substr(0, bytes));
    run.cancel(AIP_CANCEL_CLIENT_GONE);
    const bool told = bytes >= kCreatedBytes.size();
    const bool over = bytes >= kCreatedBytes.size() + kTextBytes.size() + kCompletedBytes.size();
    CHECK(cancelled(run) == (told && !over ? kCancelled : "nothing"));
  }
}

TEST_CASE("plugin: a stream that breaks has its chat cancelled") {
  PluginRun run(coze());
  REQUIRE(run.begin(ask(AIP_REQ_STREAM)));
  run.head(0, 200, kSse);
  run.bytes(0, kCreatedBytes + kTextBytes);
  run.fail(0, AIP_E_UPSTREAM, "broken");
  CHECK(run.error().has_value());
  CHECK(cancelled(run) == kCancelled);
}

TEST_CASE("plugin: a body that stays open behind the answer's end is left") {
  PluginRun run(coze());
  REQUIRE(run.begin(ask(AIP_REQ_STREAM)));
  run.head(0, 200, kSse);
  run.bytes(0, kCreatedBytes + kTextBytes + kCompletedBytes + kDoneBytes);
  CHECK_FALSE(run.finished());
  run.advance_ms(coze::kLingerMs - 1);
  CHECK_FALSE(run.finished());
  run.advance_ms(1);
  CHECK(run.finished_well());
}

TEST_CASE("plugin: nothing behind the answer's end undoes it") {
  for (const char* late : {"event:error\ndata:{\"code\":5000,\"msg\":\"m\"}\n\n",
                           "event:conversation.message.delta\ndata:{\"bro\n\n",
                           "event:conversation.chat.failed\ndata:{}\n\n", ":\n\n"}) {
    CAPTURE(late);
    PluginRun run(coze());
    REQUIRE(run.begin(ask(AIP_REQ_STREAM)));
    run.head(0, 200, kSse);
    run.bytes(0, kCreatedBytes + kTextBytes + kCompletedBytes + kDoneBytes + late);
    run.advance_ms(coze::kLingerMs);
    CHECK(run.finished_well());
    CHECK(run.text() == "Hi");
  }
}

TEST_CASE("plugin: an answer in the shape that was not asked for is read all the same") {
  PluginRun object(coze());
  REQUIRE(object.begin(ask(AIP_REQ_STREAM)));
  object.answer(0, 200, kJson, chat_of("created"));
  CHECK(object.run_timers(1) == 1);
  CHECK(object.calls().at(1).url == "http://fake/v3/chat/retrieve?conversation_id=8&chat_id=9");
  PluginRun stream(coze());
  REQUIRE(stream.begin(ask(0)));
  stream.answer(0, 200, kSse, kCreatedBytes + kTextBytes + kCompletedBytes + kDoneBytes);
  CHECK(stream.finished_well());
  CHECK(stream.text() == "Hi");
}

TEST_CASE("plugin: an upload that fails ends the request before a chat is begun") {
  const std::string body =
      R"({"model":"coze-v3","messages":[{"role":"user","content":[{"type":"image_url",)"
      R"("image_url":{"url":"data:image/png;base64,QQ=="}}]}]})";
  PluginAsk a = ask(AIP_REQ_STREAM);
  a.body = body;
  PluginRun refused(coze());
  REQUIRE(refused.begin(a));
  refused.answer(0, 200, kJson, R"({"code":4000,"msg":"too big"})");
  CHECK(refused.error()->http_status == 400);
  CHECK(refused.calls().size() == 1);
  PluginRun empty(coze());
  REQUIRE(empty.begin(a));
  empty.answer(0, 200, kJson, R"({"code":0,"data":{}})");
  CHECK((empty.error()->flags & AIP_ERR_BAD_ANSWER) != 0);
}

TEST_CASE("plugin: an upload's boundary is another one each time, so no file can hold it") {
  PluginAsk a = ask(AIP_REQ_STREAM);
  a.body = R"({"model":"coze-v3","messages":[{"role":"user","content":[{"type":"image_url",)"
           R"("image_url":{"url":"data:image/png;base64,QQ=="}}]}]})";
  std::string seen;
  for (int i = 0; i < 2; ++i) {
    PluginRun run(coze());
    REQUIRE(run.begin(a));
    const std::string type(run.calls().at(0).header("content-type"));
    CHECK(type.size() > std::string("multipart/form-data; boundary=").size() + 32);
    CHECK(type != seen);
    seen = type;
  }
}

TEST_CASE("plugin: the seed's section is taken as it stands") {
  CHECK(
      PluginUnderTest::refusal_of("coze", R"({"discord":{"enable":false},"api_chat":{"bots":[]}})")
          .empty());
  CHECK(PluginUnderTest::refusal_of("coze", "{}").empty());
}

}  // namespace aip::coze_test
