// Clients of Responses at a service that speaks it: the bytes pass, finish and usage are told.
#include <doctest/doctest.h>

#include "plugins/openai/chat.h"
#include "tests/support/plugin_runner.h"
#include "tests/unit/openai/support.h"

using namespace aip::test;  // NOLINT: short names read better in a table

namespace responses_test {
namespace {

constexpr std::string_view kBody = R"({"model":"gpt-5","input":"hi","stream":true})";
const HeaderList kSse{{"content-type", "text/event-stream"}};
const HeaderList kJson{{"content-type", "application/json"}};

std::string event_of(const std::string& type, const std::string& members = "") {
  return "event: " + type + "\ndata: {\"type\":\"" + type + "\",\"sequence_number\":0" + members +
         "}\n\n";
}
const std::string kCreated = event_of("response.created", R"(,"response":{"id":"resp_1"})");
const std::string kDelta =
    event_of("response.output_text.delta", R"(,"delta":"a","obfuscation":"x")");
const std::string kUsage =
    R"("usage":{"input_tokens":9,"input_tokens_details":{"cached_tokens":4},"output_tokens":5,)"
    R"("output_tokens_details":{"reasoning_tokens":2},"total_tokens":14})";
const std::string kObject =
    R"({"id":"resp_1","object":"response","status":"completed","output":[],)" + kUsage + "}";
const std::string kCompleted = event_of("response.completed", ",\"response\":" + kObject);
const std::string kError = event_of(
    "error",
    R"(,"error":{"type":"insufficient_quota","code":"insufficient_quota","message":"No more."})");
const std::string kFailed = event_of(
    "response.failed", R"(,"response":{"error":{"code":"server_error","message":"It broke."}})");

PluginAsk ask_of(std::string_view body = kBody) {
  PluginAsk ask = native(AIP_DIALECT_OPENAI_RESPONSES, std::string(body));
  ask.path = "/v1/responses";
  return ask;
}

struct Running {
  explicit Running(const PluginAsk& ask = ask_of(), const std::string& section = "{}",
                   const HeaderList& headers = kSse)
      : plugin("openai", section), run(plugin) {
    REQUIRE(run.begin(ask));
    REQUIRE(run.calls().size() == 1);
    run.head(0, 200, headers);
  }
  PluginUnderTest plugin;
  PluginRun run;
};

}  // namespace

TEST_CASE("responses: the body goes up as it came but for the model and what is ours") {
  PluginUnderTest plugin("openai", R"({"quirks":{"drop":["store"],"max_tokens":"max_tokens"}})");
  PluginRun run(plugin);
  PluginAsk ask = ask_of(
      R"({"provider":"x", "model":"mine","openai":{"index":"1"},"input":[ 1.0 ],"store":true,"max_output_tokens":5})");
  ask.model = "gpt-5";
  REQUIRE(run.begin(ask));
  CHECK(run.calls().at(0).url == "https://api.openai.com/v1/responses");
  CHECK(run.calls().at(0).body == R"({"model":"gpt-5","input":[ 1.0 ],"max_output_tokens":5})");
  CHECK(run.calls().at(0).header("accept") == "text/event-stream");
  CHECK(run.calls().at(0).header("authorization") == "Bearer test-secret");
  CHECK(run.unsupported() == std::vector<std::string>{"/store coerced"});
}

TEST_CASE("responses: reasoning that another provider signed stays behind") {
  PluginUnderTest plugin("openai");
  PluginRun run(plugin);
  REQUIRE(run.begin(ask_of(
      R"({"model":"gpt-5","input":[{"role":"user","content":"aiproxy.thinking."},)"
      R"({"type":"reasoning","encrypted_content":"aiproxy.thinking.1.AAAA"},)"
      R"({"type":"reasoning","encrypted_content":"gAAA"},{"role":"assistant","content":"x"}]})")));
  CHECK(run.calls().at(0).body ==
        R"({"model":"gpt-5","input":[{"role":"user","content":"aiproxy.thinking."},)"
        R"({"type":"reasoning","encrypted_content":"gAAA"},{"role":"assistant","content":"x"}]})");
  CHECK(run.unsupported() == std::vector<std::string>{"/input/1 coerced"});
}

TEST_CASE("responses: a stream passes byte for byte, whatever its cuts") {
  const std::string stream = kCreated + kDelta + kCompleted;
  for (std::size_t at = 0; at <= stream.size(); ++at) {
    Running r;
    r.run.bytes(0, std::string_view(stream).substr(0, at));
    r.run.bytes(0, std::string_view(stream).substr(at));
    r.run.end_of(0);
    REQUIRE(r.run.raw() == stream);
    REQUIRE(r.run.finished_well());
    REQUIRE(r.run.finish_reason() == AIP_FINISH_STOP);
    const auto usage = r.run.usage();
    REQUIRE(usage.at(AIP_USAGE_INPUT) == 9);
    REQUIRE(usage.at(AIP_USAGE_OUTPUT) == 5);
    REQUIRE(usage.at(AIP_USAGE_CACHE_READ) == 4);
    REQUIRE(usage.at(AIP_USAGE_REASONING) == 2);
  }
}

TEST_CASE("responses: the last event ends the answer, and its call is waited for a second") {
  Running r;
  r.run.bytes(0, kCreated + kCompleted);
  CHECK_FALSE(r.run.finished());
  r.run.advance_ms(aip::openai::kLingerMs);
  CHECK(r.run.finished_well());
  CHECK(r.run.raw() == kCreated + kCompleted);
}

TEST_CASE("responses: comments are signs of life, [DONE] of a compatible service is left out") {
  Running r;
  r.run.bytes(0, kCreated + ": waiting\n\n" + kCompleted + "data: [DONE]\n\n");
  r.run.end_of(0);
  CHECK(r.run.finished_well());
  CHECK(r.run.raw() == kCreated + kCompleted);
}

TEST_CASE("responses: how it ended is told") {
  const auto finish_of = [](const std::string& response) {
    Running r;
    r.run.bytes(0, event_of("response.incomplete", ",\"response\":" + response));
    r.run.end_of(0);
    return r.run.finish_reason();
  };
  CHECK(finish_of(R"({"incomplete_details":{"reason":"max_output_tokens"}})") == AIP_FINISH_LENGTH);
  CHECK(finish_of(R"({"incomplete_details":{"reason":"content_filter"}})") == AIP_FINISH_FILTER);
  CHECK(finish_of(R"({"output":[{"type":"message"},{"type":"function_call"}]})") ==
        AIP_FINISH_TOOLS);
  CHECK(finish_of(R"({"output":[{"type":"custom_tool_call"}]})") == AIP_FINISH_TOOLS);
  CHECK(finish_of("{}") == AIP_FINISH_STOP);
}

TEST_CASE("responses: a failure in mid-stream is passed as it came, and is a failure") {
  Running r;
  r.run.bytes(0, kCreated + kError + kFailed);
  CHECK(r.run.raw() == kCreated + kError + kFailed);
  REQUIRE(r.run.error().has_value());
  CHECK(r.run.error()->message == "No more.");
  CHECK(r.run.error()->http_status == 429);
  CHECK((r.run.error()->flags & AIP_ERR_QUOTA) != 0);

  Running alone;
  alone.run.bytes(0, kCreated + kError);
  alone.run.end_of(0);
  CHECK(alone.run.raw() == kCreated + kError);
  REQUIRE(alone.run.error().has_value());
  CHECK(alone.run.error()->message == "No more.");

  Running bare;
  bare.run.bytes(0, kCreated + kFailed);
  REQUIRE(bare.run.error().has_value());
  CHECK(bare.run.error()->message == "It broke.");
}

TEST_CASE("responses: a failure as the first event is a status, not a stream") {
  const std::string no_type = "data: {\"error\":{\"message\":\"Not ours.\"}}\n\n";
  for (const auto& [first, words] :
       {std::pair{kFailed, "It broke."}, {kError, "No more."}, {no_type, "Not ours."}}) {
    Running r;
    r.run.bytes(0, first);
    CHECK(r.run.raw().empty());
    REQUIRE(r.run.error().has_value());
    CHECK(r.run.error()->message == words);
  }
}

TEST_CASE("responses: an error that is no event of Responses is not taken for a cut") {
  Running r;
  r.run.bytes(0, kCreated + "data: {\"error\":{\"message\":\"Not ours.\"}}\n\n");
  CHECK(r.run.raw() == kCreated);
  REQUIRE(r.run.error().has_value());
  CHECK(r.run.error()->message == "Not ours.");
}

TEST_CASE("responses: a stream without its last event is truncated") {
  for (const std::string& stream : {kCreated, kCreated + kDelta, kCreated + "data: [DONE]\n\n"}) {
    Running r;
    r.run.bytes(0, stream);
    r.run.end_of(0);
    REQUIRE(r.run.error().has_value());
    CHECK((r.run.error()->flags & AIP_ERR_TRUNCATED) != 0);
  }
}

TEST_CASE("responses: a whole answer passes, one without output does not") {
  PluginAsk ask = ask_of();
  ask.flags &= ~static_cast<std::uint32_t>(AIP_REQ_STREAM);
  Running r(ask, "{}", kJson);
  r.run.bytes(0, kObject);
  r.run.end_of(0);
  CHECK(r.run.raw() == kObject);
  CHECK(r.run.finished_well());
  CHECK(r.run.usage().at(AIP_USAGE_INPUT) == 9);

  Running error(ask, "{}", kJson);
  error.run.bytes(0, R"({"error":{"message":"Hidden in a 200.","type":"server_error"}})");
  error.run.end_of(0);
  CHECK(error.run.raw().empty());
  REQUIRE(error.run.error().has_value());
  CHECK(error.run.error()->message == "Hidden in a 200.");

  Running nothing(ask, "{}", kJson);
  nothing.run.bytes(0, "{}");
  nothing.run.end_of(0);
  CHECK_FALSE(nothing.run.finished_well());
}

TEST_CASE("responses: a stream where JSON was asked for gives its last response") {
  PluginAsk ask = ask_of();
  ask.flags &= ~static_cast<std::uint32_t>(AIP_REQ_STREAM);
  Running r(ask);
  r.run.bytes(0, kCreated + kDelta + kCompleted);
  r.run.end_of(0);
  CHECK(r.run.raw() == kObject);
  CHECK(r.run.finished_well());
}

TEST_CASE("responses: JSON where a stream was asked for is no answer") {
  Running r(ask_of(), "{}", kJson);
  r.run.bytes(0, kObject);
  r.run.end_of(0);
  CHECK(r.run.raw().empty());
  CHECK_FALSE(r.run.finished_well());
}

TEST_CASE("responses: refusals keep their status and words") {
  for (const int status : {400, 401, 404, 429, 500}) {
    PluginUnderTest plugin("openai");
    PluginRun run(plugin);
    REQUIRE(run.begin(ask_of()));
    run.answer(0, status, kJson,
               R"({"error":{"message":"no","type":"t","param":"model","code":"c"}})");
    REQUIRE(run.error().has_value());
    CHECK(run.error()->http_status == status);
    CHECK(run.error()->param == "model");
  }
}

TEST_CASE("responses: at Azure the model is in the body, not in the address") {
  PluginUnderTest plugin(
      "openai",
      R"({"base_url":"https://r.openai.azure.com","azure":{"api_version":"2025-04-01-preview"},"responses":true})");
  PluginRun run(plugin);
  REQUIRE(run.begin(ask_of()));
  CHECK(run.calls().at(0).url ==
        "https://r.openai.azure.com/openai/responses?api-version=2025-04-01-preview");
}

}  // namespace responses_test
