// The life of one chat in time: what is waited for, and for how long. The plugin is the real one.
#include "plugins/openai/chat.h"

#include <doctest/doctest.h>

#include "tests/support/plugin_runner.h"

using namespace aip::test;  // NOLINT: short names read better in a table

namespace {

constexpr std::string_view kBody =
    R"({"model":"gpt-4o","messages":[{"role":"user","content":"hi"}]})";
const HeaderList kSse{{"content-type", "text/event-stream"}};
const HeaderList kJson{{"content-type", "application/json"}};

const std::string kText = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}]}\n\n";
const std::string kFinish =
    "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
const std::string kDone = "data: [DONE]\n\n";

PluginAsk native_ask() {
  return native(AIP_DIALECT_OPENAI_CHAT, std::string(kBody));
}

struct Running {
  explicit Running(const std::string& section = "{}", const PluginAsk& ask = native_ask())
      : plugin("openai", section), run(plugin) {
    REQUIRE(run.begin(ask));
    REQUIRE(run.calls().size() == 1);
    run.head(0, 200, kSse);
  }
  PluginUnderTest plugin;
  PluginRun run;
};

}  // namespace

TEST_CASE("chat: behind [DONE] the end of the call is waited for, but not for long") {
  Running r;
  r.run.bytes(0, kText + kFinish + kDone);
  CHECK_FALSE(r.run.finished());
  CHECK(r.run.raw() == kText + kFinish + kDone);
  r.run.advance_ms(aip::openai::kLingerMs - 1);
  CHECK_FALSE(r.run.finished());
  r.run.advance_ms(1);
  CHECK(r.run.finished_well());
}

TEST_CASE("chat: the end of the call behind [DONE] ends the chat at once") {
  Running r;
  r.run.bytes(0, kText + kFinish + kDone);
  r.run.end_of(0);
  CHECK(r.run.finished_well());
  CHECK(r.run.raw() == kText + kFinish + kDone);
}

TEST_CASE("chat: a provider that falls silent behind its finish reason has said all") {
  for (const bool is_native : {true, false}) {
    Running r("{}", is_native ? native_ask() : chat(std::string(kBody)));
    r.run.bytes(0, kText + kFinish);
    r.run.advance_ms(aip::openai::kSilenceMs - 1);
    CHECK_FALSE(r.run.finished());
    r.run.advance_ms(1);
    CHECK(r.run.finished_well());
    CHECK(r.run.finish_reason() == AIP_FINISH_STOP);
    if (is_native) CHECK(r.run.raw() == kText + kFinish + kDone);
  }
}

TEST_CASE("chat: silence before the finish reason is the host's to judge") {
  Running r;
  r.run.bytes(0, kText);
  r.run.advance_ms(3'600'000);
  CHECK_FALSE(r.run.finished());
}

TEST_CASE("chat: a second [DONE], and what stands behind the first, are nobody's") {
  Running r;
  r.run.bytes(0, kText + kFinish + kDone + kDone + kText);
  r.run.end_of(0);
  CHECK(r.run.finished_well());
  CHECK(r.run.raw() == kText + kFinish + kDone);
}

TEST_CASE("chat: comments are signs of life, not content") {
  Running r;
  r.run.bytes(0, ": PROCESSING\n\n");
  CHECK(r.run.raw().empty());
  CHECK(r.run.lines().rfind("PING\n", 0) == 0);
  CHECK(r.run.lines().find_first_not_of("PING\n") == std::string::npos);
}

TEST_CASE("chat: data that is no JSON fails the answer and reaches no client") {
  const std::string strange = "event: note\ndata: hello\n\n";
  Running raw;
  raw.run.bytes(0, strange + kFinish + kDone);
  CHECK(raw.run.raw().find("hello") == std::string::npos);
  REQUIRE(raw.run.error());
  CHECK(raw.run.error()->message.find("not JSON") != std::string::npos);
  Running typed("{}", chat(std::string(kBody)));
  typed.run.bytes(0, strange + kText + kFinish + kDone);
  typed.run.end_of(0);
  CHECK_FALSE(typed.run.finished_well());
}

TEST_CASE("chat: an event without data, and anything behind the finish, harms nobody") {
  Running typed("{}", chat(std::string(kBody)));
  typed.run.bytes(0, "data:\n\n" + std::string(kText) + kFinish + "data: hello\n\n" + kDone);
  typed.run.end_of(0);
  CHECK(typed.run.text() == "a");
  CHECK(typed.run.finished_well());
}

TEST_CASE("chat: a client that blocks changes nothing for the plugin") {
  Running r;
  r.run.blocked = true;
  r.run.bytes(0, kText);
  CHECK(r.run.failed_callback() == 0);
  r.run.writable();
  r.run.bytes(0, kFinish + kDone);
  r.run.end_of(0);
  CHECK(r.run.finished_well());
}

TEST_CASE("chat: a cancelled chat says nothing more") {
  Running r;
  r.run.bytes(0, kText);
  r.run.cancel(AIP_CANCEL_CLIENT_GONE);
  r.run.end();
  CHECK_FALSE(r.run.finished());
  CHECK(r.run.failed_callback() == 0);
}

TEST_CASE("chat: a call that fails before its head is the provider's failure") {
  PluginUnderTest plugin("openai");
  PluginRun run(plugin);
  REQUIRE(run.begin(native_ask()));
  run.fail(0, AIP_E_TIMEOUT, "no answer");
  REQUIRE(run.error().has_value());
  CHECK(run.error()->code == AIP_E_TIMEOUT);
  CHECK((run.error()->flags & AIP_ERR_RETRYABLE) != 0);
}

TEST_CASE("chat: a body that breaks behind a status is still that status") {
  PluginUnderTest plugin("openai");
  PluginRun run(plugin);
  REQUIRE(run.begin(native_ask()));
  run.answer(0, 500, kJson, "");
  REQUIRE(run.error().has_value());
  CHECK(run.error()->http_status == 500);
}

TEST_CASE("chat: a redirect is no answer to a POST") {
  PluginUnderTest plugin("openai");
  PluginRun run(plugin);
  REQUIRE(run.begin(native_ask()));
  run.answer(0, 302, {{"location", "https://elsewhere"}}, "");
  REQUIRE(run.error().has_value());
  CHECK(run.calls().size() == 1);
}

TEST_CASE("chat: which credential a request wants") {
  const auto selected = [](const std::string& section, const std::string& body) {
    PluginUnderTest plugin("openai", section);
    PluginRun run(plugin);
    const PluginAsk ask = native(AIP_DIALECT_OPENAI_CHAT, body);  // the selection borrows from it
    REQUIRE(run.begin(ask));
    const aip_selection wish = run.selection().value();
    const auto text = [](aip_span s) {
      return std::string(reinterpret_cast<const char*>(s.ptr), s.len);
    };
    return text(wish.kind) + " " + (wish.how == AIP_SELECT_NAMED ? text(wish.id) : "any");
  };
  const std::string hi = R"("messages":[{"role":"user","content":"hi"}]})";
  CHECK(selected("{}", "{" + hi) == "api_key any");
  CHECK(selected("{}", R"({"openai":{"index":"10001"},)" + hi) == "api_key 10001");
  CHECK(selected("{}", R"({"openai":{"index":10002},)" + hi) == "api_key 10002");
  CHECK(selected("{}", R"({"openai":{"other":1},)" + hi) == "api_key any");
  CHECK(selected(R"({"base_url":"http://127.0.0.1:8080"})", "{" + hi) == " any");
  CHECK(selected(R"({"base_url":"http://127.0.0.1:8080","api_keys":[{"id":"1"}]})", "{" + hi) ==
        "api_key any");
}

TEST_CASE("chat: a section that cannot be served is refused in words") {
  CHECK(PluginUnderTest::refusal_of("openai", R"({"headers":{"Authorization":"x"}})")
            .find("headers.Authorization") != std::string::npos);
  CHECK(PluginUnderTest::refusal_of("openai", "{}").empty());
}
