#include "plugins/openai/errors.h"

#include <doctest/doctest.h>

using namespace aip::openai;  // NOLINT: short names read better in a table
using aip::json::Value;
using aip::sdk::Failure;
using aip::sdk::span;

namespace {

Failure answer(int status, const std::string& body) {
  ErrorHead head;
  head.status = status;
  return failure_of_answer(head, Value(body), {});
}

Failure told(int status, const std::string& members) {
  return answer(status, R"({"error":{"message":"m",)" + members + "}}");
}

ErrorHead head_of(std::initializer_list<std::pair<std::string_view, std::string_view>> fields) {
  std::vector<aip_header> raw;
  for (const auto& [name, value] : fields) raw.push_back({span(name), span(value), 0, 0});
  return read_error_head(429, raw.data(), raw.size());
}

}  // namespace

TEST_CASE("errors: the provider's own words are kept") {
  const Failure f =
      told(404, R"("type":"invalid_request_error","param":"model","code":"model_not_found")");
  CHECK(f.http_status == 404);
  CHECK(f.type == "invalid_request_error");
  CHECK(f.param == "model");
  CHECK(f.reason == "model_not_found");
  CHECK(f.message == "m");
  CHECK(f.flags == 0);
}

TEST_CASE("errors: what a refusal means for the credential") {
  CHECK(told(401, R"("code":"invalid_api_key")").flags == AIP_ERR_AUTH);
  CHECK(told(403, R"("code":null)").flags == AIP_ERR_PERMISSION);
  CHECK(told(402, R"("code":null)").flags == AIP_ERR_QUOTA);
  CHECK(told(429, R"("code":"insufficient_quota")").flags == AIP_ERR_QUOTA);
  CHECK(told(429, R"("type":"insufficient_quota")").flags == AIP_ERR_QUOTA);
  CHECK(told(429, R"("code":"rate_limit_exceeded")").flags == (AIP_ERR_RATE | AIP_ERR_RETRYABLE));
  CHECK(told(500, R"("code":null)").flags == AIP_ERR_RETRYABLE);
  CHECK(told(503, R"("code":null)").flags == (AIP_ERR_OVERLOADED | AIP_ERR_RETRYABLE));
  CHECK(told(529, R"("code":null)").flags == (AIP_ERR_OVERLOADED | AIP_ERR_RETRYABLE));
  CHECK(told(408, R"("code":null)").flags == AIP_ERR_RETRYABLE);
  CHECK(told(400, R"("code":"context_length_exceeded")").flags == AIP_ERR_CONTEXT_LENGTH);
  CHECK(told(400, R"("code":"content_filter")").flags == AIP_ERR_CONTENT_FILTER);
  CHECK(told(400, R"("code":"invalid_value")").flags == 0);
  CHECK(
      answer(
          400,
          R"([{"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT"}}])")
          .flags == AIP_ERR_AUTH);
  CHECK(answer(429, R"({"error":{"message":"Limit 30000, Requested 30001."}})").flags == 0);
  CHECK(answer(429, R"({"error":{"message":"Limit 30000, Used 29999, Requested 30000."}})").flags ==
        (AIP_ERR_RATE | AIP_ERR_RETRYABLE));
}

TEST_CASE("errors: x-should-retry has the last word") {
  ErrorHead head;
  head.status = 500;
  head.retry = ErrorHead::Retry::No;
  CHECK(failure_of_answer(head, Value("{}"), {}).flags == 0);
  head.status = 400;
  head.retry = ErrorHead::Retry::Yes;
  CHECK(failure_of_answer(head, Value("{}"), {}).flags == AIP_ERR_RETRYABLE);
}

TEST_CASE("errors: the time to wait, in each of its forms") {
  CHECK(head_of({{"retry-after", "2"}}).retry_after_ms == 2000);
  CHECK(head_of({{"Retry-After", "0.5"}}).retry_after_ms == 500);
  CHECK(head_of({{"retry-after", "1"}, {"retry-after-ms", "120"}}).retry_after_ms == 120);
  CHECK(head_of({{"retry-after", "Wed, 21 Oct 2026 07:28:00 GMT"}}).retry_after_ms == 0);
  CHECK(head_of({{"retry-after", "-1"}}).retry_after_ms == 0);
  CHECK(head_of({{"retry-after", "nan"}}).retry_after_ms == 0);
  CHECK(head_of({{"retry-after", "999999999999"}}).retry_after_ms == 24u * 3600 * 1000);
  const auto in_message = [](const std::string& words) {
    return answer(429, R"({"error":{"message":")" + words + "\"}}").retry_after_ms;
  };
  CHECK(in_message("Please try again in 1.5s. Visit x") == 1500);
  CHECK(in_message("Please try again in 20ms.") == 20);
  CHECK(in_message("Please try again in 6m0s.") == 360'000);
  CHECK(in_message("Please try again in 1h2m3s, or") == 3'723'000);
  CHECK(in_message("Please try again in a while.") == 0);
  CHECK(in_message("Please try again in ") == 0);
}

TEST_CASE("errors: durations") {
  CHECK(duration_ms("1.5s") == 1500);
  CHECK(duration_ms("6m0s") == 360'000);
  for (const std::string_view bad : {"", "s", "1", "1x", "1.2.3s", "1s2", "inf", "-1s"}) {
    CHECK_MESSAGE(duration_ms(bad) <= 1200, std::string(bad));
  }
  CHECK(duration_ms("1x") == 0);
  CHECK(duration_ms("999999h") == 24u * 3600 * 1000);
}

TEST_CASE("errors: bodies of every shape") {
  CHECK(answer(500, R"({"error":"as a string"})").message == "as a string");
  CHECK(answer(422, R"({"detail":"of FastAPI"})").message == "of FastAPI");
  CHECK(answer(400, R"({"message":"bare","type":"t","code":7})").reason == "7");
  CHECK(answer(502, "").message ==
        "The provider answered with status 502 and no error of its own.");
  CHECK(answer(502, "{}").message.find("no error of its own") != std::string::npos);
  CHECK(answer(502, "{}").type == "server_error");
  CHECK(answer(429, "{}").type == "rate_limit_error");
  CHECK(answer(404, "{}").type == "invalid_request_error");
}

TEST_CASE("errors: an error inside a 200 has the status of its words") {
  const auto status = [](const std::string& error) {
    return failure_of_error(Value(error), {}).http_status;
  };
  CHECK(status(R"({"message":"m","status_code":400})") == 400);
  CHECK(status(R"({"message":"m","code":429})") == 429);
  CHECK(status(R"({"message":"m","code":"503"})") == 503);
  CHECK(status(R"({"message":"m","type":"server_error"})") == 500);
  CHECK(status(R"({"message":"m","type":"overloaded_error"})") == 503);
  CHECK(status(R"({"message":"m","code":"insufficient_quota"})") == 429);
  CHECK(status(R"({"message":"m","code":20})") == 502);
  CHECK(status("\"broken\"") == 502);
  CHECK(failure_of_error(Value("{}"), {}).message == "The provider broke off with an error.");
}

TEST_CASE("errors: keys are cut out of messages") {
  CHECK(without_keys("Incorrect API key provided: sk-proj-ab***xyz.", {}) ==
        "Incorrect API key provided: sk-....");
  CHECK(without_keys("key gsk_abc and xai-1", {}) == "key gsk_... and xai-...");
  CHECK(without_keys("the task-list of a desk-lamp", {}) == "the task-list of a desk-lamp");
  CHECK(without_keys("bad my-private-key, my-private-key", "my-private-key") == "bad ..., ...");
  CHECK(without_keys("short", "short") == "short");  // too short to be a secret
  CHECK(without_keys("sk-", {}) == "sk-...");
}

TEST_CASE("errors: what is no answer says so in its flags") {
  CHECK(truncated("x").flags == (AIP_ERR_TRUNCATED | AIP_ERR_RETRYABLE));
  CHECK(bad_answer("x").flags == (AIP_ERR_BAD_ANSWER | AIP_ERR_RETRYABLE));
  CHECK(failure_of_call(AIP_E_TIMEOUT).code == AIP_E_TIMEOUT);
  CHECK(failure_of_call(0).code == AIP_E_UPSTREAM);
}
