// The SDK's examples, driven as any plugin is.
#include <doctest/doctest.h>

#include "tests/abi/files.h"
#include "tests/support/plugin_runner.h"

using aip::test::chat;
using aip::test::PluginRun;
using aip::test::PluginUnderTest;

namespace {

const std::string kAsk = R"({"model":"acme-1","messages":[{"role":"user","content":"hi"}]})";
const aip::test::HeaderList kSse{{"content-type", "text/event-stream"}};

PluginUnderTest& acme() {
  static PluginUnderTest plugin(aip::test::build_dir() + "/examples/acme.so",
                                R"({"base_url":"http://acme.test"})");
  return plugin;
}

}  // namespace

TEST_CASE("echo_c: answers with the messages, a turn later, and keeps nothing") {
  PluginUnderTest echo(aip::test::build_dir() + "/examples/echo_c.so");
  PluginRun run(echo);

  REQUIRE(run.begin(chat(kAsk)));
  CHECK(run.events().empty());
  run.run_timers();

  CHECK(run.finished_well());
  CHECK(run.text() == R"([{"role":"user","content":"hi"}])");
  CHECK(run.finish_reason() == AIP_FINISH_STOP);
}

TEST_CASE("acme: one call, its events become text, wherever the answer is cut") {
  const std::string answer =
      "data: {\"text\":\"caf\\u00e9 \"}\r\n\r\n"
      ": still here\n\n"
      "data: {\"text\":\"ol\xC3\xA9\",\ndata: \"done\":true}\n\n";
  for (std::size_t cut = 0; cut <= answer.size(); ++cut) {
    PluginRun run(acme());
    REQUIRE(run.begin(chat(kAsk)));
    REQUIRE(run.calls().size() == 1);
    CHECK(run.calls()[0].url == "http://acme.test/chat");
    CHECK(run.calls()[0].header("Authorization") == "Bearer test-secret");
    CHECK(run.calls()[0].body == kAsk);

    run.answer(0, 200, kSse, answer, aip::test::cut_at({cut}));

    CAPTURE(cut);
    CHECK(run.finished_well());
    CHECK(run.text() == "caf\xC3\xA9 ol\xC3\xA9");
    CHECK(run.finish_reason() == AIP_FINISH_STOP);
  }
}

TEST_CASE("acme: refusals, broken answers and lost calls fail with their causes") {
  PluginRun refused(acme());
  REQUIRE(refused.begin(chat(kAsk)));
  refused.answer(0, 429, {{"content-type", "application/json"}}, "{}");
  REQUIRE(refused.error());
  CHECK(refused.error()->http_status == 429);
  CHECK((refused.error()->flags & AIP_ERR_RATE) != 0);

  PluginRun broken(acme());
  REQUIRE(broken.begin(chat(kAsk)));
  broken.answer(0, 200, kSse, "data: {oops\n\n");
  REQUIRE(broken.error());
  CHECK(broken.error()->flags == AIP_ERR_BAD_ANSWER);

  PluginRun lost(acme());
  REQUIRE(lost.begin(chat(kAsk)));
  lost.fail(0, AIP_E_TIMEOUT, "no first byte");
  REQUIRE(lost.error());
  CHECK(lost.error()->code == AIP_E_TIMEOUT);

  PluginRun cut(acme());
  REQUIRE(cut.begin(chat(kAsk)));
  cut.answer(0, 200, kSse, "data: {\"text\":\"half\"}\n\n");
  CHECK(cut.finished_well());
  CHECK(cut.finish_reason() == 0);
}

TEST_CASE("acme: a section without base_url is refused in the plugin's words") {
  CHECK(PluginUnderTest::refusal_of(aip::test::build_dir() + "/examples/acme.so", "{}")
            .find("base_url is needed") != std::string::npos);
}
