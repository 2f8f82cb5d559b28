// The small tables and functions: models, blanks, media, settings, addresses, errors.
#include <doctest/doctest.h>

#include "plugins/claude/blank.h"
#include "plugins/claude/errors.h"
#include "plugins/claude/media.h"
#include "plugins/claude/models.h"
#include "plugins/claude/settings.h"
#include "plugins/claude/upstream.h"

namespace aip::claude {

TEST_CASE("models: dates, prefixes of other services and unknown names find their row") {
  CHECK(traits_of("claude-3-haiku-20240307", {}).max_output_tokens == 4096);
  CHECK(traits_of("claude-sonnet-4-5-20250929", {}).thinking == Thinking::Budget);
  CHECK(traits_of("claude-sonnet-4-20250514", {}).structured_output == false);
  CHECK(traits_of("claude-opus-4-20250514", {}).max_output_tokens == 32000);
  CHECK(traits_of("claude-opus-4-1-20250805", {}).sampling == Sampling::One);
  CHECK(traits_of("claude-opus-4-6", {}).thinking == Thinking::BudgetOrAdaptive);
  CHECK(traits_of("anthropic/claude-3-5-sonnet", {}).max_output_tokens == 8192);
  CHECK(traits_of("claude-fable-9", {}).thinking == Thinking::Adaptive);
  CHECK(traits_of("glm-5.2", {}).efforts == 0);
}

TEST_CASE("models: the host's entry overrides the row member by member") {
  const Traits t = traits_of("claude-3-haiku", R"({"max_output_tokens":9,"default_max_tokens":8,
      "thinking":"adaptive","efforts":["low","max"],"sampling":"fixed","structured_output":true,"prefill":false})");
  CHECK(t.max_output_tokens == 9);
  CHECK(t.default_max_tokens == 8);
  CHECK(t.thinking == Thinking::Adaptive);
  CHECK(t.efforts == (bit(Effort::Low) | bit(Effort::Max)));
  CHECK(t.sampling == Sampling::Fixed);
  CHECK(t.structured_output);
  CHECK_FALSE(t.prefill);
  CHECK(traits_of("claude-3-haiku", R"({"prefill":false})").max_output_tokens == 4096);
}

TEST_CASE("blank: white space in every spelling, and nothing else") {
  for (const char* text : {"", " ", "\\n\\t\\r", "\\u0020\\u00a0", "\u3000", " \\u2003 "}) {
    CAPTURE(text);
    CHECK(is_blank(text));
  }
  for (const char* text : {"a", " a", "\\\\n", "\\u0041", "\u200b", "\\\"", " \\b"}) {
    CAPTURE(text);
    CHECK_FALSE(is_blank(text));
  }
}

TEST_CASE("blank: the end of a text without its white space") {
  struct Row {
    const char* text;
    std::size_t want;
  };
  const Row rows[] = {{"a", 1},        {"a ", 1},       {"a\\n", 1},     {"a\\\\n", 4},
                      {"a\\\\\\n", 3}, {"a\\u000a", 1}, {"a\\u0041", 7}, {"a\u3000", 1},
                      {" ", 0},        {"a\\\\ ", 3}};
  for (const Row& row : rows) {
    CAPTURE(row.text);
    CHECK(length_without_trailing_blanks(row.text) == row.want);
  }
}

TEST_CASE("media: base64 is decoded, and refused where it is none") {
  CHECK(decode_base64("SGVsbG8=") == "Hello");
  CHECK(decode_base64("SGVsbG8") == "Hello");
  CHECK(decode_base64("") == "");
  CHECK_FALSE(decode_base64("SGV*").has_value());
}

TEST_CASE("settings: defaults, and base addresses in the forms that people write") {
  CHECK(read_settings("{}").base_url == "https://api.anthropic.com");
  CHECK(read_settings("{}").api_version == "2023-06-01");
  for (const char* url : {"http://h:1", "http://h:1/", "http://h:1/v1", "http://h:1/v1/"}) {
    CHECK(read_settings(R"({"base_url":")" + std::string(url) + "\"}").base_url == "http://h:1");
  }
  const Settings s = read_settings(
      R"({"api_version":"2024-01-01","default_max_tokens":99,"beta":["a","b"],"api_keys":[{"id":"1"}]})");
  CHECK(s.api_version == "2024-01-01");
  CHECK(s.default_max_tokens == 99);
  CHECK(s.betas == std::vector<std::string>{"a", "b"});
}

TEST_CASE("upstream: the address of a forward is what came below /claude/api") {
  CHECK(forward_path("/claude/api/v1/messages") == "/v1/messages");
  CHECK(forward_path("/v1/files/x") == "/v1/files/x");
  CHECK(forward_path("v1/files") == "/v1/files");
  CHECK(url_of(read_settings("{}"), "/v1/models", "limit=2") ==
        "https://api.anthropic.com/v1/models?limit=2");
}

namespace {
sdk::Failure answer(int status, const std::string& body, const char* should_retry = "",
                    std::uint32_t retry_after = 0) {
  return failure_of_answer({status, retry_after, should_retry}, body,
                           body.empty() || body[0] != '{' ? BodyKind::Other : BodyKind::Json);
}
std::string error(const std::string& type, const std::string& message) {
  return R"({"type":"error","error":{"type":")" + type + R"(","message":")" + message +
         R"("},"request_id":"req_1"})";
}
}  // namespace

TEST_CASE("D8 errors: each status and type, told apart for the credential and for a retry") {
  struct Row {
    int status;
    const char *type, *message;
    int flags;
  };
  const Row rows[] = {
      {400, "invalid_request_error", "messages: bad", 0},
      {400, "invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum",
       AIP_ERR_CONTEXT_LENGTH},
      {400, "invalid_request_error",
       "input length and `max_tokens` exceed context limit: 1 + 2 > 2", AIP_ERR_CONTEXT_LENGTH},
      {400, "invalid_request_error", "Your credit balance is too low to access the Anthropic API.",
       AIP_ERR_QUOTA},
      {401, "authentication_error", "invalid x-api-key", AIP_ERR_AUTH},
      {402, "billing_error", "pay", AIP_ERR_QUOTA},
      {403, "permission_error", "no", AIP_ERR_PERMISSION},
      {404, "not_found_error", "model: x", 0},
      {413, "request_too_large", "big", 0},
      {429, "rate_limit_error", "slow down", AIP_ERR_RATE | AIP_ERR_RETRYABLE},
      {500, "api_error", "oops", AIP_ERR_RETRYABLE},
      {504, "timeout_error", "late", AIP_ERR_RETRYABLE},
      {529, "overloaded_error", "Overloaded", AIP_ERR_OVERLOADED | AIP_ERR_RETRYABLE},
  };
  for (const Row& row : rows) {
    CAPTURE(row.message);
    const sdk::Failure f = answer(row.status, error(row.type, row.message));
    CHECK(f.http_status == row.status);
    CHECK(f.type == row.type);
    CHECK(f.message == row.message);
    CHECK(f.flags == row.flags);
    // The same as an event in the middle of a stream, where only the type tells the status.
    const std::string event = error(row.type, row.message);
    CHECK(failure_of_event(json::Value(event)).http_status == row.status);
    CHECK(failure_of_event(json::Value(event)).flags == row.flags);
  }
}

TEST_CASE("D8 errors: bodies that are not Anthropic's are wrapped in words") {
  for (const char* body : {"<html>Just a moment</html>", "", "{}", R"({"error":{}})"}) {
    CAPTURE(body);
    const sdk::Failure f = answer(403, body);
    CHECK(f.http_status == 403);
    CHECK(f.message.find("403") != std::string::npos);
    CHECK(f.message.find("html") == std::string::npos);
  }
  CHECK(answer(500, R"({"error":"boom"})").message == "boom");
  CHECK(answer(500, R"({"message":"boom"})").message == "boom");
}

TEST_CASE("D8 errors: retry-after and x-should-retry count, keys do not get out") {
  CHECK(answer(429, error("rate_limit_error", "x"), "", 3000).retry_after_ms == 3000);
  CHECK((answer(429, error("rate_limit_error", "x"), "false").flags & AIP_ERR_RETRYABLE) == 0);
  CHECK((answer(400, error("invalid_request_error", "x"), "true").flags & AIP_ERR_RETRYABLE) != 0);
  CHECK(answer(401, error("authentication_error", "bad key sk-ant-api03-Abc_9-z, sorry")).message ==
        "bad key sk-ant-..., sorry");
  CHECK(retry_after_ms("2") == 2000);
  CHECK(retry_after_ms("0.5") == 500);
  CHECK(retry_after_ms("99999999") == 86'400'000);
  CHECK(retry_after_ms("Wed, 21 Oct 2026 07:28:00 GMT") == 0);
  CHECK(retry_after_ms("inf") == 0);
  CHECK(retry_after_ms("") == 0);
}

}  // namespace aip::claude
